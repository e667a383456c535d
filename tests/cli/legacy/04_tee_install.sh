#!/bin/sh
LOG=xx_inv_`date +%Y%m%d`.log
sqlplus -s apps/$1 @sql/xx_inv_tables.sql | tee $LOG
echo "Log file is $LOG" | tee -a $LOG
exit 0
