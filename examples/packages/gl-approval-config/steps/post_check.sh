#!/bin/sh
# Asks the ledger itself what it will do with a journal just above the limit.
set -eu

literal() { printf "'%s'" "$(printf '%s' "$1" | sed "s/'/''/g")"; }

approvers_of() {
    sqlite3 -batch -bail -cmd '.timeout 10000' "$CEMLI_PARAM_DATABASE" \
        "SELECT coalesce(max(approvers), 0) FROM gl_approval_rules
         WHERE ledger = $(literal "$CEMLI_PARAM_LEDGER") AND above < $1"
}

expect() {
    found=$(approvers_of "$1")
    [ "$found" = "$2" ] || { echo "a journal of $1 needs $found approver(s), should need $2" >&2; exit 1; }
}

expect "$CEMLI_PARAM_LIMIT" 0
expect "$((CEMLI_PARAM_LIMIT + 1))" 1
echo "approvals are as configured"
