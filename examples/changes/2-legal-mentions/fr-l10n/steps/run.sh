#!/bin/sh
set -eu
sqlite3 -batch -bail -cmd '.timeout 10000' "$CEMLI_PARAM_DATABASE" <<SQL
BEGIN IMMEDIATE;
INSERT OR REPLACE INTO ar_vat_rates (country, name, percent)
VALUES ('FR', 'standard', $CEMLI_PARAM_STANDARD_RATE), ('FR', 'reduced', 10);
INSERT OR REPLACE INTO ar_legal_mentions (country, position, mention)
VALUES ('FR', 1, 'TVA acquittée sur les débits'),
       ('FR', 2, 'Indemnité forfaitaire pour frais de recouvrement : 40 EUR');
COMMIT;
SQL
echo "France: VAT of $CEMLI_PARAM_STANDARD_RATE percent, two legal mentions"
