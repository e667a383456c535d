#!/bin/sh
# For `cemli drift`: has somebody changed the approval rules by hand? Exit code 2 says so, any other but 0 that nobody
# can tell.
set -eu

sqlite3 -batch -bail -cmd '.timeout 10000' "$CEMLI_PARAM_DATABASE" 'SELECT count(*) FROM gl_approval_rules' >/dev/null
sh steps/post_check.sh || exit 2
