#!/bin/sh
sqlplus -s apps/$1 @sql/xx_tests.sql
exit 0
