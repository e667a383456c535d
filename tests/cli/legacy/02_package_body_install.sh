#!/bin/sh
CONNECT=apps/$1
echo "Connecting as $CONNECT"
for file in spec body; do
    echo "Compiling xx_inv_$file.sql"
    sqlplus -s $CONNECT @sql/xx_inv_$file.sql
done
exit 0
