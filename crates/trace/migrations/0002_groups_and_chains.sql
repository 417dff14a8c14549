-- Every key begins with the group; the events of an exam are numbered like those of a person.
CREATE TABLE event_2 (
    group_id INTEGER NOT NULL,
    seq      INTEGER NOT NULL,
    exam     BLOB,
    patient  TEXT,
    bytes    BLOB,
    salt     BLOB,
    leaf     BLOB NOT NULL,
    PRIMARY KEY (group_id, seq)
) STRICT, WITHOUT ROWID;
INSERT INTO event_2 SELECT 1, seq, exam, patient, bytes, salt, leaf FROM event;
DROP TABLE event;
ALTER TABLE event_2 RENAME TO event;
CREATE INDEX event_exam ON event (group_id, exam, seq) WHERE exam IS NOT NULL;
CREATE INDEX event_patient ON event (group_id, patient, seq) WHERE patient IS NOT NULL;

-- The last event of each person and of each exam, so that the next one is numbered without a gap. A person is named
-- by a keyed digest; rows that come from the first version are not yet (`keyed = 0`), until the log is next opened.
CREATE TABLE chain (
    group_id    INTEGER NOT NULL,
    kind        TEXT NOT NULL CHECK (kind IN ('person', 'exam')),
    whose       TEXT NOT NULL,
    last_number INTEGER NOT NULL,
    last_leaf   INTEGER NOT NULL,
    keyed       INTEGER NOT NULL,
    PRIMARY KEY (group_id, kind, whose)
) STRICT, WITHOUT ROWID;
INSERT INTO chain SELECT 1, 'person', patient, last_number, last_leaf, 0 FROM patient;
DROP TABLE patient;
-- Events of the first version carry no number in their exam: they count by their order.
INSERT INTO chain
    SELECT 1, 'exam', lower(hex(exam)), count(*), max(seq), 1 FROM event WHERE exam IS NOT NULL GROUP BY exam;

CREATE TABLE head_2 (
    group_id   INTEGER PRIMARY KEY,
    size       INTEGER NOT NULL,
    frontier   BLOB NOT NULL,
    checkpoint TEXT NOT NULL
) STRICT;
INSERT INTO head_2 SELECT 1, size, frontier, checkpoint FROM head;
DROP TABLE head;
ALTER TABLE head_2 RENAME TO head;

CREATE TABLE security_2 (
    group_id INTEGER NOT NULL,
    number   INTEGER NOT NULL,
    time     TEXT NOT NULL,
    kind     TEXT NOT NULL,
    origin   TEXT,
    detail   TEXT NOT NULL,
    PRIMARY KEY (group_id, number)
) STRICT, WITHOUT ROWID;
INSERT INTO security_2 SELECT 1, number, time, kind, origin, detail FROM security;
DROP TABLE security;
ALTER TABLE security_2 RENAME TO security;
