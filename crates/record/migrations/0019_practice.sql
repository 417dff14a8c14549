-- Words a patient is found by, folded; by the patient's own number, whose opaque id a rebuilt record learns later.
-- `live` = 0 instead of a deletion.
CREATE TABLE patient_word (
    group_id INTEGER NOT NULL,
    word     TEXT    NOT NULL,
    issuer   TEXT    NOT NULL,
    value    TEXT    NOT NULL,
    live     INTEGER NOT NULL,
    PRIMARY KEY (group_id, word, value, issuer)
) STRICT, WITHOUT ROWID;
CREATE INDEX patient_word_patient ON patient_word (group_id, value, issuer);

-- What a patient's rights were said to be, each time anew: the last one counts.
CREATE TABLE coverage (
    group_id   INTEGER NOT NULL,
    patient_id BLOB    NOT NULL,
    sequence   INTEGER NOT NULL,
    body       TEXT    NOT NULL,
    PRIMARY KEY (group_id, patient_id, sequence)
) STRICT, WITHOUT ROWID;

-- Appointments: one order each. `live` = 0 once it is cancelled: its room is free again.
CREATE TABLE appointment (
    group_id       INTEGER NOT NULL,
    appointment_id BLOB    NOT NULL,
    patient_id     BLOB    NOT NULL,
    accession      TEXT    NOT NULL,
    room           TEXT    NOT NULL,
    starts_at      INTEGER NOT NULL,
    ends_at        INTEGER NOT NULL,
    live           INTEGER NOT NULL,
    body           TEXT    NOT NULL,
    PRIMARY KEY (group_id, appointment_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX appointment_day ON appointment (group_id, starts_at);
CREATE INDEX appointment_room ON appointment (group_id, room, starts_at) WHERE live = 1;
CREATE INDEX appointment_patient ON appointment (group_id, patient_id);
CREATE UNIQUE INDEX appointment_accession ON appointment (group_id, accession);
