-- What is asked back from the archive, and what is certified of an erasure.

CREATE TABLE recall (
    group_id     TEXT    NOT NULL,
    recall       BLOB    NOT NULL,
    exam         BLOB    NOT NULL,
    stage        TEXT    NOT NULL CHECK (stage IN ('asked', 'found', 'verified', 'ready', 'failed')),
    asked_at     INTEGER NOT NULL,
    said_at      INTEGER NOT NULL,           -- when the archive side was last told
    stage_at     INTEGER NOT NULL,
    ready_by     INTEGER,
    reason       TEXT,                       -- the key of the last failure's reason
    trying_again INTEGER NOT NULL DEFAULT 0,
    ended_at     INTEGER,                    -- ready, or failed for good
    PRIMARY KEY (group_id, recall)
) STRICT, WITHOUT ROWID;

-- One recall is open per exam, however many ask.
CREATE UNIQUE INDEX recall_open ON recall (group_id, exam) WHERE ended_at IS NULL;
CREATE INDEX recall_by_exam ON recall (group_id, exam, asked_at);

-- The certificate of a web copy erased because its time was over: what it was, by a digest, and the leaf that says so.
ALTER TABLE publication ADD COLUMN expired_at INTEGER; -- the instant its time ended
ALTER TABLE publication ADD COLUMN rule TEXT;          -- the key of the reason
ALTER TABLE publication ADD COLUMN blobs_sha BLOB;     -- SHA-256 over its blobs' digests
ALTER TABLE publication ADD COLUMN leaf INTEGER;       -- the trace entry

CREATE INDEX publication_uncertified ON publication (group_id) WHERE state = 'expired' AND leaf IS NULL;

-- The last number given to a message: messages go once they are fetched, numbers never come twice.
CREATE TABLE outbox_counter (
    group_id TEXT    NOT NULL,
    last     INTEGER NOT NULL,
    PRIMARY KEY (group_id)
) STRICT, WITHOUT ROWID;
INSERT INTO outbox_counter (group_id, last) SELECT group_id, max(number) FROM outbox GROUP BY group_id;
