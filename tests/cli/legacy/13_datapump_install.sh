#!/bin/sh
impdp system/$1 directory=XX_DIR dumpfile=xx.dmp logtime=all 2>&1
RET=$?
echo "impdp returned $RET"
exit 0
