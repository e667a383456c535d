#!/bin/sh
# Creates what is missing; a template that somebody modified since is left alone.
set -eu
sqlite3 -batch -bail -cmd '.timeout 10000' "$CEMLI_PARAM_DATABASE" <artifacts/schema.sql
echo "the tables of receivables are there"
