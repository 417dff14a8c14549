-- Invoices: written once, never changed. What becomes of them is told by the rows below.
CREATE TABLE invoice (
    group_id   INTEGER NOT NULL,
    number     INTEGER NOT NULL,
    invoice_id BLOB    NOT NULL,
    patient_id BLOB    NOT NULL,
    exam_id    BLOB,
    accession  TEXT,
    kind       TEXT    NOT NULL,
    at         INTEGER NOT NULL,
    body       TEXT    NOT NULL,
    PRIMARY KEY (group_id, number)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX invoice_id ON invoice (group_id, invoice_id);
CREATE INDEX invoice_patient ON invoice (group_id, patient_id, number);
CREATE INDEX invoice_exam ON invoice (group_id, exam_id, number) WHERE exam_id IS NOT NULL;
CREATE INDEX invoice_accession ON invoice (group_id, accession, number) WHERE accession IS NOT NULL;
CREATE INDEX invoice_at ON invoice (group_id, at, number);

-- Money that came, or went back (less than zero).
CREATE TABLE payment (
    group_id   INTEGER NOT NULL,
    payment_id BLOB    NOT NULL,
    invoice    INTEGER NOT NULL,
    at         INTEGER NOT NULL,
    body       TEXT    NOT NULL,
    PRIMARY KEY (group_id, payment_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX payment_invoice ON payment (group_id, invoice);
CREATE INDEX payment_at ON payment (group_id, at, payment_id);

-- The care sheet of an invoice, as it stands.
CREATE TABLE care_sheet (
    group_id INTEGER NOT NULL,
    invoice  INTEGER NOT NULL,
    stage    TEXT    NOT NULL,
    lot      INTEGER,
    due      TEXT    NOT NULL,
    body     TEXT    NOT NULL,
    PRIMARY KEY (group_id, invoice)
) STRICT, WITHOUT ROWID;
CREATE INDEX care_sheet_stage ON care_sheet (group_id, stage, due, invoice);
CREATE INDEX care_sheet_lot ON care_sheet (group_id, lot) WHERE lot IS NOT NULL;

-- Lots of care sheets, with the bytes that were sent: kept as long as the invoices.
CREATE TABLE lot (
    group_id INTEGER NOT NULL,
    number   INTEGER NOT NULL,
    stage    TEXT    NOT NULL,
    body     TEXT    NOT NULL,
    PRIMARY KEY (group_id, number)
) STRICT, WITHOUT ROWID;

-- Answers of funds: each counts once.
CREATE TABLE fund_return (
    group_id  INTEGER NOT NULL,
    reference TEXT    NOT NULL,
    at        INTEGER NOT NULL,
    body      TEXT    NOT NULL,
    PRIMARY KEY (group_id, reference)
) STRICT, WITHOUT ROWID;
CREATE INDEX fund_return_at ON fund_return (group_id, at, reference);

-- Notices that an archive at the patient's charge is unpaid.
CREATE TABLE archive_notice (
    group_id INTEGER NOT NULL,
    invoice  INTEGER NOT NULL,
    at       INTEGER NOT NULL,
    by       TEXT    NOT NULL,
    PRIMARY KEY (group_id, invoice)
) STRICT, WITHOUT ROWID;

-- Which credit takes an invoice back: one at most.
CREATE TABLE invoice_credit (
    group_id INTEGER NOT NULL,
    invoice  INTEGER NOT NULL,
    credit   INTEGER NOT NULL,
    PRIMARY KEY (group_id, invoice)
) STRICT, WITHOUT ROWID;
