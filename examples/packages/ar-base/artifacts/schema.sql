BEGIN IMMEDIATE;
CREATE TABLE IF NOT EXISTS ar_customers (
    code    TEXT PRIMARY KEY,
    name    TEXT NOT NULL,
    country TEXT NOT NULL
);
-- Amounts are cents.
CREATE TABLE IF NOT EXISTS ar_invoices (
    number   INTEGER PRIMARY KEY,
    customer TEXT NOT NULL REFERENCES ar_customers (code),
    net      INTEGER NOT NULL,
    tax      INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS ar_print_templates (
    name  TEXT PRIMARY KEY,
    paper TEXT NOT NULL,
    body  TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS ar_vat_rates (
    country TEXT NOT NULL,
    name    TEXT NOT NULL,
    percent INTEGER NOT NULL,
    PRIMARY KEY (country, name)
);
CREATE TABLE IF NOT EXISTS ar_legal_mentions (
    country  TEXT NOT NULL,
    position INTEGER NOT NULL,
    mention  TEXT NOT NULL,
    PRIMARY KEY (country, position)
);
-- The print engine: each invoice on its template.
CREATE VIEW IF NOT EXISTS ar_printed_invoices AS
SELECT i.number, c.country,
       replace(replace(replace(replace(replace(replace(t.body,
           '{number}', i.number),
           '{customer}', c.name),
           '{net}', printf('%.2f', i.net / 100.0)),
           '{tax}', printf('%.2f', i.tax / 100.0)),
           '{total}', printf('%.2f', (i.net + i.tax) / 100.0)),
           '{mentions}', coalesce((SELECT group_concat(mention, char(10))
                                   FROM (SELECT mention FROM ar_legal_mentions
                                         WHERE country = c.country ORDER BY position)), '')) AS page
FROM ar_invoices i
JOIN ar_customers c ON c.code = i.customer
JOIN ar_print_templates t ON t.name = 'invoice';

INSERT OR IGNORE INTO ar_print_templates VALUES ('invoice', 'Letter', 'INVOICE {number}' || char(10));
INSERT OR IGNORE INTO ar_customers VALUES
    ('LUMIERE', 'Lumière SARL', 'FR'), ('NORD', 'Ateliers du Nord', 'FR'), ('HARBOR', 'Harbor Inc.', 'US');
INSERT OR IGNORE INTO ar_invoices VALUES
    (1001, 'LUMIERE', 100000, 20000), (1002, 'NORD', 45050, 9010), (1003, 'HARBOR', 80000, 0);
COMMIT;
