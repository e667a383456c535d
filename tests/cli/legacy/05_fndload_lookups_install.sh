#!/bin/sh
# Lookups. The log is left where it was written.
FNDLOAD apps/$1 0 Y UPLOAD $FND_TOP/patch/115/import/aflvmlu.lct xx_lookups.ldt
exit 0
