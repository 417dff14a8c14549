-- Professionals: who may see which exam, their accounts and sessions. An RPPS is public, yet here it is a keyed digest
-- like every other selector; names are sealed.

CREATE TABLE professional_exam (
    group_id TEXT    NOT NULL,
    exam     BLOB    NOT NULL,
    rpps_mac BLOB    NOT NULL,
    relation TEXT    NOT NULL CHECK (relation IN ('ordered', 'copied')),
    since    INTEGER NOT NULL,
    PRIMARY KEY (group_id, exam, rpps_mac)
) STRICT, WITHOUT ROWID;

CREATE INDEX professional_exam_by_rpps ON professional_exam (group_id, rpps_mac, since);

-- The words of a professional's list that are not in the stub: whose exam it is. They go with the stub.
CREATE TABLE professional_words (
    group_id TEXT NOT NULL,
    exam     BLOB NOT NULL,
    words    BLOB NOT NULL, -- sealed
    PRIMARY KEY (group_id, exam)
) STRICT, WITHOUT ROWID;

-- What a professional has opened: what is left is new to them, and many in an hour are slowed.
CREATE TABLE professional_opened (
    group_id TEXT    NOT NULL,
    rpps_mac BLOB    NOT NULL,
    exam     BLOB    NOT NULL,
    last_at  INTEGER NOT NULL,
    PRIMARY KEY (group_id, rpps_mac, exam)
) STRICT, WITHOUT ROWID;

CREATE INDEX professional_opened_by_time ON professional_opened (group_id, rpps_mac, last_at);

-- Accounts the group has opened, and those it has ended, be they its own or the national login's.
CREATE TABLE professional_account (
    group_id  TEXT    NOT NULL,
    rpps_mac  BLOB    NOT NULL,
    words     BLOB    NOT NULL, -- sealed: RPPS, name, how their identity was proved
    verifier  BLOB,             -- Argon2id over HMAC(RPPS, password); null: no local login
    totp      BLOB,             -- sealed
    totp_step INTEGER,          -- the last step a code was used of
    made_at   INTEGER NOT NULL,
    ended_at  INTEGER,
    PRIMARY KEY (group_id, rpps_mac)
) STRICT, WITHOUT ROWID;

CREATE TABLE professional_session (
    group_id  TEXT    NOT NULL,
    token_sha BLOB    NOT NULL,
    rpps_mac  BLOB    NOT NULL,
    words     BLOB    NOT NULL, -- sealed: RPPS, name, structures
    opened_by TEXT    NOT NULL CHECK (opened_by IN ('openid', 'local')),
    opened_at INTEGER NOT NULL,
    seen_at   INTEGER NOT NULL,
    PRIMARY KEY (group_id, token_sha)
) STRICT, WITHOUT ROWID;

CREATE INDEX professional_session_by_rpps ON professional_session (group_id, rpps_mac);

-- Logins under way that have come back from the provider: each comes back once.
CREATE TABLE professional_login (
    group_id  TEXT    NOT NULL,
    login_sha BLOB    NOT NULL,
    used_at   INTEGER NOT NULL,
    PRIMARY KEY (group_id, login_sha)
) STRICT, WITHOUT ROWID;

-- "B stands in for me from … until …".
CREATE TABLE professional_standin (
    group_id   TEXT    NOT NULL,
    standin    BLOB    NOT NULL,
    absent_mac BLOB    NOT NULL,
    acting_mac BLOB    NOT NULL,
    words      BLOB    NOT NULL, -- sealed: both RPPS, the name of the absent
    from_at    INTEGER NOT NULL,
    until_at   INTEGER NOT NULL, -- the first instant at which it is over
    ended_at   INTEGER,
    PRIMARY KEY (group_id, standin)
) STRICT, WITHOUT ROWID;

CREATE INDEX professional_standin_by_acting ON professional_standin (group_id, acting_mac, until_at);
CREATE INDEX professional_standin_by_absent ON professional_standin (group_id, absent_mac, until_at);
