#!/bin/sh
# Replaces the ledger's approval rules by those of this version.
set -eu

literal() { printf "'%s'" "$(printf '%s' "$1" | sed "s/'/''/g")"; }
ledger=$(literal "$CEMLI_PARAM_LEDGER")
limit=$CEMLI_PARAM_LIMIT  # cemli hands on integers only: safe as it is

sqlite3 -batch -bail -cmd '.timeout 10000' "$CEMLI_PARAM_DATABASE" <<SQL
BEGIN IMMEDIATE;
DELETE FROM gl_approval_rules WHERE ledger = $ledger;
INSERT INTO gl_approval_rules (ledger, above, approvers) VALUES ($ledger, $limit, 1), ($ledger, 10 * $limit, 2);
COMMIT;
SQL
echo "ledger $CEMLI_PARAM_LEDGER: one approver above $CEMLI_PARAM_LIMIT, two above ten times as much"
