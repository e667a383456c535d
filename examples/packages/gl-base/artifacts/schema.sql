BEGIN IMMEDIATE;
CREATE TABLE IF NOT EXISTS gl_ledgers (
    code     TEXT PRIMARY KEY,
    name     TEXT NOT NULL,
    currency TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS gl_accounts (
    code TEXT PRIMARY KEY,
    name TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS gl_periods (
    year   INTEGER NOT NULL,
    number INTEGER NOT NULL,
    starts TEXT NOT NULL,
    ends   TEXT NOT NULL,
    PRIMARY KEY (year, number)
);
CREATE TABLE IF NOT EXISTS gl_approval_rules (
    ledger    TEXT NOT NULL REFERENCES gl_ledgers (code),
    above     INTEGER NOT NULL,
    approvers INTEGER NOT NULL,
    PRIMARY KEY (ledger, above)
);
INSERT OR IGNORE INTO gl_ledgers VALUES ('MAIN', 'Main ledger', 'EUR');
INSERT OR IGNORE INTO gl_accounts VALUES
    ('1200', 'Receivables'), ('2100', 'VAT payable'), ('4000', 'Revenue');
COMMIT;
