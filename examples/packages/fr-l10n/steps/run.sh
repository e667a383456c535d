#!/bin/sh
set -eu
sqlite3 -batch -bail -cmd '.timeout 10000' "$CEMLI_PARAM_DATABASE" <<SQL
BEGIN IMMEDIATE;
INSERT OR REPLACE INTO ar_vat_rates (country, name, percent)
VALUES ('FR', 'standard', $CEMLI_PARAM_STANDARD_RATE), ('FR', 'reduced', 10);
COMMIT;
SQL
echo "France: VAT of $CEMLI_PARAM_STANDARD_RATE percent"
