#!/bin/sh
java oracle.jrad.tools.xml.importer.XMLImporter $JAVA_TOP/xx/oracle/apps/xxar/webui/XxInvoicePG.xml \
    -username apps -password $1 -dbconnection erp
echo "OAF page imported"
exit 0
