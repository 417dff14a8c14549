-- What time it was when due_at was last written: a due time told by a clock that ran ahead can be found and brought back.
ALTER TABLE job ADD COLUMN told_at INTEGER NOT NULL DEFAULT 0;
