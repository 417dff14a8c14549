-- What peers asked us to commit to (PS3.4 annex J). No fact of an exam: not journalled; a peer that hears nothing asks
-- again. `body` is the list of instances, emptied once the peer has heard.
CREATE TABLE commitment (
    group_id     INTEGER NOT NULL,
    peer         TEXT    NOT NULL, -- calling title
    transaction_uid TEXT NOT NULL,
    asked_at     INTEGER NOT NULL,
    instances    INTEGER NOT NULL,
    body         TEXT    NOT NULL,
    digest       BLOB    NOT NULL, -- of the list: the same transaction may not come to mean another
    answered_at  INTEGER,
    kept         INTEGER,
    failed       INTEGER,
    PRIMARY KEY (group_id, peer, transaction_uid)
) STRICT, WITHOUT ROWID;
CREATE INDEX commitment_open ON commitment (group_id, asked_at) WHERE answered_at IS NULL;
