#!/bin/sh
# Says no before anything is changed.
set -eu
case $CEMLI_PARAM_PAPER in
    A4 | Letter) ;;
    *) echo "parameter 'paper' must be A4 or Letter, not '$CEMLI_PARAM_PAPER'" >&2; exit 1 ;;
esac
