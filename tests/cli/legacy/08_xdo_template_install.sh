#!/bin/sh
java oracle.apps.xdo.oa.util.XDOLoader UPLOAD -DB_USERNAME apps -DB_PASSWORD $1 \
    -JDBC_CONNECTION erp:1521:PROD -LOB_TYPE TEMPLATE -APPS_SHORT_NAME XXAR -LOB_CODE XX_INVOICE > xdo.out 2>&1
cat xdo.out
exit 0
