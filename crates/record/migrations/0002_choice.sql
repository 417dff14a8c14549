-- What people said of an exam, tied to its studies: it goes where they go when exams are joined or parted.
-- Append-only; of one study the highest entry counts.
CREATE TABLE archive_choice (
    group_id  INTEGER NOT NULL,
    study_uid TEXT    NOT NULL,
    entry     INTEGER NOT NULL,
    body      TEXT    NOT NULL,
    PRIMARY KEY (group_id, study_uid, entry)
) STRICT, WITHOUT ROWID;
CREATE INDEX archive_choice_entry ON archive_choice (group_id, entry);

CREATE TABLE class_correction (
    group_id  INTEGER NOT NULL,
    study_uid TEXT    NOT NULL,
    entry     INTEGER NOT NULL,
    body      TEXT    NOT NULL,
    PRIMARY KEY (group_id, study_uid, entry)
) STRICT, WITHOUT ROWID;
CREATE INDEX class_correction_entry ON class_correction (group_id, entry);

-- Whose person an exam's web copy and codes were made for.
CREATE TABLE diffused_for (
    group_id INTEGER NOT NULL,
    exam_id  BLOB    NOT NULL,
    body     TEXT    NOT NULL,
    PRIMARY KEY (group_id, exam_id)
) STRICT, WITHOUT ROWID;

-- A digest of the dates and words last told to the diffusion side. Not a fact: without it they are told once more.
CREATE TABLE told (
    group_id INTEGER NOT NULL,
    exam_id  BLOB    NOT NULL,
    digest   BLOB    NOT NULL,
    until    INTEGER NOT NULL, -- on line until, as told
    PRIMARY KEY (group_id, exam_id)
) STRICT, WITHOUT ROWID;

-- Why a sheet was revoked: a key.
ALTER TABLE sheet ADD COLUMN reason TEXT;
