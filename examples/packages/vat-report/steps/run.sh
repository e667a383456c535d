#!/bin/sh
# Makes the view and writes it to a file that cemli keeps as evidence. The arguments, from the manifest, are the
# countries to look at. Exit code 2 says that a country has no rate: the manifest counts it as a success.
set -eu

literal() { printf "'%s'" "$(printf '%s' "$1" | sed "s/'/''/g")"; }
erp() { sqlite3 -batch -bail -cmd '.timeout 10000' "$@"; }

erp "$CEMLI_PARAM_DATABASE" <<'SQL'
BEGIN IMMEDIATE;
DROP VIEW IF EXISTS vat_report;
CREATE VIEW vat_report AS
SELECT c.country, count(*) AS invoices, sum(i.net) / 100.0 AS net, sum(i.tax) / 100.0 AS vat
FROM ar_invoices i JOIN ar_customers c ON c.code = i.customer
GROUP BY c.country;
COMMIT;
SQL
erp -header -csv "$CEMLI_PARAM_DATABASE" 'SELECT * FROM vat_report ORDER BY country' >"$CEMLI_ARTIFACTS/vat-report.csv"
cat "$CEMLI_ARTIFACTS/vat-report.csv"

code=0
for country in "$@"; do
    rates=$(erp "$CEMLI_PARAM_DATABASE" "SELECT count(*) FROM ar_vat_rates WHERE country = $(literal "$country")")
    [ "$rates" != 0 ] || { echo "note: no VAT rate is known for $country" >&2; code=2; }
done
exit "$code"
