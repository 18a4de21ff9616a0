-- A server adds new On-Demand calls up in memory and writes the sums a few times a second, not with each commit. Until then their rows
-- bear the number of these sums, by which they are found and counted when the server died with them.
CREATE TABLE open_call_sums (
  server integer PRIMARY KEY,
  -- Random, because a sequence could give one again that PostgreSQL forgot when it crashed.
  number bigint NOT NULL DEFAULT floor(random() * 9007199254740992),
  -- No call that began earlier has this number.
  since timestamptz NOT NULL,
  -- When the server last wrote sums.
  turned timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 50);

ALTER TABLE calls ADD COLUMN sums_number bigint;
-- Servers of earlier versions, which may still run, say with a setting that they count their calls themselves.
DROP TRIGGER calls_note_new ON calls;
CREATE TRIGGER calls_note_new AFTER INSERT ON calls FOR EACH ROW
  WHEN (NEW.sums_number IS NULL AND current_setting('arno.calls_are_counted', true) IS DISTINCT FROM 'on')
  EXECUTE FUNCTION note_new_call();

-- Queued tasks are few beside On-Demand calls, which so need not enter it: a list of those reads calls_by_time.
DROP INDEX calls_by_kind;
CREATE INDEX calls_by_kind ON calls (created) WHERE kind = 'enqueue';
