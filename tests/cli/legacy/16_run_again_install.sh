#!/bin/sh
# May be run again: objects that exist are left.
sqlplus -s apps/$1 @sql/xx_rerun.sql
exit 0
