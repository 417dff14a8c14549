-- One row per request that is not yet answered. Instants are microseconds since 1970 in UTC.
CREATE TABLE job (
    group_id     INTEGER NOT NULL,
    kind         TEXT    NOT NULL,
    key          TEXT    NOT NULL,
    version      INTEGER NOT NULL,           -- raised by each request, so that none is lost
    asked_at     INTEGER NOT NULL,
    due_at       INTEGER NOT NULL,
    attempts     INTEGER NOT NULL DEFAULT 0,
    lease        INTEGER NOT NULL DEFAULT 0, -- names the latest lease; never used twice
    leased_until INTEGER,
    dead_at      INTEGER,
    last_error   TEXT,
    PRIMARY KEY (group_id, kind, key)
) STRICT, WITHOUT ROWID;

CREATE INDEX job_due ON job (group_id, kind, due_at) WHERE dead_at IS NULL;
CREATE INDEX job_dead ON job (group_id, kind, dead_at) WHERE dead_at IS NOT NULL;

CREATE TABLE job_lease (
    group_id INTEGER NOT NULL PRIMARY KEY,
    last     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
