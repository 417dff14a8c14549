-- Since when an exam's number is locked at the door after a hundred failures; its sheets must be replaced.
ALTER TABLE exam ADD COLUMN locked_at INTEGER;
CREATE INDEX exam_locked ON exam (group_id, sort_date, exam_id) WHERE locked_at IS NOT NULL AND gone = 0;
