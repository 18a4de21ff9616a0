-- Queues that lose no task, the statistics of queues and workers, and what the watch over silent workers needs.

-- A task that an agent was given stays in its place, held for that agent, until it is started. An agent that never got the
-- answer, or died with it, starts nothing: the hold runs out and the task is the first of its queue again, without any job.
ALTER TABLE queue_entries
  ADD COLUMN held_until timestamptz,
  -- user:worker of the call that was given it
  ADD COLUMN held_by text;

-- What the protocol calls the entries of a queue. Holds are set and compared with the clock of the database, so that
-- replicas agree.
CREATE VIEW waiting_entries AS
  SELECT queue_id, task_id, position, added FROM queue_entries WHERE held_until IS NULL OR held_until <= now();

-- How often in a row the worker of this task was lost and the task queued again; enqueueing it begins anew.
ALTER TABLE tasks ADD COLUMN lost_count integer NOT NULL DEFAULT 0;

-- Length and average waiting time (seconds) of each queue, about once a minute; kept for a month.
CREATE TABLE queue_samples (
  queue_id text NOT NULL REFERENCES queues ON DELETE CASCADE,
  at timestamptz NOT NULL,
  length integer NOT NULL,
  avg_wait real NOT NULL,
  PRIMARY KEY (queue_id, at)
);
CREATE INDEX queue_samples_by_time ON queue_samples (at);

-- What workers reported, one row a worker and minute; kept for a month. Two people's workers of one name share it.
CREATE TABLE worker_stats (
  company text NOT NULL,
  minute timestamptz NOT NULL,
  worker_id text NOT NULL,
  -- whether it worked on a task in one of its reports
  busy boolean NOT NULL,
  -- metric/variant -> [count, sum, min, max]; a metric of a single value has the variant total
  stats jsonb NOT NULL,
  PRIMARY KEY (company, minute, worker_id)
);

-- One minute's statistics with another report's.
CREATE FUNCTION merge_stats(a jsonb, b jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
  SELECT coalesce(jsonb_object_agg(key, CASE
      WHEN x.value IS NULL THEN y.value
      WHEN y.value IS NULL THEN x.value
      ELSE jsonb_build_array(
        (x.value->>0)::float8 + (y.value->>0)::float8, (x.value->>1)::float8 + (y.value->>1)::float8,
        least((x.value->>2)::float8, (y.value->>2)::float8), greatest((x.value->>3)::float8, (y.value->>3)::float8)) END), '{}')
  FROM jsonb_each(a) AS x FULL JOIN jsonb_each(b) AS y USING (key)
$$;
