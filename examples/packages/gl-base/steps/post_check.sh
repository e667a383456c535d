#!/bin/sh
set -eu
missing=0
for table in gl_ledgers gl_accounts gl_periods gl_approval_rules; do
    found=$(sqlite3 -batch -bail -cmd '.timeout 10000' "$CEMLI_PARAM_DATABASE" \
        "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = '$table'")
    [ "$found" = 1 ] || { echo "table '$table' is missing" >&2; missing=1; }
done
exit "$missing"
