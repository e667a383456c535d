#!/bin/sh
# Adds the orders of artifacts/orders.csv. A second run would add them again, and the manifest says so: after an
# interruption cemli does not try again by itself but asks an operator what happened.
set -eu

literal() { printf "'%s'" "$(printf '%s' "$1" | sed "s/'/''/g")"; }

sqlite3 -batch -bail -cmd '.timeout 10000' "$CEMLI_PARAM_DATABASE" <<SQL
BEGIN IMMEDIATE;
CREATE TABLE IF NOT EXISTS po_orders (
    number   TEXT NOT NULL,
    supplier TEXT NOT NULL,
    amount   INTEGER NOT NULL,
    source   TEXT NOT NULL,
    loaded_by_run TEXT NOT NULL
);
CREATE TEMP TABLE batch (number TEXT, supplier TEXT, amount INTEGER);
.import --csv --skip 1 --schema temp artifacts/orders.csv batch
INSERT INTO po_orders
SELECT number, supplier, amount, $(literal "$CEMLI_PARAM_SOURCE"), $(literal "$CEMLI_RUN_ID") FROM batch;
COMMIT;
SELECT 'loaded ' || count(*) || ' orders' FROM batch;
SQL
