-- How long queued calls waited and ran, by buckets as timing_bucket() tells them. A call counts when it ends, once, whatever becomes
-- of it later: Prometheus reads from it, and would take less for a new beginning.
-- For a while this was part of 0023, so a database of that time has it already.
CREATE TABLE IF NOT EXISTS queued_times (
  phase text NOT NULL,
  bucket integer NOT NULL,
  count bigint NOT NULL,
  PRIMARY KEY (phase, bucket)
) WITH (fillfactor = 70);

-- Of a queued call that has just ended: {"<bucket> <phase>": 1}.
ALTER TABLE call_changes ADD COLUMN IF NOT EXISTS times jsonb;

CREATE OR REPLACE FUNCTION note_new_call() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO call_changes (ids, company, kind, mapping_id, machine, user_id, key_id, alias, caller, hour, calls, completed, failed,
    aborted, lost, bytes_in, bytes_out, totals, phases, times)
  VALUES (ARRAY[NEW.id], NEW.company, NEW.kind, coalesce(NEW.mapping_id, ''), coalesce(NEW.machine, ''), coalesce(NEW.user_id, ''),
    coalesce(NEW.key_id, ''), NEW.alias, NEW.caller, date_trunc('hour', NEW.created, 'UTC'), 1, (NEW.status = 'completed')::int,
    (NEW.status = 'failed')::int, (NEW.status = 'aborted')::int, (NEW.status = 'lost')::int, NEW.bytes_in, NEW.bytes_out,
    total_of_call(1, NEW.created, NEW.ended, NEW.clone_id, NEW.duration_ms),
    phases_of_call(1, NEW.created, NEW.started, NEW.ended, NEW.clone_id, NEW.phases),
    phases_of_call(1, NEW.created, NEW.started, NEW.ended, NEW.clone_id, '{}'));
  RETURN NULL;
END
$$;

CREATE OR REPLACE FUNCTION note_changed_calls() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO call_changes (ids, company, kind, mapping_id, machine, user_id, key_id, alias, caller, hour, calls, completed, failed,
    aborted, lost, bytes_in, bytes_out, totals, phases, times)
  SELECT ARRAY[id], company, kind, coalesce(mapping_id, ''), coalesce(machine, ''), coalesce(user_id, ''), coalesce(key_id, ''), alias,
    caller, date_trunc('hour', created, 'UTC'), sign, sign * (status = 'completed')::int, sign * (status = 'failed')::int,
    sign * (status = 'aborted')::int, sign * (status = 'lost')::int, sign * bytes_in, sign * bytes_out,
    total_of_call(sign, created, ended, clone_id, duration_ms), phases_of_call(sign, created, started, ended, clone_id, phases),
    CASE WHEN was_open THEN phases_of_call(1, created, started, ended, clone_id, '{}') END
  FROM (
    SELECT -1 AS sign, false AS was_open, * FROM old_calls
    UNION ALL
    SELECT 1, old_calls.ended IS NULL, new_calls.* FROM new_calls JOIN old_calls ON old_calls.id = new_calls.id
  ) AS changed;
  RETURN NULL;
END
$$;
