-- Who may see what: statements, never changed. What the other side has is not a fact: after a rebuild it is told again.
CREATE TABLE statement (
    group_id INTEGER NOT NULL,
    origin   TEXT    NOT NULL, -- the server it was made on, or message
    sequence INTEGER NOT NULL, -- in that server's order
    person   BLOB    NOT NULL, -- the patient, as known when it was made
    told_for BLOB,             -- the patient it was last told under
    body     TEXT    NOT NULL,
    PRIMARY KEY (group_id, origin, sequence)
) STRICT, WITHOUT ROWID;
CREATE INDEX statement_person ON statement (group_id, person, sequence);
