#!/bin/sh
# Creates what is missing; running it again changes nothing.
set -eu
sqlite3 -batch -bail -cmd '.timeout 10000' "$CEMLI_PARAM_DATABASE" <artifacts/schema.sql
echo "the ledger's tables are there"
