-- A sender's own code of a prescriber ↔ RPPS, as a person of the group has matched them. Of one code the highest entry
-- counts; an empty RPPS takes a match back.
CREATE TABLE prescriber_code (
    group_id INTEGER NOT NULL,
    code     TEXT    NOT NULL,
    entry    INTEGER NOT NULL,
    rpps     TEXT    NOT NULL,
    body     TEXT    NOT NULL,
    PRIMARY KEY (group_id, code)
) STRICT, WITHOUT ROWID;

-- Orders whose prescriber has no RPPS but a code of the sender's own.
CREATE INDEX exam_prescriber_code ON exam (group_id, json_extract(body, '$.prescriber.local_code'))
    WHERE gone = 0 AND json_extract(body, '$.prescriber.local_code') IS NOT NULL;

-- Orders that name somebody to be copied.
CREATE INDEX fact_copies ON fact (group_id, fact)
    WHERE kind = 'order' AND json_array_length(body, '$.order.copies') > 0;
