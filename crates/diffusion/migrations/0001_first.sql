-- Every key begins with the group. Instants are microseconds since 1970 in UTC.
-- Nothing here opens anything without the key files: numbers, tokens and addresses are keyed digests,
-- codes are Argon2id over a keyed digest, words are sealed.

CREATE TABLE exam (
    group_id     TEXT    NOT NULL,
    exam         BLOB    NOT NULL,
    number_mac   BLOB,             -- the selector printed beside the code
    birth_mac    BLOB,             -- the date asked at the door, as far as it is known
    visible      BLOB,             -- the publication served now
    online_until INTEGER,          -- the first instant at which nothing is served
    stub         BLOB,             -- sealed: the few words an expiry page needs
    PRIMARY KEY (group_id, exam)
) STRICT, WITHOUT ROWID;

CREATE INDEX exam_by_expiry ON exam (group_id, online_until) WHERE visible IS NOT NULL;

CREATE TABLE publication (
    group_id     TEXT    NOT NULL,
    publication  BLOB    NOT NULL,
    exam         BLOB    NOT NULL,
    state        TEXT    NOT NULL CHECK (state IN ('visible', 'replaced', 'withdrawn', 'expired')),
    announced    BLOB    NOT NULL, -- SHA-256 of the message that committed it
    wrapped_key  BLOB,             -- null once erased
    document     BLOB,             -- the message, sealed under the publication's key; null once erased
    committed_at INTEGER NOT NULL,
    ended_at     INTEGER,
    bytes_gone   INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (group_id, publication)
) STRICT, WITHOUT ROWID;

CREATE INDEX publication_leftovers ON publication (group_id) WHERE wrapped_key IS NULL AND bytes_gone = 0;

CREATE TABLE sheet (
    group_id    TEXT    NOT NULL,
    sheet       BLOB    NOT NULL,
    exam        BLOB    NOT NULL,
    number_mac  BLOB    NOT NULL,
    verifier    BLOB    NOT NULL,  -- Argon2id over HMAC(number, code)
    qr_mac      BLOB    NOT NULL,
    dead_from   INTEGER NOT NULL,
    granted_at  INTEGER NOT NULL,
    revoked_at  INTEGER,
    code_locked INTEGER NOT NULL DEFAULT 0, -- a hundred failures on its number: only the QR still opens
    uses        INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (group_id, sheet)
) STRICT, WITHOUT ROWID;

CREATE INDEX sheet_by_number ON sheet (group_id, number_mac);
CREATE INDEX sheet_by_exam ON sheet (group_id, exam);
CREATE UNIQUE INDEX sheet_by_qr ON sheet (group_id, qr_mac);

CREATE TABLE session (
    group_id   TEXT    NOT NULL,
    token_sha  BLOB    NOT NULL,
    exam       BLOB    NOT NULL,
    sheet      BLOB    NOT NULL,
    opened_by  TEXT    NOT NULL CHECK (opened_by IN ('code', 'qr')),
    opened_at  INTEGER NOT NULL,
    seen_at    INTEGER NOT NULL,
    PRIMARY KEY (group_id, token_sha)
) STRICT, WITHOUT ROWID;

-- Failures of one selector (number or QR) from one address prefix.
CREATE TABLE bucket (
    group_id     TEXT    NOT NULL,
    bucket_mac   BLOB    NOT NULL,
    failures     INTEGER NOT NULL,
    last_at      INTEGER NOT NULL,
    PRIMARY KEY (group_id, bucket_mac)
) STRICT, WITHOUT ROWID;

-- Failures on one number, whether or not it exists.
CREATE TABLE number_tried (
    group_id   TEXT    NOT NULL,
    number_mac BLOB    NOT NULL,
    failures   INTEGER NOT NULL,
    last_at    INTEGER NOT NULL,
    PRIMARY KEY (group_id, number_mac)
) STRICT, WITHOUT ROWID;

-- Failures and successes of one address prefix, over all numbers.
CREATE TABLE client (
    group_id   TEXT    NOT NULL,
    prefix_mac BLOB    NOT NULL,
    failures   INTEGER NOT NULL,
    last_at    INTEGER NOT NULL,
    success_at INTEGER,
    PRIMARY KEY (group_id, prefix_mac)
) STRICT, WITHOUT ROWID;

-- Failures over everything, in the present window.
CREATE TABLE budget (
    group_id     TEXT    NOT NULL,
    window_start INTEGER NOT NULL,
    failures     INTEGER NOT NULL,
    PRIMARY KEY (group_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE outbox (
    group_id TEXT    NOT NULL,
    number   INTEGER NOT NULL,
    message  TEXT    NOT NULL,
    PRIMARY KEY (group_id, number)
) STRICT, WITHOUT ROWID;
