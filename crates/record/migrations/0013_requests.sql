-- What people ask of their data, and what was answered. `body` is the request as it stands.
CREATE TABLE data_request (
    group_id   INTEGER NOT NULL,
    request_id BLOB    NOT NULL,
    patient_id BLOB    NOT NULL,
    open       INTEGER NOT NULL, -- 0 once it is answered or refused
    packaged   INTEGER NOT NULL, -- 1 while a package of it lies in the folder of packages
    asked_at   INTEGER NOT NULL,
    body       TEXT    NOT NULL,
    PRIMARY KEY (group_id, request_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX data_request_open ON data_request (group_id, asked_at, request_id) WHERE open = 1;
CREATE INDEX data_request_packaged ON data_request (group_id, request_id) WHERE packaged = 1;
CREATE INDEX data_request_patient ON data_request (group_id, patient_id, asked_at);
CREATE INDEX data_request_all ON data_request (group_id, asked_at, request_id);

-- Breaches an officer has declared (GDPR, article 33.5).
CREATE TABLE breach (
    group_id  INTEGER NOT NULL,
    breach_id BLOB    NOT NULL,
    known_at  INTEGER NOT NULL,
    body      TEXT    NOT NULL,
    PRIMARY KEY (group_id, breach_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX breach_known ON breach (group_id, known_at, breach_id);
