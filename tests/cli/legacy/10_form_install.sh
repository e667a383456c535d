#!/bin/sh
cp XXFORM.fmb $AU_TOP/forms/US 2>/dev/null
frmcmp_batch module=XXFORM.fmb userid=apps/$1 output_file=/tmp/XXFORM.fmx compile_all=special batch=no
echo "Form compiled"
exit 0
