#!/bin/sh
for ldt in xx_program xx_value_sets xx_menus xx_responsibility; do
    echo "------ $ldt.ldt"
    FNDLOAD apps/$1 0 Y UPLOAD $FND_TOP/patch/115/import/afcpprog.lct $ldt.ldt
    if [ $? -eq 0 ]; then echo "$ldt uploaded successfully"; fi
done
exit 0
