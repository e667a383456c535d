#!/bin/sh
# The rate must be the one that the French sample invoices were written with.
set -eu
wrong=$(sqlite3 -batch -bail -cmd '.timeout 10000' "$CEMLI_PARAM_DATABASE" <<'SQL'
SELECT 'invoice ' || i.number || ' has ' || (100 * i.tax / i.net) || ' percent of VAT, the standard rate is ' || r.percent
FROM ar_invoices i
JOIN ar_customers c ON c.code = i.customer
JOIN ar_vat_rates r ON r.country = c.country AND r.name = 'standard'
WHERE c.country = 'FR' AND i.net * r.percent <> i.tax * 100;
SQL
)
[ -z "$wrong" ] || { printf '%s\n' "$wrong" >&2; exit 1; }
echo "the French invoices agree with the rate"
