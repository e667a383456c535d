#!/bin/sh
set -eu
days=$(sqlite3 -batch -bail -cmd '.timeout 10000' "$CEMLI_PARAM_DATABASE" \
    "SELECT count(*) || ' periods, ' || coalesce(sum(julianday(ends) - julianday(starts) + 1), 0) || ' days'
     FROM gl_periods WHERE year = $CEMLI_PARAM_FISCAL_YEAR")
case $days in
    "12 periods, 365.0 days" | "12 periods, 366.0 days") echo "$days" ;;
    *) echo "the periods of $CEMLI_PARAM_FISCAL_YEAR do not make a year: $days" >&2; exit 1 ;;
esac
