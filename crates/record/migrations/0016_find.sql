-- What queries find (PS3.4 §C.6, PS3.18 §10.6). The text in `body` is the short JSON of `dicom::attributes`; of images of
-- one study or series that disagree, the longest text wins, then the greatest, whatever came first. `entry` numbers what
-- came in order: answers come in it, so that pages stay where they are while others arrive.

CREATE TABLE find_study (
    group_id   INTEGER NOT NULL,
    entry      INTEGER NOT NULL,
    study_uid  TEXT    NOT NULL,
    patient_id TEXT    NOT NULL, -- this and the next: as told by messages, else as the images say
    issuer     TEXT    NOT NULL,
    name       TEXT    NOT NULL, -- folded, the alphabetic group
    name_ideographic TEXT NOT NULL,
    name_phonetic    TEXT NOT NULL,
    accession  TEXT    NOT NULL,
    study_date TEXT    NOT NULL, -- YYYYMMDD, or empty
    body       TEXT    NOT NULL, -- patient and study, as the images say
    told       TEXT,             -- what messages say better
    PRIMARY KEY (group_id, entry)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX find_study_uid ON find_study (group_id, study_uid);
CREATE INDEX find_study_patient ON find_study (group_id, patient_id, issuer);
CREATE INDEX find_study_name ON find_study (group_id, name);
CREATE INDEX find_study_ideographic ON find_study (group_id, name_ideographic) WHERE name_ideographic <> '';
CREATE INDEX find_study_phonetic ON find_study (group_id, name_phonetic) WHERE name_phonetic <> '';
CREATE INDEX find_study_accession ON find_study (group_id, accession);
CREATE INDEX find_study_date ON find_study (group_id, study_date);

CREATE TABLE find_series (
    group_id   INTEGER NOT NULL,
    entry      INTEGER NOT NULL,
    study_uid  TEXT    NOT NULL,
    series_uid TEXT    NOT NULL,
    modality   TEXT    NOT NULL,
    body       TEXT    NOT NULL,
    PRIMARY KEY (group_id, entry)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX find_series_uid ON find_series (group_id, study_uid, series_uid);
CREATE INDEX find_series_modality ON find_series (group_id, modality, study_uid);

CREATE TABLE find_instance (
    group_id   INTEGER NOT NULL,
    entry      INTEGER NOT NULL,
    sop_uid    TEXT    NOT NULL,
    study_uid  TEXT    NOT NULL,
    series_uid TEXT    NOT NULL,
    hidden     INTEGER NOT NULL DEFAULT 0, -- 1: kept, and in no answer (rejected)
    body       TEXT    NOT NULL,
    PRIMARY KEY (group_id, entry)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX find_instance_uid ON find_instance (group_id, sop_uid);
CREATE INDEX find_instance_series ON find_instance (group_id, study_uid, series_uid, hidden);
