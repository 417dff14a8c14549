-- What partners are sent: one row per (exam, partner, kind, version). A version never changes what it is made from.
CREATE TABLE transmission (
    group_id        INTEGER NOT NULL,
    transmission_id BLOB    NOT NULL,
    exam_id         BLOB    NOT NULL,
    partner         TEXT    NOT NULL, -- the rule's name
    kind            TEXT    NOT NULL, -- report, images
    version         INTEGER NOT NULL, -- from 1 per exam, partner and kind
    position        INTEGER NOT NULL, -- the order in which they leave
    basis           BLOB    NOT NULL, -- digest of everything it is made from
    body            TEXT    NOT NULL, -- the report's version, the person it is sent about
    state           TEXT    NOT NULL, -- queued, held, dead, sent, acknowledged, stopped, superseded
    open            INTEGER NOT NULL, -- 1 while it holds its exam: queued, held, dead, sent
    reason          TEXT,
    planned_at      INTEGER NOT NULL,
    at              INTEGER NOT NULL, -- of the present state
    left_at         INTEGER,          -- before its first byte left
    noticed_at      INTEGER,          -- the patient objects since: the partner is to be told
    notice_answer   TEXT,             -- what the partner said to that
    -- No facts: a rebuilt record tries at once.
    tries           INTEGER NOT NULL DEFAULT 0, -- that failed once something had been sent
    misses          INTEGER NOT NULL DEFAULT 0, -- that found nobody, in a row
    due_at          INTEGER NOT NULL DEFAULT 0,
    trouble         TEXT,
    PRIMARY KEY (group_id, transmission_id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX transmission_version ON transmission (group_id, exam_id, partner, kind, version);
CREATE UNIQUE INDEX transmission_position ON transmission (group_id, position);
CREATE INDEX transmission_queue ON transmission (group_id, partner, kind, position) WHERE state = 'queued';
CREATE INDEX transmission_partner ON transmission (group_id, partner, state, position);

-- Orders of structures that no rule names. What follows from facts and settings: not journalled.
CREATE TABLE unmatched_order (
    group_id  INTEGER NOT NULL,
    exam_id   BLOB    NOT NULL,
    structure TEXT,             -- NULL once a rule names it
    at        INTEGER NOT NULL,
    PRIMARY KEY (group_id, exam_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX unmatched_structure ON unmatched_order (group_id, structure, at) WHERE structure IS NOT NULL;

-- Each day, what each partner should have and has. A reading, kept to be compared.
CREATE TABLE transmission_day (
    group_id INTEGER NOT NULL,
    partner  TEXT    NOT NULL,
    day      INTEGER NOT NULL, -- Julian day
    body     TEXT    NOT NULL,
    PRIMARY KEY (group_id, partner, day)
) STRICT, WITHOUT ROWID;
