#!/bin/sh
APPS_PWD=$1
if [ "$LEGACY_OUTCOME" = bad ]; then APPS_PWD=; fi
if [ -z "$APPS_PWD" ]; then
    printf 'Enter the APPS password: '
    read APPS_PWD
fi
sqlplus -s apps/$APPS_PWD @sql/xx_seed.sql
exit 0
