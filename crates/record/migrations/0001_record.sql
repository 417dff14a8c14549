-- Every key begins with the group. Instants are microseconds since 1970 in UTC, dates are ISO 8601
-- text, ids are 16 bytes, structured values are JSON.

CREATE TABLE tenant (
    group_id INTEGER NOT NULL PRIMARY KEY
) STRICT, WITHOUT ROWID;

-- ---- facts ------------------------------------------------------------------------------------

-- Every fact, numbered without gaps, as it will be sealed.
CREATE TABLE journal (
    group_id INTEGER NOT NULL,
    number   INTEGER NOT NULL,
    at       INTEGER NOT NULL,
    body     TEXT    NOT NULL,
    PRIMARY KEY (group_id, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE journal_object (
    group_id   INTEGER NOT NULL,
    number     INTEGER NOT NULL, -- entries up to this one are sealed
    object     TEXT    NOT NULL,
    size_bytes INTEGER NOT NULL,
    sha256     BLOB    NOT NULL,
    PRIMARY KEY (group_id, number)
) STRICT, WITHOUT ROWID;

-- One row per message: this key is what makes a repeat the same as once.
CREATE TABLE message (
    group_id   INTEGER NOT NULL,
    sender     TEXT    NOT NULL,
    control_id TEXT    NOT NULL,
    digest     BLOB    NOT NULL,
    refusal    TEXT,
    PRIMARY KEY (group_id, sender, control_id, digest)
) STRICT, WITHOUT ROWID;

-- What messages say, by the keys that tie it to exams and people. `fact` is the journal's number.
CREATE TABLE fact (
    group_id   INTEGER NOT NULL,
    fact       INTEGER NOT NULL,
    kind       TEXT    NOT NULL, -- patient, merge, order, report
    said_at    INTEGER NOT NULL,
    control_id TEXT    NOT NULL,
    accession  TEXT,             -- accession key
    study_uid  TEXT,
    placer     TEXT,
    report_id  BLOB,
    body       TEXT    NOT NULL,
    PRIMARY KEY (group_id, fact)
) STRICT, WITHOUT ROWID;
CREATE INDEX fact_accession ON fact (group_id, accession) WHERE accession IS NOT NULL;
CREATE INDEX fact_study ON fact (group_id, study_uid) WHERE study_uid IS NOT NULL;
CREATE INDEX fact_placer ON fact (group_id, placer) WHERE placer IS NOT NULL;
CREATE UNIQUE INDEX fact_report ON fact (group_id, report_id) WHERE report_id IS NOT NULL;

CREATE TABLE fact_patient (
    group_id INTEGER NOT NULL,
    issuer   TEXT    NOT NULL,
    value    TEXT    NOT NULL,
    fact     INTEGER NOT NULL,
    PRIMARY KEY (group_id, value, issuer, fact)
) STRICT, WITHOUT ROWID;

-- A person's word on the exam of a study.
CREATE TABLE decision (
    group_id  INTEGER NOT NULL,
    study_uid TEXT    NOT NULL,
    at        INTEGER NOT NULL,
    issuer    TEXT    NOT NULL,
    value     TEXT    NOT NULL,
    by        TEXT    NOT NULL,
    PRIMARY KEY (group_id, study_uid, at, issuer, value)
) STRICT, WITHOUT ROWID;

-- A person's word on a report: it belongs to the exam of this study.
CREATE TABLE report_decision (
    group_id  INTEGER NOT NULL,
    report_id BLOB    NOT NULL,
    study_uid TEXT    NOT NULL,
    at        INTEGER NOT NULL,
    by        TEXT    NOT NULL,
    PRIMARY KEY (group_id, report_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX report_decision_study ON report_decision (group_id, study_uid);

-- ---- images -----------------------------------------------------------------------------------

-- One row per distinct saying of a study's images: few, however many the images.
CREATE TABLE claim (
    group_id      INTEGER NOT NULL,
    claim         INTEGER NOT NULL,
    study_uid     TEXT    NOT NULL,
    accession     TEXT,             -- accession key
    patient_value TEXT,
    body          TEXT    NOT NULL,
    instances     INTEGER NOT NULL DEFAULT 0,
    unsealed      INTEGER NOT NULL DEFAULT 0,
    last_arrival  INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (group_id, claim),
    UNIQUE (group_id, study_uid, body)
) STRICT, WITHOUT ROWID;
CREATE INDEX claim_accession ON claim (group_id, accession) WHERE accession IS NOT NULL;
CREATE INDEX claim_patient ON claim (group_id, patient_value) WHERE patient_value IS NOT NULL;

CREATE TABLE series (
    group_id   INTEGER NOT NULL,
    study_uid  TEXT    NOT NULL,
    series_uid TEXT    NOT NULL,
    body       TEXT    NOT NULL,
    instances  INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (group_id, study_uid, series_uid)
) STRICT, WITHOUT ROWID;

CREATE TABLE instance (
    group_id        INTEGER NOT NULL,
    sop_uid         TEXT    NOT NULL,
    study_uid       TEXT    NOT NULL,
    series_uid      TEXT    NOT NULL,
    claim           INTEGER NOT NULL,
    sop_class_uid   TEXT    NOT NULL,
    transfer_syntax TEXT    NOT NULL,
    number          INTEGER,
    frames          INTEGER NOT NULL,
    image_rows      INTEGER,
    image_columns   INTEGER,
    sha256          BLOB    NOT NULL,
    size_bytes      INTEGER NOT NULL,
    received_at     INTEGER NOT NULL,
    source          TEXT    NOT NULL,
    place_writer    INTEGER,          -- where it lies in the landing log, until it is sealed
    place_segment   INTEGER,
    place_offset    INTEGER,
    place_length    INTEGER,
    place_file      INTEGER,
    object          TEXT,             -- the vault's key, once it is sealed
    generation      INTEGER,
    entry_offset    INTEGER,
    PRIMARY KEY (group_id, sop_uid)
) STRICT, WITHOUT ROWID;
CREATE INDEX instance_series ON instance (group_id, study_uid, series_uid);
CREATE INDEX instance_unsealed ON instance (group_id, study_uid) WHERE object IS NULL;
CREATE INDEX instance_landing ON instance (group_id, place_writer, place_segment) WHERE object IS NULL;

-- The same UID with other bytes.
CREATE TABLE aside (
    group_id   INTEGER NOT NULL,
    sop_uid    TEXT    NOT NULL,
    sha256     BLOB    NOT NULL,
    doubt_id   BLOB    NOT NULL,
    body       TEXT    NOT NULL,
    place_writer  INTEGER NOT NULL,
    place_segment INTEGER NOT NULL,
    settled    TEXT,
    PRIMARY KEY (group_id, sop_uid, sha256)
) STRICT, WITHOUT ROWID;
CREATE INDEX aside_landing ON aside (group_id, place_writer, place_segment) WHERE settled IS NULL;
CREATE UNIQUE INDEX aside_doubt ON aside (group_id, doubt_id);

-- How far each writer of the landing log is applied. The log belongs to no group: group 0.
CREATE TABLE applied (
    group_id INTEGER NOT NULL,
    writer   INTEGER NOT NULL,
    segment  INTEGER NOT NULL,
    "offset" INTEGER NOT NULL,
    PRIMARY KEY (group_id, writer)
) STRICT, WITHOUT ROWID;

CREATE TABLE generation (
    group_id   INTEGER NOT NULL,
    series_uid TEXT    NOT NULL,
    number     INTEGER NOT NULL,
    study_uid  TEXT    NOT NULL,
    object     TEXT    NOT NULL,
    size_bytes INTEGER NOT NULL,
    sha256     BLOB    NOT NULL,
    sealed_at  INTEGER NOT NULL,
    PRIMARY KEY (group_id, series_uid, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX generation_study ON generation (group_id, study_uid);
CREATE UNIQUE INDEX generation_object ON generation (group_id, object);

-- ---- documents --------------------------------------------------------------------------------

CREATE TABLE document (
    group_id      INTEGER NOT NULL,
    report_id     BLOB    NOT NULL,
    part          INTEGER NOT NULL,
    kind          TEXT    NOT NULL,
    size_bytes    INTEGER NOT NULL,
    sha256        BLOB    NOT NULL,
    bytes         BLOB,             -- until it is sealed
    object        TEXT,
    object_size   INTEGER,
    object_sha256 BLOB,
    PRIMARY KEY (group_id, report_id, part)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX document_object ON document (group_id, object) WHERE object IS NOT NULL;

-- ---- what follows from the facts --------------------------------------------------------------

CREATE TABLE patient (
    group_id   INTEGER NOT NULL,
    issuer     TEXT    NOT NULL,
    value      TEXT    NOT NULL,
    patient_id BLOB    NOT NULL,
    merged_into BLOB,
    birth_year INTEGER,
    body       TEXT    NOT NULL,
    PRIMARY KEY (group_id, value, issuer)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX patient_id ON patient (group_id, patient_id);
CREATE INDEX patient_merged ON patient (group_id, merged_into) WHERE merged_into IS NOT NULL;
CREATE INDEX patient_birth ON patient (group_id, birth_year) WHERE merged_into IS NULL;

CREATE TABLE exam (
    group_id     INTEGER NOT NULL,
    exam_id      BLOB    NOT NULL,
    number       TEXT    NOT NULL,
    created_at   INTEGER NOT NULL,
    gone         INTEGER NOT NULL DEFAULT 0, -- its studies belong to other exams now
    sort_date    INTEGER NOT NULL DEFAULT 0, -- Julian day; 0 = unknown
    state        TEXT    NOT NULL DEFAULT 'landed',
    site         TEXT    NOT NULL DEFAULT '',
    patient_id   BLOB,
    waiting      INTEGER NOT NULL DEFAULT 1,
    instances    INTEGER NOT NULL DEFAULT 0,
    unsealed     INTEGER NOT NULL DEFAULT 0,
    last_arrival INTEGER NOT NULL DEFAULT 0,
    body         TEXT    NOT NULL DEFAULT '{}',
    hold         TEXT,
    publication  BLOB,
    basis        BLOB,
    published_at INTEGER,
    withdrawn_at INTEGER,
    PRIMARY KEY (group_id, exam_id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX exam_number ON exam (group_id, number);
CREATE INDEX exam_date ON exam (group_id, sort_date, exam_id) WHERE gone = 0;
CREATE INDEX exam_state ON exam (group_id, state, sort_date, exam_id) WHERE gone = 0;
CREATE INDEX exam_site ON exam (group_id, site, sort_date, exam_id) WHERE gone = 0;
CREATE INDEX exam_waiting ON exam (group_id, sort_date, exam_id) WHERE waiting = 1 AND gone = 0;
CREATE INDEX exam_published ON exam (group_id) WHERE publication IS NOT NULL AND withdrawn_at IS NULL;
CREATE INDEX exam_unsealed ON exam (group_id, unsealed) WHERE unsealed > 0;
CREATE INDEX exam_patient ON exam (group_id, patient_id) WHERE patient_id IS NOT NULL;

CREATE TABLE exam_study (
    group_id  INTEGER NOT NULL,
    study_uid TEXT    NOT NULL,
    exam_id   BLOB    NOT NULL,
    PRIMARY KEY (group_id, study_uid)
) STRICT, WITHOUT ROWID;
CREATE INDEX exam_study_exam ON exam_study (group_id, exam_id);

CREATE TABLE exam_report (
    group_id  INTEGER NOT NULL,
    report_id BLOB    NOT NULL,
    exam_id   BLOB,             -- NULL = belongs to none for now
    PRIMARY KEY (group_id, report_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX exam_report_exam ON exam_report (group_id, exam_id) WHERE exam_id IS NOT NULL;

-- Words an exam is found by, folded. `live` = 0 instead of a deletion.
CREATE TABLE exam_word (
    group_id INTEGER NOT NULL,
    word     TEXT    NOT NULL,
    exam_id  BLOB    NOT NULL,
    live     INTEGER NOT NULL,
    PRIMARY KEY (group_id, word, exam_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX exam_word_exam ON exam_word (group_id, exam_id);

CREATE TABLE doubt (
    group_id  INTEGER NOT NULL,
    doubt_id  BLOB    NOT NULL,
    kind      TEXT    NOT NULL, -- identity, conflict, report
    subject   BLOB    NOT NULL, -- exam id, report id; of a conflict its own id
    since     INTEGER NOT NULL,
    closed_at INTEGER,
    body      TEXT    NOT NULL,
    PRIMARY KEY (group_id, doubt_id),
    UNIQUE (group_id, kind, subject)
) STRICT, WITHOUT ROWID;
CREATE INDEX doubt_open ON doubt (group_id, since, doubt_id) WHERE closed_at IS NULL;

-- ---- desk -------------------------------------------------------------------------------------

CREATE TABLE sheet (
    group_id  INTEGER NOT NULL,
    sheet_id  BLOB    NOT NULL,
    exam_id   BLOB    NOT NULL,
    report_id BLOB,
    state     TEXT    NOT NULL,
    at        INTEGER NOT NULL,
    by        TEXT    NOT NULL,
    how       TEXT    NOT NULL,
    PRIMARY KEY (group_id, sheet_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX sheet_exam ON sheet (group_id, exam_id);

CREATE TABLE staff (
    group_id    INTEGER NOT NULL,
    login       TEXT    NOT NULL,
    name        TEXT    NOT NULL,
    role        TEXT    NOT NULL,
    site        TEXT    NOT NULL,
    phc         TEXT    NOT NULL,
    disabled_at INTEGER,
    PRIMARY KEY (group_id, login)
) STRICT, WITHOUT ROWID;

CREATE TABLE site (
    group_id INTEGER NOT NULL,
    site     TEXT    NOT NULL,
    body     TEXT    NOT NULL,
    PRIMARY KEY (group_id, site)
) STRICT, WITHOUT ROWID;

CREATE TABLE cursor (
    group_id INTEGER NOT NULL,
    name     TEXT    NOT NULL,
    value    INTEGER NOT NULL,
    PRIMARY KEY (group_id, name)
) STRICT, WITHOUT ROWID;
