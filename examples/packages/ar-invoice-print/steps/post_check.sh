#!/bin/sh
# Prints every sample invoice and compares the amount due with the books.
set -eu
wrong=$(sqlite3 -batch -bail -cmd '.timeout 10000' "$CEMLI_PARAM_DATABASE" <<'SQL'
WITH due AS (SELECT number, printf('Amount due: %.2f EUR', (net + tax) / 100.0) AS text FROM ar_invoices)
SELECT 'invoice ' || number || ' does not say "' || text || '", it prints:' || char(10) || page
FROM ar_printed_invoices JOIN due USING (number)
WHERE instr(page, text) = 0;
SQL
)
[ -z "$wrong" ] || { printf '%s\n' "$wrong" >&2; exit 1; }
echo "all sample invoices show the amount of the books"
