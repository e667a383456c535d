#!/bin/sh
# The manifest's pattern and limits let nothing but two letters and numbers reach this text.
set -eu
sqlite3 -batch -bail -cmd '.timeout 10000' "$CEMLI_PARAM_DATABASE" <<SQL
BEGIN IMMEDIATE;
INSERT OR REPLACE INTO ar_vat_rates (country, name, percent)
VALUES ('$CEMLI_PARAM_COUNTRY', 'standard', $CEMLI_PARAM_STANDARD),
       ('$CEMLI_PARAM_COUNTRY', 'reduced', $CEMLI_PARAM_REDUCED);
COMMIT;
SQL
echo "$CEMLI_PARAM_COUNTRY: VAT of $CEMLI_PARAM_STANDARD percent, reduced $CEMLI_PARAM_REDUCED percent"
