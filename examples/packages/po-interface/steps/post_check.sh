#!/bin/sh
# The control totals that came with the batch: a second load, or half of one, does not agree with them.
set -eu

literal() { printf "'%s'" "$(printf '%s' "$1" | sed "s/'/''/g")"; }

found=$(sqlite3 -batch -bail -cmd '.timeout 10000' "$CEMLI_PARAM_DATABASE" \
    "SELECT count(*) || ' orders, ' || coalesce(sum(amount), 0) || ' EUR'
     FROM po_orders WHERE source = $(literal "$CEMLI_PARAM_SOURCE")")
expected=$(cat artifacts/orders.control)
[ "$found" = "$expected" ] || { echo "the ERP holds $found, the batch says $expected" >&2; exit 1; }
echo "the ERP holds $found, as the batch says"
