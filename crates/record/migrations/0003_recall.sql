-- Recalls, from asked to ready or given up. What took how long is kept to tell the next one how long it will take.
CREATE TABLE recall (
    group_id   INTEGER NOT NULL,
    recall_id  BLOB    NOT NULL,
    exam_id    BLOB    NOT NULL,
    state      TEXT    NOT NULL, -- asked, found, verified, ready, failed
    open       INTEGER NOT NULL, -- 0 once ready or given up
    asked_at   INTEGER NOT NULL,
    asked_by   TEXT    NOT NULL,
    at         INTEGER NOT NULL,
    ready_by   INTEGER,
    ready_at   INTEGER,
    failure    TEXT,
    size_bytes INTEGER,
    took_ms    INTEGER,          -- from the first byte to ready, the wait before it not counted
    PRIMARY KEY (group_id, recall_id)
) STRICT, WITHOUT ROWID;
-- One is open per exam, however many ask.
CREATE UNIQUE INDEX recall_open ON recall (group_id, exam_id) WHERE open = 1;
CREATE INDEX recall_exam ON recall (group_id, exam_id, asked_at);
CREATE INDEX recall_ready ON recall (group_id, ready_at) WHERE ready_at IS NOT NULL;

-- Its time on line ended by itself, which is not a withdrawal: only a recall brings it back.
ALTER TABLE exam ADD COLUMN expired INTEGER NOT NULL DEFAULT 0;
