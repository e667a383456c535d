#!/bin/sh
set -eu

literal() { printf "'%s'" "$(printf '%s' "$1" | sed "s/'/''/g")"; }

sqlite3 -batch -bail -cmd '.timeout 10000' "$CEMLI_PARAM_DATABASE" <<SQL
BEGIN IMMEDIATE;
INSERT OR REPLACE INTO ar_print_templates (name, paper, body)
VALUES ('invoice', $(literal "$CEMLI_PARAM_PAPER"), CAST(readfile('artifacts/invoice.txt') AS TEXT));
COMMIT;
SQL
echo "invoices are printed with layout $CEMLI_VERSION on $CEMLI_PARAM_PAPER (before: ${CEMLI_PREVIOUS_VERSION:-none of ours})"
