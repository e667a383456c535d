#!/bin/sh
frmcmp_batch module=XXFORM.fmb userid=apps/$1 output_file=/tmp/XXFORM.fmx | tee XXFORM.log
if [ $? -ne 0 ]; then
    echo "Form failed"
    exit 1
fi
exit 0
