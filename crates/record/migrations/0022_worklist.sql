-- Orders as modalities are offered them: one row per order, written again from its messages whenever one comes, so that
-- the order in which they arrive changes nothing.
CREATE TABLE worklist (
    group_id     INTEGER NOT NULL,
    order_key    TEXT    NOT NULL, -- placer:…, accession:…
    study_uid    TEXT    NOT NULL, -- as an order says, else made once and journalled
    scheduled_at INTEGER NOT NULL, -- when it is planned, else when it was ordered
    told         TEXT    NOT NULL, -- scheduled, arrived, done, cancelled: by messages alone
    body         TEXT    NOT NULL, -- the last order
    PRIMARY KEY (group_id, order_key)
) STRICT, WITHOUT ROWID;
CREATE INDEX worklist_open ON worklist (group_id, scheduled_at) WHERE told IN ('scheduled', 'arrived');
CREATE INDEX worklist_study ON worklist (group_id, study_uid);

-- What modalities say that they do (PS3.4 annex F). `body` is the step as it stands.
CREATE TABLE performed_step (
    group_id   INTEGER NOT NULL,
    sop_uid    TEXT    NOT NULL,
    state      TEXT    NOT NULL, -- in_progress, completed, discontinued
    instances  INTEGER NOT NULL, -- that it says it made
    changed_at INTEGER NOT NULL,
    body       TEXT    NOT NULL,
    PRIMARY KEY (group_id, sop_uid)
) STRICT, WITHOUT ROWID;
CREATE TABLE performed_study (
    group_id  INTEGER NOT NULL,
    study_uid TEXT    NOT NULL,
    sop_uid   TEXT    NOT NULL,
    PRIMARY KEY (group_id, study_uid, sop_uid)
) STRICT, WITHOUT ROWID;
