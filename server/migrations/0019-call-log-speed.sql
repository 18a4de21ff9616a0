-- The log of calls costs a call less: its changes are kept as sums, and what most calls have in common is not indexed call by call.

-- What happened to calls and is not added up yet: the sums of one series and hour, written in the transaction that writes the calls.
-- A changed call is taken back as it was and counted as it is, so that sums can be negative.
ALTER TABLE call_changes RENAME TO noted_changes;
CREATE TABLE call_changes (
  number bigint GENERATED ALWAYS AS IDENTITY,
  -- of the calls, for those who follow the log
  ids text[] NOT NULL,
  company text NOT NULL,
  kind text NOT NULL,
  -- '' stands for no mapping, machine, user or key
  mapping_id text NOT NULL,
  machine text NOT NULL,
  user_id text NOT NULL,
  key_id text NOT NULL,
  alias text,
  caller text,
  hour timestamptz NOT NULL,
  -- the rest as in call_stats
  calls bigint NOT NULL,
  completed bigint NOT NULL,
  failed bigint NOT NULL,
  aborted bigint NOT NULL,
  lost bigint NOT NULL,
  bytes_in bigint NOT NULL,
  bytes_out bigint NOT NULL,
  totals jsonb NOT NULL,
  phases jsonb NOT NULL,
  CONSTRAINT call_changes_key PRIMARY KEY (number)
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000);

-- The total of an ended call: of one that queued a task it goes to the end of that, of any other to the end of its answer.
CREATE FUNCTION total_of_call(sign integer, created timestamptz, ended timestamptz, clone_id text, duration_ms double precision)
RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE WHEN ended IS NULL THEN '{}' ELSE jsonb_build_object(
    timing_bucket(CASE WHEN clone_id IS NULL THEN duration_ms ELSE milliseconds_between(created, ended) END), sign) END
$$;

-- The phases of an ended call; one that queued a task also waited and ran.
CREATE FUNCTION phases_of_call(sign integer, created timestamptz, started timestamptz, ended timestamptz, clone_id text, phases json)
RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
  SELECT coalesce(jsonb_object_agg(timing_bucket(ms) || ' ' || phase, sign), '{}') FROM (
    SELECT 'queued' AS phase, milliseconds_between(created, coalesce(started, ended)) AS ms WHERE clone_id IS NOT NULL
    UNION ALL SELECT 'running', milliseconds_between(started, ended) WHERE clone_id IS NOT NULL AND started IS NOT NULL
    UNION ALL SELECT key, value::double precision FROM json_each_text(phases)
  ) AS timing WHERE ended IS NOT NULL
$$;

INSERT INTO call_changes (ids, company, kind, mapping_id, machine, user_id, key_id, alias, caller, hour, calls, completed, failed,
  aborted, lost, bytes_in, bytes_out, totals, phases)
SELECT ARRAY[id], company, kind, mapping_id, machine, user_id, key_id, alias, caller, date_trunc('hour', created, 'UTC'), sign,
  sign * (status = 'completed')::int, sign * (status = 'failed')::int, sign * (status = 'aborted')::int, sign * (status = 'lost')::int,
  sign * bytes_in, sign * bytes_out, total_of_call(sign, created, ended, clone_id, duration_ms),
  phases_of_call(sign, created, started, ended, clone_id, phases)
FROM noted_changes;
DROP TABLE noted_changes;

-- Who writes many calls at a time adds them up itself and says so by arno.calls_are_counted.
CREATE OR REPLACE FUNCTION note_new_calls() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF current_setting('arno.calls_are_counted', true) = 'on' THEN RETURN NULL; END IF;
  INSERT INTO call_changes (ids, company, kind, mapping_id, machine, user_id, key_id, alias, caller, hour, calls, completed, failed,
    aborted, lost, bytes_in, bytes_out, totals, phases)
  SELECT ARRAY[id], company, kind, coalesce(mapping_id, ''), coalesce(machine, ''), coalesce(user_id, ''), coalesce(key_id, ''), alias,
    caller, date_trunc('hour', created, 'UTC'), 1, (status = 'completed')::int, (status = 'failed')::int, (status = 'aborted')::int,
    (status = 'lost')::int, bytes_in, bytes_out, total_of_call(1, created, ended, clone_id, duration_ms),
    phases_of_call(1, created, started, ended, clone_id, phases)
  FROM new_calls;
  RETURN NULL;
END
$$;

CREATE OR REPLACE FUNCTION note_changed_calls() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO call_changes (ids, company, kind, mapping_id, machine, user_id, key_id, alias, caller, hour, calls, completed, failed,
    aborted, lost, bytes_in, bytes_out, totals, phases)
  SELECT ARRAY[id], company, kind, coalesce(mapping_id, ''), coalesce(machine, ''), coalesce(user_id, ''), coalesce(key_id, ''), alias,
    caller, date_trunc('hour', created, 'UTC'), sign, sign * (status = 'completed')::int, sign * (status = 'failed')::int,
    sign * (status = 'aborted')::int, sign * (status = 'lost')::int, sign * bytes_in, sign * bytes_out,
    total_of_call(sign, created, ended, clone_id, duration_ms), phases_of_call(sign, created, started, ended, clone_id, phases)
  FROM (SELECT -1 AS sign, * FROM old_calls UNION ALL SELECT 1, * FROM new_calls) AS changed;
  RETURN NULL;
END
$$;

-- Texts that a call has for itself: an error, or a clone with its queue. What it shares with others (mapping, machine, caller) is
-- looked up by name first, and found by its id then. call-filter.ts searches by these very expressions.
DO $$
BEGIN
  IF to_regclass('calls_by_words') IS NULL THEN RETURN; END IF;
  DROP INDEX calls_by_words, calls_by_internals;
  CREATE INDEX calls_by_words ON calls USING gin ((coalesce(alias, '') || ' ' || coalesce(public_id, '') || ' ' ||
    coalesce(endpoint, '') || ' ' || coalesce(queue, '') || ' ' || coalesce(clone_name, '') || ' ' || coalesce(caller, '') || ' ' ||
    coalesce(error_code, '') || ' ' || coalesce(error, '')) gin_trgm_ops) WITH (gin_pending_list_limit = 65536)
    WHERE error IS NOT NULL OR clone_name IS NOT NULL;
  CREATE INDEX calls_by_internals ON calls USING gin ((coalesce(machine, '') || ' ' || coalesce(task_id, '') || ' ' ||
    coalesce(error_detail, '')) gin_trgm_ops) WITH (gin_pending_list_limit = 65536) WHERE error IS NOT NULL OR clone_name IS NOT NULL;
END
$$;
