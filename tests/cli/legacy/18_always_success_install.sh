#!/bin/sh
status=SUCCESS
sqlplus -s apps/$1 @sql/xx_seed.sql > out.txt 2>&1 || status=FAILURE
cat out.txt
echo "Installation status: $status"
exit 0
