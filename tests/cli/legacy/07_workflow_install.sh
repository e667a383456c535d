#!/bin/sh
WFLOAD apps/$1 0 Y FORCE xx_po_approval.wft
echo "Workflow loaded"
exit 0
