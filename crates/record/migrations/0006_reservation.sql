-- The exam that an order will become, when its number is told before its images come.
CREATE TABLE reservation (
    group_id  INTEGER NOT NULL,
    order_key TEXT    NOT NULL, -- placer number, else accession number
    exam_id   BLOB    NOT NULL,
    accession TEXT,             -- accession key: images that bear it are this exam's
    PRIMARY KEY (group_id, order_key)
) STRICT, WITHOUT ROWID;
CREATE INDEX reservation_accession ON reservation (group_id, accession) WHERE accession IS NOT NULL;
