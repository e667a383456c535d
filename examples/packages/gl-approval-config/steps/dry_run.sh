#!/bin/sh
# For `cemli apply --dry-run`: what would change, without changing it.
set -eu

literal() { printf "'%s'" "$(printf '%s' "$1" | sed "s/'/''/g")"; }

echo "the rules of ledger $CEMLI_PARAM_LEDGER would be replaced:"
sqlite3 -batch -bail -readonly -cmd '.timeout 10000' "$CEMLI_PARAM_DATABASE" \
    "SELECT '  above ' || above || ': ' || approvers || ' approver(s)' FROM gl_approval_rules
     WHERE ledger = $(literal "$CEMLI_PARAM_LEDGER") ORDER BY above"
echo "first approver above $CEMLI_PARAM_LIMIT"
