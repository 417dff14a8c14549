-- What ties a professional to a person besides exams: a declared care relation, an emergency opening. Judged by its
-- instants at each request.
CREATE TABLE standing (
    group_id   TEXT    NOT NULL,
    standing   BLOB    NOT NULL,
    person     BLOB    NOT NULL,
    kind       TEXT    NOT NULL CHECK (kind IN ('care', 'emergency')),
    rpps_mac   BLOB    NOT NULL,
    finess_mac BLOB,                 -- of a care relation: the structure, where they must act if their login names any
    from_at    INTEGER NOT NULL,
    until_at   INTEGER,              -- the first instant at which it is over
    told_at    INTEGER,              -- of an emergency: when the patient was written to
    body       BLOB    NOT NULL,     -- sealed
    PRIMARY KEY (group_id, standing)
) STRICT, WITHOUT ROWID;
CREATE INDEX standing_by_rpps ON standing (group_id, rpps_mac, person);
CREATE INDEX standing_by_person ON standing (group_id, person, kind);

-- Whose an exam is, by name and birth date: an emergency finds a person by nothing less. It goes with the words.
ALTER TABLE exam ADD COLUMN traits_mac BLOB;
CREATE INDEX exam_by_traits ON exam (group_id, traits_mac) WHERE traits_mac IS NOT NULL;

-- Emergencies that found nobody, counted against whoever types names.
CREATE TABLE emergency_tried (
    group_id TEXT    NOT NULL,
    tried    BLOB    NOT NULL,
    rpps_mac BLOB    NOT NULL,
    at       INTEGER NOT NULL,
    PRIMARY KEY (group_id, tried)
) STRICT, WITHOUT ROWID;
CREATE INDEX emergency_tried_by_rpps ON emergency_tried (group_id, rpps_mac, at);

-- A parent's or guardian's contact: who proves it stands for the person, while it may be used.
ALTER TABLE contact ADD COLUMN representative INTEGER NOT NULL DEFAULT 0;
ALTER TABLE one_time_code ADD COLUMN contact BLOB;  -- the representative's contact it was sent to
ALTER TABLE session ADD COLUMN contact BLOB;        -- the representative's contact that was proved

-- Professionals who want to be told that something new has come for them: the address is sealed.
CREATE TABLE professional_notice (
    group_id   TEXT    NOT NULL,
    rpps_mac   BLOB    NOT NULL,
    words      BLOB    NOT NULL,
    daily      INTEGER NOT NULL,     -- once a day at most; else with each exam
    noticed_at INTEGER NOT NULL,     -- exams named since are news
    PRIMARY KEY (group_id, rpps_mac)
) STRICT, WITHOUT ROWID;
