-- Who else reads a person's record, or stands for them: care relations with partners' professionals, parents, guardians,
-- heirs, emergency openings with their review. `body` is the relation as it stands.
CREATE TABLE relation (
    group_id    INTEGER NOT NULL,
    relation_id BLOB    NOT NULL,
    patient_id  BLOB    NOT NULL, -- as known when it was declared
    waiting     INTEGER NOT NULL, -- an emergency opening that nobody has reviewed
    made_at     INTEGER NOT NULL,
    told_for    BLOB,             -- the patient it was last told under, as it stands; no fact
    body        TEXT    NOT NULL,
    PRIMARY KEY (group_id, relation_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX relation_patient ON relation (group_id, patient_id, made_at);
CREATE INDEX relation_emergency ON relation (group_id, waiting, made_at)
    WHERE json_extract(body, '$.what.kind') = 'emergency';
