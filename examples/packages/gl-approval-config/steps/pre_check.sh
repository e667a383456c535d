#!/bin/sh
# Says no before anything is changed.
set -eu

literal() { printf "'%s'" "$(printf '%s' "$1" | sed "s/'/''/g")"; }

known=$(sqlite3 -batch -bail -cmd '.timeout 10000' "$CEMLI_PARAM_DATABASE" \
    "SELECT count(*) FROM gl_ledgers WHERE code = $(literal "$CEMLI_PARAM_LEDGER")")
[ "$known" = 1 ] || { echo "there is no ledger '$CEMLI_PARAM_LEDGER'" >&2; exit 1; }
