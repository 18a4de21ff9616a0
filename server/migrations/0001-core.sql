-- Companies, people and their keys; projects, tasks, models; queues and workers.
-- Ids are 32 lower-case hex digits, as the ClearML clients expect. company '' marks public objects: all read them, nobody
-- writes them. Maps that the protocol treats as documents are jsonb; whatever is filtered, sorted or joined is a column.

CREATE TABLE companies (
  id text PRIMARY KEY,
  name text NOT NULL
);

CREATE TABLE users (
  id text PRIMARY KEY,
  company text NOT NULL REFERENCES companies,
  username text NOT NULL UNIQUE,
  name text NOT NULL,
  role text NOT NULL CHECK (role IN ('admin', 'developer', 'user')),
  -- scrypt$N$r$p$salt$hash; a user without one cannot log in with a password
  password_hash text,
  created timestamptz NOT NULL DEFAULT now(),
  preferences jsonb NOT NULL DEFAULT '{}'
);

-- Key pairs of SDK and agents. The secret is random, so a plain SHA-256 of it is enough.
CREATE TABLE credentials (
  access_key text PRIMARY KEY,
  user_id text NOT NULL REFERENCES users ON DELETE CASCADE,
  secret_hash text NOT NULL,
  label text,
  created timestamptz NOT NULL DEFAULT now(),
  last_used timestamptz,
  last_used_from text
);
CREATE INDEX credentials_user ON credentials (user_id);

-- Personal tokens for the gateway, stored as SHA-256.
CREATE TABLE access_tokens (
  id text PRIMARY KEY,
  user_id text NOT NULL REFERENCES users ON DELETE CASCADE,
  name text NOT NULL,
  token_hash text NOT NULL UNIQUE,
  created timestamptz NOT NULL DEFAULT now(),
  expires timestamptz,
  last_used timestamptz
);
CREATE INDEX access_tokens_user ON access_tokens (user_id);

-- What the installation decided once, such as the key that signs sessions.
CREATE TABLE settings (
  key text PRIMARY KEY,
  value jsonb NOT NULL
);

CREATE TABLE projects (
  id text PRIMARY KEY,
  company text NOT NULL,
  user_id text NOT NULL,
  name text NOT NULL,
  basename text NOT NULL,
  parent text REFERENCES projects,
  -- ids of all ancestors, outermost first
  path text[] NOT NULL DEFAULT '{}',
  description text NOT NULL DEFAULT '',
  created timestamptz NOT NULL,
  last_update timestamptz NOT NULL,
  tags text[] NOT NULL DEFAULT '{}',
  system_tags text[] NOT NULL DEFAULT '{}',
  default_output_destination text,
  UNIQUE (company, name)
);
CREATE INDEX projects_path ON projects USING gin (path);

CREATE TABLE tasks (
  id text PRIMARY KEY,
  company text NOT NULL,
  user_id text NOT NULL,
  name text NOT NULL,
  type text NOT NULL,
  comment text NOT NULL DEFAULT '',
  project text REFERENCES projects,
  -- an id, or __DELETED__<id>: so no foreign key
  parent text,
  status text NOT NULL DEFAULT 'created',
  status_reason text NOT NULL DEFAULT '',
  status_message text NOT NULL DEFAULT '',
  status_changed timestamptz NOT NULL,
  -- status before it was queued, restored when it is dequeued
  enqueue_status text,
  created timestamptz NOT NULL,
  started timestamptz,
  completed timestamptz,
  published timestamptz,
  active_duration bigint,
  last_update timestamptz NOT NULL,
  last_change timestamptz NOT NULL,
  last_changed_by text,
  last_worker text,
  last_worker_report timestamptz,
  last_iteration bigint NOT NULL DEFAULT 0,
  tags text[] NOT NULL DEFAULT '{}',
  system_tags text[] NOT NULL DEFAULT '{}',
  script jsonb,
  execution jsonb NOT NULL DEFAULT '{}',
  -- keyed by md5(key)_mode; answered as the list execution.artifacts
  artifacts jsonb NOT NULL DEFAULT '{}',
  output jsonb NOT NULL DEFAULT '{}',
  models jsonb NOT NULL DEFAULT '{"input": [], "output": []}',
  container jsonb NOT NULL DEFAULT '{}',
  runtime jsonb NOT NULL DEFAULT '{}',
  hyperparams jsonb NOT NULL DEFAULT '{}',
  configuration jsonb NOT NULL DEFAULT '{}'
);
CREATE INDEX tasks_by_update ON tasks (company, last_update DESC, id);
CREATE INDEX tasks_by_project ON tasks (project, last_update DESC);
CREATE INDEX tasks_by_parent ON tasks (parent);
CREATE INDEX tasks_running ON tasks (last_update) WHERE status = 'in_progress';

CREATE TABLE models (
  id text PRIMARY KEY,
  company text NOT NULL,
  user_id text NOT NULL,
  name text NOT NULL,
  project text REFERENCES projects,
  -- the task that created it
  task text,
  parent text,
  uri text,
  framework text,
  comment text NOT NULL DEFAULT '',
  labels jsonb NOT NULL DEFAULT '{}',
  design jsonb,
  metadata jsonb NOT NULL DEFAULT '{}',
  ready boolean NOT NULL DEFAULT false,
  created timestamptz NOT NULL,
  last_update timestamptz NOT NULL,
  last_change timestamptz NOT NULL,
  last_changed_by text,
  tags text[] NOT NULL DEFAULT '{}',
  system_tags text[] NOT NULL DEFAULT '{}'
);
CREATE INDEX models_by_update ON models (company, last_update DESC, id);
CREATE INDEX models_by_project ON models (project);
CREATE INDEX models_by_task ON models (task);

CREATE TABLE queues (
  id text PRIMARY KEY,
  company text NOT NULL,
  user_id text NOT NULL,
  name text NOT NULL,
  display_name text,
  created timestamptz NOT NULL,
  last_update timestamptz NOT NULL,
  tags text[] NOT NULL DEFAULT '{}',
  system_tags text[] NOT NULL DEFAULT '{}',
  metadata jsonb NOT NULL DEFAULT '{}',
  UNIQUE (company, name)
);

CREATE TABLE queue_entries (
  queue_id text NOT NULL REFERENCES queues ON DELETE CASCADE,
  task_id text NOT NULL REFERENCES tasks ON DELETE CASCADE,
  -- ascending is the order of the queue; only its order means something
  position bigint NOT NULL GENERATED BY DEFAULT AS IDENTITY,
  added timestamptz NOT NULL,
  PRIMARY KEY (queue_id, task_id)
);
CREATE INDEX queue_entries_order ON queue_entries (queue_id, position);
CREATE INDEX queue_entries_task ON queue_entries (task_id);

-- Agents that wait for a task of this queue are woken when the transaction that added it commits.
CREATE FUNCTION notify_queue() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('queue_entry', NEW.queue_id);
  RETURN NULL;
END $$;
CREATE TRIGGER queue_entry_added AFTER INSERT ON queue_entries FOR EACH ROW EXECUTE FUNCTION notify_queue();

CREATE TABLE workers (
  company text NOT NULL,
  user_id text NOT NULL,
  worker_id text NOT NULL,
  ip text,
  register_time timestamptz NOT NULL,
  -- seconds without a report after which the worker is gone
  register_timeout integer NOT NULL,
  last_activity_time timestamptz NOT NULL,
  last_report_time timestamptz,
  task_id text,
  queue_id text,
  queues text[] NOT NULL DEFAULT '{}',
  tags text[] NOT NULL DEFAULT '{}',
  system_tags text[] NOT NULL DEFAULT '{}',
  -- the machine_stats of its last report
  machine_stats jsonb,
  PRIMARY KEY (company, user_id, worker_id)
);
CREATE INDEX workers_by_activity ON workers (company, last_activity_time DESC);
