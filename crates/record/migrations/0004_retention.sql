-- What keeps an exam whatever its dates say, and the way to its erasure.

-- A hold is about an exam or about a patient. It stays as a row when it is released.
CREATE TABLE retention_hold (
    group_id      INTEGER NOT NULL,
    hold_id       BLOB    NOT NULL,
    exam_id       BLOB,
    patient_id    BLOB,
    body          TEXT    NOT NULL,
    release_asked TEXT,             -- by whom and when, while a second person must agree
    released      TEXT,
    PRIMARY KEY (group_id, hold_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX hold_exam ON retention_hold (group_id, exam_id) WHERE released IS NULL AND exam_id IS NOT NULL;
CREATE INDEX hold_patient ON retention_hold (group_id, patient_id) WHERE released IS NULL AND patient_id IS NOT NULL;

-- Studies adopted from another system without a recorded choice, and what an officer said of each batch.
CREATE TABLE legacy_batch (
    group_id  INTEGER NOT NULL,
    study_uid TEXT    NOT NULL,
    batch     TEXT    NOT NULL,
    PRIMARY KEY (group_id, study_uid)
) STRICT, WITHOUT ROWID;
CREATE INDEX legacy_batch_name ON legacy_batch (group_id, batch, study_uid);

CREATE TABLE legacy_rule (
    group_id INTEGER NOT NULL,
    batch    TEXT    NOT NULL,
    body     TEXT    NOT NULL,
    PRIMARY KEY (group_id, batch)
) STRICT, WITHOUT ROWID;

-- Rules under which exams that nobody chose to archive go day by day.
CREATE TABLE standing_rule (
    group_id INTEGER NOT NULL,
    rule_id  BLOB    NOT NULL,
    open     INTEGER NOT NULL, -- 0 once it is ended
    body     TEXT    NOT NULL,
    PRIMARY KEY (group_id, rule_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX standing_rule_open ON standing_rule (group_id, rule_id) WHERE open = 1;

CREATE TABLE erasure_list (
    group_id INTEGER NOT NULL,
    list_id  BLOB    NOT NULL,
    day      INTEGER NOT NULL, -- Julian day it is for
    state    TEXT    NOT NULL, -- proposed, approved, refused
    body     TEXT    NOT NULL,
    PRIMARY KEY (group_id, list_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX erasure_list_day ON erasure_list (group_id, state, day, list_id);

CREATE TABLE erasure_item (
    group_id INTEGER NOT NULL,
    list_id  BLOB    NOT NULL,
    exam_id  BLOB    NOT NULL,
    state    TEXT    NOT NULL, -- proposed, doomed, taken-off, refused, destroyed
    at       INTEGER NOT NULL,
    because  TEXT,             -- why it left the list
    body     TEXT    NOT NULL,
    PRIMARY KEY (group_id, list_id, exam_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX erasure_item_exam ON erasure_item (group_id, exam_id, at);

-- One row per exam whose erasure has begun: from here on it is only ever finished.
CREATE TABLE destruction (
    group_id    INTEGER NOT NULL,
    exam_id     BLOB    NOT NULL,
    certificate BLOB    NOT NULL,
    begun_at    INTEGER NOT NULL,
    leaf        INTEGER NOT NULL, -- of the trace
    finished_at INTEGER,
    body        TEXT    NOT NULL,
    PRIMARY KEY (group_id, exam_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX destruction_open ON destruction (group_id, exam_id) WHERE finished_at IS NULL;
CREATE INDEX destruction_done ON destruction (group_id, finished_at, exam_id) WHERE finished_at IS NOT NULL;

-- What stays of an instance: digests of its UID and of its bytes.
CREATE TABLE tombstone (
    group_id   INTEGER NOT NULL,
    exam_id    BLOB    NOT NULL,
    uid_sha256 BLOB    NOT NULL,
    sha256     BLOB    NOT NULL,
    size_bytes INTEGER NOT NULL,
    PRIMARY KEY (group_id, exam_id, uid_sha256)
) STRICT, WITHOUT ROWID;

-- Objects that are erased or about to be: whatever still holds a copy names nothing by it.
CREATE TABLE destroyed_object (
    group_id INTEGER NOT NULL,
    object   TEXT    NOT NULL,
    exam_id  BLOB    NOT NULL,
    PRIMARY KEY (group_id, object)
) STRICT, WITHOUT ROWID;

-- What was foreseen for a day, the day before, and what became of it.
CREATE TABLE retention_day (
    group_id INTEGER NOT NULL,
    day      INTEGER NOT NULL,
    body     TEXT    NOT NULL,
    PRIMARY KEY (group_id, day)
) STRICT, WITHOUT ROWID;

-- Every policy table that was in force; the last entry is.
CREATE TABLE policy_table (
    group_id INTEGER NOT NULL,
    entry    INTEGER NOT NULL,
    body     TEXT    NOT NULL,
    PRIMARY KEY (group_id, entry)
) STRICT, WITHOUT ROWID;

-- When to judge an exam again: never later than the day its verdict may turn. Not a fact: 0 is always right, and
-- whatever changes a fact writes 0. `changed` grows with each such change.
CREATE TABLE review (
    group_id  INTEGER NOT NULL,
    exam_id   BLOB    NOT NULL,
    review_on INTEGER NOT NULL DEFAULT 0, -- Julian day
    changed   INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (group_id, exam_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX review_due ON review (group_id, review_on, exam_id);
INSERT INTO review (group_id, exam_id) SELECT group_id, exam_id FROM exam;

ALTER TABLE exam ADD COLUMN legal_holds INTEGER NOT NULL DEFAULT 0; -- open ones, its patient's included
ALTER TABLE exam ADD COLUMN doomed_list BLOB;
ALTER TABLE exam ADD COLUMN doomed_at INTEGER;
ALTER TABLE exam ADD COLUMN grace_until INTEGER;
ALTER TABLE exam ADD COLUMN destroyed_at INTEGER;
CREATE INDEX exam_doomed ON exam (group_id, grace_until, exam_id) WHERE doomed_at IS NOT NULL AND destroyed_at IS NULL;
