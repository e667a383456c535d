#!/bin/sh
# XX_INV tables. Usage: 01_tables_install.sh APPS_PASSWORD
APPS_PWD=$1
echo "Creating tables"
sqlplus -s apps/$APPS_PWD @sql/xx_inv_tables.sql
echo "Done"
exit 0
