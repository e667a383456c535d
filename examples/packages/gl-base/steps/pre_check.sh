#!/bin/sh
# Refuses to start where the ledger's tables could not be made.
set -eu
command -v sqlite3 >/dev/null || { echo "the program 'sqlite3' is not installed" >&2; exit 1; }
case $CEMLI_PARAM_DATABASE in
    /*) ;;
    *) echo "parameter 'database' must be an absolute path, not '$CEMLI_PARAM_DATABASE'" >&2; exit 1 ;;
esac
folder=$(dirname "$CEMLI_PARAM_DATABASE")
mkdir -p "$folder"
[ -w "$folder" ] || { echo "the folder '$folder' cannot be written" >&2; exit 1; }
