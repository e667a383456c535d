#!/bin/sh
set -eu
rates=$(sqlite3 -batch -bail -cmd '.timeout 10000' "$CEMLI_PARAM_DATABASE" \
    "SELECT count(*) FROM ar_vat_rates WHERE country = '$CEMLI_PARAM_COUNTRY'")
[ "$rates" -ge 2 ] || { echo "$CEMLI_PARAM_COUNTRY has $rates VAT rates, expected at least 2" >&2; exit 1; }
