#!/bin/sh
sqlplus -s apps/$1 @sql/xx_inv_tables.sql > tables.lst 2>&1 &
sqlplus -s apps/$1 @sql/xx_grants.sql > grants.lst 2>&1 &
wait
echo "Both done"
exit 0
