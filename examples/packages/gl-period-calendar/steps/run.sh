#!/bin/sh
# The manifest names no steps: cemli finds steps/run.sh and steps/post_check.sh by their place.
set -eu
sqlite3 -batch -bail -cmd '.timeout 10000' "$CEMLI_PARAM_DATABASE" <<SQL
BEGIN IMMEDIATE;
WITH RECURSIVE month (number, starts) AS (
    SELECT 1, date(printf('%04d-01-01', $CEMLI_PARAM_FISCAL_YEAR))
    UNION ALL
    SELECT number + 1, date(starts, '+1 month') FROM month WHERE number < 12
)
INSERT OR REPLACE INTO gl_periods (year, number, starts, ends)
SELECT $CEMLI_PARAM_FISCAL_YEAR, number, starts, date(starts, '+1 month', '-1 day') FROM month;
COMMIT;
SQL
echo "fiscal year $CEMLI_PARAM_FISCAL_YEAR has its periods"
