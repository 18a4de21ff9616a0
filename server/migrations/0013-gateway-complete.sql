-- The gateway in full: who may call what and how often, what a mapping asks of its calls, and what becomes of a call.

-- What task and endpoint mappings have in common.
-- access: 'anyone' with a valid token, those 'listed' in the three columns, or consumer 'keys' alone.
ALTER TABLE task_mappings
  ADD COLUMN access text NOT NULL DEFAULT 'anyone' CHECK (access IN ('anyone', 'listed', 'keys')),
  -- ours (admin, developer, user) or the identity provider's
  ADD COLUMN allowed_roles text[] NOT NULL DEFAULT '{}',
  ADD COLUMN allowed_groups text[] NOT NULL DEFAULT '{}',
  -- ids of users
  ADD COLUMN allowed_users text[] NOT NULL DEFAULT '{}',
  -- for each caller; NULL is no limit
  ADD COLUMN calls_per_minute integer CHECK (calls_per_minute > 0),
  ADD COLUMN calls_per_day integer CHECK (calls_per_day > 0),
  -- JSON Schema of the parameters, and parameters that fit it
  ADD COLUMN input_schema jsonb,
  ADD COLUMN example jsonb,
  -- queues beside the default one that a caller may name: NULL any, empty none
  ADD COLUMN queues text[],
  -- 'high' goes before every normal entry of the queue
  ADD COLUMN priority text NOT NULL DEFAULT 'normal' CHECK (priority IN ('normal', 'high')),
  -- where clones go; NULL is the project of the template
  ADD COLUMN clone_project text,
  ADD COLUMN clone_tags text[] NOT NULL DEFAULT '{}',
  -- signs callbacks; made when first needed
  ADD COLUMN callback_secret text;

ALTER TABLE endpoint_mappings
  ADD COLUMN access text NOT NULL DEFAULT 'anyone' CHECK (access IN ('anyone', 'listed', 'keys')),
  ADD COLUMN allowed_roles text[] NOT NULL DEFAULT '{}',
  ADD COLUMN allowed_groups text[] NOT NULL DEFAULT '{}',
  ADD COLUMN allowed_users text[] NOT NULL DEFAULT '{}',
  ADD COLUMN calls_per_minute integer CHECK (calls_per_minute > 0),
  ADD COLUMN calls_per_day integer CHECK (calls_per_day > 0),
  ADD COLUMN input_schema jsonb,
  ADD COLUMN example jsonb,
  -- bytes; NULL is the gateway's own limit
  ADD COLUMN max_request_bytes integer CHECK (max_request_bytes > 0),
  ADD COLUMN max_answer_bytes integer CHECK (max_answer_bytes > 0),
  -- live, else queue: the task that takes the calls when no machine can
  ADD COLUMN fallback_mapping_id text REFERENCES task_mappings ON DELETE SET NULL;

-- NULL checks by a TCP connect alone
ALTER TABLE machine_mappings ADD COLUMN health_path text;

-- A caller that is a program and not a person: good for one mapping only.
CREATE TABLE consumer_keys (
  id text PRIMARY KEY,
  company text NOT NULL,
  task_mapping_id text REFERENCES task_mappings ON DELETE CASCADE,
  endpoint_mapping_id text REFERENCES endpoint_mappings ON DELETE CASCADE,
  name text NOT NULL,
  hash bytea NOT NULL UNIQUE,
  -- the secret before the last rotation, good until then
  previous_hash bytea UNIQUE,
  previous_expires timestamptz,
  created timestamptz NOT NULL DEFAULT now(),
  -- who made it; clones of its calls are theirs
  created_by text NOT NULL,
  expires timestamptz,
  last_used timestamptz,
  CHECK (num_nonnulls(task_mapping_id, endpoint_mapping_id) = 1)
);
CREATE INDEX consumer_keys_task ON consumer_keys (task_mapping_id) WHERE task_mapping_id IS NOT NULL;
CREATE INDEX consumer_keys_endpoint ON consumer_keys (endpoint_mapping_id) WHERE endpoint_mapping_id IS NOT NULL;

-- What the status of a clone means to who called it. A draft is one that somebody took out of its queue. ClearML stops a task
-- whose worker fell silent as 'non-responsive', and our own leases fail it: nobody decided so, and its caller should know.
CREATE FUNCTION status_of_clone(status text, reason text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE
    WHEN status IN ('stopped', 'failed') AND reason ~* 'non-responsive|worker \S+ is lost' THEN 'lost'
    WHEN status = 'queued' THEN 'queued'
    WHEN status = 'in_progress' THEN 'running'
    WHEN status = 'failed' THEN 'failed'
    WHEN status IN ('created', 'stopped') THEN 'aborted'
    ELSE 'completed'
  END
$$;

-- The status of a call follows its clone (see calls_follow_tasks), so that lists and statistics need not look at tasks.
ALTER TABLE calls
  -- queued, running, completed, failed, aborted, lost
  ADD COLUMN status text NOT NULL DEFAULT 'completed',
  -- when the clone began to run and when the call ended; NULL is not yet
  ADD COLUMN started timestamptz,
  ADD COLUMN ended timestamptz,
  -- set instead of user_id when a consumer key called
  ADD COLUMN key_id text;

UPDATE calls SET
  status = CASE
    WHEN outcome = 'failed' THEN 'failed'
    WHEN outcome = 'ok' THEN 'completed'
    WHEN kind = 'ondemand' THEN 'running'
    ELSE coalesce((SELECT status_of_clone(tasks.status, tasks.status_reason) FROM tasks WHERE tasks.id = calls.clone_id), 'lost')
  END;
UPDATE calls SET ended = created + duration_ms * interval '1 ms' WHERE status NOT IN ('queued', 'running');

-- A key with which a caller may repeat a call without making a second one; kept for a day.
CREATE TABLE idempotency_keys (
  company text NOT NULL,
  -- user or consumer key
  caller_id text NOT NULL,
  key text NOT NULL,
  -- of mapping and body: the same key for another call is an error
  fingerprint bytea NOT NULL,
  call_id text NOT NULL,
  created timestamptz NOT NULL,
  PRIMARY KEY (company, caller_id, key)
);
CREATE INDEX idempotency_keys_created ON idempotency_keys (created);

-- What is owed to who asked to be told of the end of a call.
CREATE TABLE callbacks (
  call_id text PRIMARY KEY REFERENCES calls ON DELETE CASCADE,
  url text NOT NULL,
  mapping_id text NOT NULL,
  -- waiting for the end of the call, due, done, or given up
  state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'due', 'done', 'given_up')),
  tries integer NOT NULL DEFAULT 0,
  next_try timestamptz,
  give_up timestamptz
);
CREATE INDEX callbacks_due ON callbacks (next_try) WHERE state = 'due';

CREATE TABLE callback_tries (
  call_id text NOT NULL REFERENCES callbacks ON DELETE CASCADE,
  number integer NOT NULL,
  tried timestamptz NOT NULL,
  duration_ms double precision NOT NULL,
  http_status integer,
  error text,
  PRIMARY KEY (call_id, number)
);

-- Calls follow their clones in the same transaction. Whoever waits for a call, or owes a callback, is told by the notification.
CREATE FUNCTION calls_follow_tasks() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  new_status text := 'lost';
  call record;
BEGIN
  IF TG_OP = 'UPDATE' THEN new_status := status_of_clone(NEW.status, NEW.status_reason); END IF;
  FOR call IN
    UPDATE calls SET
      status = new_status,
      started = CASE WHEN TG_OP = 'UPDATE' THEN NEW.started ELSE calls.started END,
      ended = CASE WHEN new_status IN ('queued', 'running') THEN NULL ELSE now() END
    WHERE clone_id = OLD.id AND (calls.status IN ('queued', 'running') OR TG_OP = 'UPDATE') AND calls.status <> new_status
    RETURNING id
  LOOP
    IF new_status NOT IN ('queued', 'running') THEN
      UPDATE callbacks SET state = 'due', next_try = now(), give_up = now() + interval '1 day'
      WHERE call_id = call.id AND state = 'waiting';
    END IF;
    PERFORM pg_notify('arno_calls', call.id);
  END LOOP;
  RETURN NULL;
END
$$;

CREATE TRIGGER calls_follow_status AFTER UPDATE OF status ON tasks
  FOR EACH ROW WHEN (OLD.status IS DISTINCT FROM NEW.status) EXECUTE FUNCTION calls_follow_tasks();
CREATE TRIGGER calls_follow_deletion AFTER DELETE ON tasks
  FOR EACH ROW EXECUTE FUNCTION calls_follow_tasks();
