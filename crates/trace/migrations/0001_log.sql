-- The events. `bytes` and `salt` may be emptied when an event is erased; `leaf` stays, so the tree
-- still verifies. `seq` is the leaf index, from 0.
CREATE TABLE event (
    seq     INTEGER PRIMARY KEY,
    exam    BLOB,
    patient TEXT,
    bytes   BLOB,
    salt    BLOB,
    leaf    BLOB NOT NULL
) STRICT;
CREATE INDEX event_exam ON event (exam, seq) WHERE exam IS NOT NULL;
CREATE INDEX event_patient ON event (patient, seq) WHERE patient IS NOT NULL;

-- The last event of each patient, so that the next one is numbered without a gap.
CREATE TABLE patient (
    patient     TEXT PRIMARY KEY,
    last_number INTEGER NOT NULL,
    last_leaf   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- The tree after the last commit: its size, the roots of its perfect subtrees from left to right,
-- and the signed checkpoint. One row, written in the same transaction as the events.
CREATE TABLE head (
    one        INTEGER PRIMARY KEY CHECK (one = 1),
    size       INTEGER NOT NULL,
    frontier   BLOB NOT NULL,
    checkpoint TEXT NOT NULL
) STRICT;

-- What concerns security and no known exam. Outside the tree.
CREATE TABLE security (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    time   TEXT NOT NULL,
    kind   TEXT NOT NULL,
    origin TEXT,
    detail TEXT NOT NULL
) STRICT;
