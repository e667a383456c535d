#!/bin/sh
# Usage: ap_terms_install.sh DATABASE LEDGER_TABLE
# An installer as they are found in the field: no status is checked, `tee` hides the others, and it ends with exit 0.

# Stands for `sqlplus`: prints errors the way it does, and exits with 0 all the same.
sqlplus() {
    sqlite3 -batch -cmd '.timeout 10000' "$1" 2>&1 | sed \
        -e 's/^.*table .* already exists.*$/ERROR at line 1:\nORA-00955: name is already used by an existing object/' \
        -e 's/^.*no such table.*$/ERROR at line 1:\nORA-00942: table or view does not exist/'
    return 0
}

{
    echo 'Creating table ap_terms'
    echo 'CREATE TABLE ap_terms (code TEXT PRIMARY KEY, ledger TEXT NOT NULL, days INTEGER NOT NULL);' | sqlplus "$1"
    echo 'Loading terms'
    echo "INSERT OR REPLACE INTO ap_terms SELECT code || '-NET30', code, 30 FROM $2;" | sqlplus "$1"
    echo 'Installation finished'
} | tee ap_terms_install.log
exit 0
