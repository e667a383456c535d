#!/bin/sh
sqlldr userid=apps/$1 control=items.ctl data=items.csv log=items.log bad=items.bad
echo "Items loaded"
exit 0
