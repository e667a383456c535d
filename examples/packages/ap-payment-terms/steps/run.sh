#!/bin/sh
# Runs the old installer with the arguments it has always had. Whether it succeeded is judged by the manifest's rules.
set -eu

exec /bin/sh artifacts/ap_terms_install.sh "$CEMLI_PARAM_DATABASE" "$CEMLI_PARAM_LEDGER_TABLE"
