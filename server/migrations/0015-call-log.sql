-- The log of calls at the size of a platform: what finds calls, what counts them, and which server still sends an answer.

-- The server that sends the answer of an On-Demand call; NULL when none does any more. Each running server has a number and
-- holds an advisory lock for it.
CREATE SEQUENCE server_numbers AS integer CYCLE;
ALTER TABLE calls
  ADD COLUMN server integer,
  ADD CONSTRAINT calls_status_check CHECK (status IN ('queued', 'running', 'completed', 'failed', 'aborted', 'lost'));
DROP INDEX calls_under_way;
CREATE INDEX calls_under_way ON calls (server) WHERE kind = 'ondemand' AND outcome = 'accepted';

-- Each filter of the log has its pages, newest first. What most calls have in common is found as fast by time alone.
CREATE INDEX calls_by_status ON calls (status, created DESC, id DESC) WHERE status <> 'completed';
CREATE INDEX calls_by_outcome ON calls (outcome, created DESC, id DESC) WHERE outcome <> 'ok';
CREATE INDEX calls_by_http_status ON calls (http_status, created DESC, id DESC) WHERE http_status >= 400;
CREATE INDEX calls_by_mapping ON calls (mapping_id, created DESC, id DESC);
CREATE INDEX calls_by_machine ON calls (machine, created DESC, id DESC) WHERE machine IS NOT NULL;
CREATE INDEX calls_by_key ON calls (key_id, created DESC, id DESC) WHERE key_id IS NOT NULL;

-- Texts are found by their trigrams. call-filter.ts searches by these very expressions. What is new waits in a list beside the
-- index, which the job of the log merges in: a call does not wait for that. A PostgreSQL without pg_trgm (some packages leave it
-- out) reads rows instead.
DO $$
BEGIN
  CREATE EXTENSION IF NOT EXISTS pg_trgm;
  CREATE INDEX calls_by_words ON calls USING gin ((coalesce(alias, '') || ' ' || coalesce(public_id, '') || ' ' ||
    coalesce(endpoint, '') || ' ' || coalesce(queue, '') || ' ' || coalesce(clone_name, '') || ' ' || coalesce(caller, '') || ' ' ||
    coalesce(error_code, '') || ' ' || coalesce(error, '')) gin_trgm_ops) WITH (gin_pending_list_limit = 65536);
  CREATE INDEX calls_by_internals ON calls USING gin ((coalesce(machine, '') || ' ' || coalesce(task_id, '') || ' ' ||
    coalesce(error_detail, '')) gin_trgm_ops) WITH (gin_pending_list_limit = 65536);
EXCEPTION WHEN feature_not_supported OR undefined_file OR insufficient_privilege THEN
  RAISE WARNING 'searches in the log of calls will be slow: this PostgreSQL gives no pg_trgm (%)', SQLERRM;
END
$$;

-- What happened to calls and is not counted yet: written in the transaction that writes the call, so that each change is counted
-- exactly once whatever dies meanwhile. A changed call is taken back as it was and counted as it is.
CREATE TABLE call_changes (
  number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  sign smallint NOT NULL CHECK (sign IN (-1, 1)),
  -- the rest is copied from the call; '' stands for no mapping, machine, user or key
  id text NOT NULL,
  company text NOT NULL,
  kind text NOT NULL,
  created timestamptz NOT NULL,
  started timestamptz,
  ended timestamptz,
  status text NOT NULL,
  mapping_id text NOT NULL,
  machine text NOT NULL,
  user_id text NOT NULL,
  key_id text NOT NULL,
  alias text,
  caller text,
  clone_id text,
  duration_ms double precision NOT NULL,
  phases json NOT NULL,
  bytes_in bigint NOT NULL,
  bytes_out bigint NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000);

CREATE FUNCTION note_new_calls() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO call_changes (sign, id, company, kind, created, started, ended, status, mapping_id, machine, user_id, key_id,
    alias, caller, clone_id, duration_ms, phases, bytes_in, bytes_out)
  SELECT 1, id, company, kind, created, started, ended, status, coalesce(mapping_id, ''), coalesce(machine, ''),
    coalesce(user_id, ''), coalesce(key_id, ''), alias, caller, clone_id, duration_ms, phases, bytes_in, bytes_out
  FROM new_calls;
  RETURN NULL;
END
$$;

CREATE FUNCTION note_changed_calls() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO call_changes (sign, id, company, kind, created, started, ended, status, mapping_id, machine, user_id, key_id,
    alias, caller, clone_id, duration_ms, phases, bytes_in, bytes_out)
  SELECT sign, id, company, kind, created, started, ended, status, coalesce(mapping_id, ''), coalesce(machine, ''),
    coalesce(user_id, ''), coalesce(key_id, ''), alias, caller, clone_id, duration_ms, phases, bytes_in, bytes_out
  FROM (SELECT -1 AS sign, * FROM old_calls UNION ALL SELECT 1, * FROM new_calls) AS changed;
  RETURN NULL;
END
$$;

CREATE TRIGGER calls_note_new AFTER INSERT ON calls
  REFERENCING NEW TABLE AS new_calls FOR EACH STATEMENT EXECUTE FUNCTION note_new_calls();
CREATE TRIGGER calls_note_changed AFTER UPDATE ON calls
  REFERENCING OLD TABLE AS old_calls NEW TABLE AS new_calls FOR EACH STATEMENT EXECUTE FUNCTION note_changed_calls();

-- Whose numbers are kept apart: the calls of one caller to one mapping on one machine; '' stands for none.
CREATE TABLE call_series (
  id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  company text NOT NULL,
  kind text NOT NULL,
  mapping_id text NOT NULL,
  machine text NOT NULL,
  user_id text NOT NULL,
  key_id text NOT NULL,
  -- the names of mapping and caller when last seen
  alias text,
  caller text,
  CONSTRAINT call_series_key UNIQUE (company, kind, mapping_id, machine, user_id, key_id)
);
CREATE INDEX call_series_user ON call_series (user_id);

-- Calls by when they arrived and what has become of them by now: for each hour and once more for each day (UTC), so that a year is
-- not added up from thousands of hours.
CREATE TABLE call_stats (
  span text NOT NULL CHECK (span IN ('hour', 'day')),
  start timestamptz NOT NULL,
  series_id integer NOT NULL REFERENCES call_series,
  calls bigint NOT NULL,
  completed bigint NOT NULL,
  failed bigint NOT NULL,
  aborted bigint NOT NULL,
  lost bigint NOT NULL,
  bytes_in bigint NOT NULL,
  bytes_out bigint NOT NULL,
  -- how long the ended ones took, as histograms: {"<bucket>": count} and {"<bucket> <phase>": count}; see timing_bucket()
  totals jsonb NOT NULL,
  phases jsonb NOT NULL,
  PRIMARY KEY (span, start, series_id)
) WITH (fillfactor = 70);

-- Bucket b holds the milliseconds in (1.1^(b-1), 1.1^b]; 2 * 1.1^b / 2.1 is within 4.8 % of each of them. Less than a
-- microsecond counts as one.
CREATE FUNCTION timing_bucket(milliseconds double precision) RETURNS integer LANGUAGE sql IMMUTABLE AS $$
  SELECT ceil(ln(greatest(milliseconds, 0.001)) / ln(1.1::double precision))::integer
$$;
CREATE FUNCTION bucket_milliseconds(bucket integer) RETURNS double precision LANGUAGE sql IMMUTABLE AS $$
  SELECT 2 * 1.1::double precision ^ bucket / 2.1
$$;

-- Not below 0: the clocks of two machines may differ.
CREATE FUNCTION milliseconds_between(beginning timestamptz, ending timestamptz) RETURNS double precision LANGUAGE sql IMMUTABLE AS $$
  SELECT greatest(extract(epoch FROM ending - beginning) * 1000, 0)::double precision
$$;

-- The sum of two histograms.
CREATE FUNCTION add_counts(a jsonb, b jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
  SELECT coalesce(jsonb_object_agg(key, count) FILTER (WHERE count <> 0), '{}')
  FROM (
    SELECT key, sum(value::bigint) AS count
    FROM (SELECT * FROM jsonb_each_text(a) UNION ALL SELECT * FROM jsonb_each_text(b)) AS both_of_them
    GROUP BY key
  ) AS sums
$$;

-- What was logged before there were statistics.
INSERT INTO call_changes (sign, id, company, kind, created, started, ended, status, mapping_id, machine, user_id, key_id,
  alias, caller, clone_id, duration_ms, phases, bytes_in, bytes_out)
SELECT 1, id, company, kind, created, started, ended, status, coalesce(mapping_id, ''), coalesce(machine, ''),
  coalesce(user_id, ''), coalesce(key_id, ''), alias, caller, clone_id, duration_ms, phases, bytes_in, bytes_out
FROM calls;
