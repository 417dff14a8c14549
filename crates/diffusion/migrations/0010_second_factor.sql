-- Who may be sent a one-time code, the codes sent, and exams shared with a person.

-- A session may wait for its one-time code, and may be an invited person's. Sessions open at the upgrade end there.
DROP TABLE session;
CREATE TABLE session (
    group_id   TEXT    NOT NULL,
    token_sha  BLOB    NOT NULL,
    exam       BLOB    NOT NULL,
    sheet      BLOB    NOT NULL,
    opened_by  TEXT    NOT NULL CHECK (opened_by IN ('code', 'qr', 'share')),
    opened_at  INTEGER NOT NULL,
    seen_at    INTEGER NOT NULL,
    factor     TEXT    NOT NULL DEFAULT 'none' CHECK (factor IN ('none', 'awaited', 'passed')),
    share      BLOB,               -- the invitation that opened it
    PRIMARY KEY (group_id, token_sha)
) STRICT, WITHOUT ROWID;

-- Where a one-time code may be sent: the address is sealed, and found by a keyed digest.
CREATE TABLE contact (
    group_id     TEXT    NOT NULL,
    exam         BLOB    NOT NULL,
    contact      BLOB    NOT NULL,
    channel      TEXT    NOT NULL CHECK (channel IN ('email', 'phone')),
    sealed       BLOB    NOT NULL,
    recorded_at  INTEGER NOT NULL,
    usable_from  INTEGER NOT NULL,
    usable_until INTEGER,          -- a minor's contacts are a parent's: until the eighteenth birthday
    PRIMARY KEY (group_id, exam, contact)
) STRICT, WITHOUT ROWID;

CREATE TABLE one_time_code (
    group_id  TEXT    NOT NULL,
    challenge BLOB    NOT NULL,
    session   BLOB    NOT NULL,
    exam      BLOB    NOT NULL,
    code_mac  BLOB    NOT NULL,    -- keyed digest over the challenge, the session and the code
    sent_at   INTEGER NOT NULL,
    tries     INTEGER NOT NULL DEFAULT 0,
    ended_at  INTEGER,             -- used, replaced or out of tries
    PRIMARY KEY (group_id, challenge)
) STRICT, WITHOUT ROWID;

CREATE INDEX one_time_code_by_session ON one_time_code (group_id, session, sent_at);
CREATE INDEX one_time_code_by_exam ON one_time_code (group_id, exam, sent_at);

-- A minor's sheet is a parent's: it dies at the eighteenth birthday.
ALTER TABLE sheet ADD COLUMN parent_until INTEGER;

CREATE TABLE share (
    group_id    TEXT    NOT NULL,
    share       BLOB    NOT NULL,
    exam        BLOB    NOT NULL,
    sheet       BLOB    NOT NULL,  -- the sheet of whoever invited; the share dies with it
    link_mac    BLOB    NOT NULL,
    sealed      BLOB    NOT NULL,  -- the address of the person invited
    download    INTEGER NOT NULL,
    made_at     INTEGER NOT NULL,
    until       INTEGER NOT NULL,
    revoked_at  INTEGER,
    used_at     INTEGER,
    noticed_day INTEGER,           -- the last day whose first use was told to the patient
    PRIMARY KEY (group_id, share)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX share_by_link ON share (group_id, link_mac);
CREATE INDEX share_by_exam ON share (group_id, exam, made_at);
