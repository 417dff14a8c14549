-- Who may see what. Whose an exam is: the archive side's opaque id, by which statements bear on it; it goes with the
-- words of the exam.
ALTER TABLE exam ADD COLUMN person BLOB;
CREATE INDEX exam_by_person ON exam (group_id, person) WHERE person IS NOT NULL;

-- The archive side's statements, and those made here.
CREATE TABLE statement (
    group_id TEXT    NOT NULL,
    origin   TEXT    NOT NULL CHECK (origin IN ('archive', 'diffusion', 'message')),
    sequence INTEGER NOT NULL,
    person   BLOB    NOT NULL,
    named    BLOB,               -- keyed digest of the one it is towards: RPPS, FINESS, or the id of an invitation
    settled  INTEGER NOT NULL,   -- the archive side has it too
    body     BLOB    NOT NULL,   -- sealed
    PRIMARY KEY (group_id, origin, sequence)
) STRICT, WITHOUT ROWID;
CREATE INDEX statement_by_person ON statement (group_id, person);
CREATE INDEX statement_by_named ON statement (group_id, named) WHERE named IS NOT NULL;
