-- What administrators see and change in the console.

-- Every change of a registration, account or setting. Rows outlive what they are about and who made them.
CREATE TABLE audit_entries (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  company text NOT NULL,
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  -- without one the server itself
  user_id text,
  user_name text NOT NULL,
  -- such as create, update, delete, rotate
  action text NOT NULL,
  -- such as task_mapping, user, queue
  subject text NOT NULL,
  -- of a consumer key and of a callback secret the id of its mapping, in whose history it stands
  subject_id text NOT NULL,
  subject_name text NOT NULL,
  -- the fields that differ, null where there was or is nothing; never a secret
  before jsonb,
  after jsonb
);
CREATE INDEX audit_entries_by_time ON audit_entries (company, at DESC, id DESC);
CREATE INDEX audit_entries_by_subject ON audit_entries (subject_id, at DESC, id DESC);
CREATE INDEX audit_entries_by_user ON audit_entries (user_id, at DESC, id DESC);
CREATE INDEX audit_entries_by_kind ON audit_entries (company, subject, at DESC, id DESC);

ALTER TABLE users
  -- since when nobody gets in with this account
  ADD COLUMN disabled timestamptz,
  -- to the minute: by password, single sign-on, session, key pair or token
  ADD COLUMN last_seen timestamptz;

-- Logins with a browser, for their owners and administrators to see and end. The session itself is a signed token: without a row it
-- is as good, and ends only by revoked_sessions or the number of its generation. Sessions that programs open with a key pair have
-- none: the key pair says when it was used last, and ends them.
CREATE TABLE sessions (
  id text PRIMARY KEY,
  user_id text NOT NULL REFERENCES users ON DELETE CASCADE,
  generation integer NOT NULL,
  created timestamptz NOT NULL DEFAULT now(),
  expires timestamptz NOT NULL,
  -- to the minute
  last_used timestamptz NOT NULL DEFAULT now(),
  address text NOT NULL,
  agent text NOT NULL
);
CREATE INDEX sessions_user ON sessions (user_id);
CREATE INDEX sessions_expires ON sessions (expires);

-- Servers hold the settings that people change while they run in memory.
CREATE FUNCTION tell_of_settings() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('arno_settings', '');
  RETURN NULL;
END
$$;
CREATE TRIGGER settings_changed AFTER INSERT OR UPDATE OR DELETE ON settings
  FOR EACH STATEMENT EXECUTE FUNCTION tell_of_settings();

-- Deleted mappings, which can be brought back for a day. A table of its own and not a mark on the rows: what the gateway reads
-- never holds a deleted mapping, and its alias and its task are free for another one at once.
CREATE TABLE deleted_mappings (
  id text PRIMARY KEY,
  company text NOT NULL,
  -- the table it was in
  kind text NOT NULL CHECK (kind IN ('task_mappings', 'endpoint_mappings', 'machine_mappings')),
  -- the whole row, and those of its consumer keys
  content jsonb NOT NULL,
  keys jsonb NOT NULL,
  -- ids of the endpoint mappings whose calls it took when no machine could
  fallback_of text[] NOT NULL,
  deleted timestamptz NOT NULL
);
CREATE INDEX deleted_mappings_by_time ON deleted_mappings (deleted);

-- An id can be given to another account later, which must not come into the rights of the one before it (see 0014).
CREATE FUNCTION forget_user_of_deleted_mappings() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE deleted_mappings
  SET content = jsonb_set(content, '{allowed_users}', (content -> 'allowed_users') - OLD.id)
  WHERE content -> 'allowed_users' ? OLD.id;
  RETURN NULL;
END
$$;
CREATE TRIGGER users_removed_from_deleted_mappings AFTER DELETE ON users
  FOR EACH ROW EXECUTE FUNCTION forget_user_of_deleted_mappings();

-- A paused queue takes tasks and hands none out; those that wait keep their order.
ALTER TABLE queues
  ADD COLUMN paused timestamptz,
  -- name of who paused it
  ADD COLUMN paused_by text;

-- Which worker asks for a task: agents send their worker's id with each call, or only the name of their host.
ALTER TABLE workers
  -- `X-ClearML-Worker` of its reports
  ADD COLUMN sender text,
  -- the first session of those that it reports with
  ADD COLUMN session text;

-- Workers that are given no further task. A table of its own and not a mark on `workers`: their rows go when an agent stops, and one
-- that is started again on a machine under repair must not begin to work.
CREATE TABLE drained_workers (
  company text NOT NULL,
  worker_id text NOT NULL,
  since timestamptz NOT NULL,
  -- of who drained it
  user_name text NOT NULL,
  PRIMARY KEY (company, worker_id)
);

-- What a worker has run.
CREATE INDEX tasks_by_worker ON tasks (company, last_worker, started DESC) WHERE last_worker IS NOT NULL;

-- Lists of tasks at any length: each filter and each order has its pages, read forwards or backwards. What decides whether a task is
-- listed is in the indexes too, so that counting reads no tasks.
DROP INDEX tasks_by_update;
DROP INDEX tasks_by_project;
DROP INDEX tasks_running;
CREATE INDEX tasks_by_update ON tasks (last_update, id) INCLUDE (company, system_tags);
CREATE INDEX tasks_by_status ON tasks (status, last_update, id) INCLUDE (company, system_tags);
CREATE INDEX tasks_by_type ON tasks (type, last_update, id) INCLUDE (company, system_tags);
CREATE INDEX tasks_by_project ON tasks (project, last_update, id) INCLUDE (company, system_tags);
CREATE INDEX tasks_by_user ON tasks (user_id, last_update, id) INCLUDE (company, system_tags);
CREATE INDEX tasks_by_creation ON tasks (created, id);
-- As people sort names; of a name that is longer than an index entry may be, the beginning.
CREATE INDEX tasks_by_name ON tasks (lower(left(name, 100)), last_update, id);
CREATE INDEX tasks_public ON tasks (id) WHERE company = '';

-- Of tags that are longer than an index entry may be, the beginnings. Written with RETURN for the reason given in 0010.
CREATE FUNCTION tag_keys(tags text[]) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (SELECT array_agg(left(tag, 100)) FROM unnest(tags) AS tag);
CREATE INDEX tasks_by_tag ON tasks USING gin (tag_keys(tags)) WHERE tags <> '{}';

-- Parts of names, where PostgreSQL has pg_trgm (see 0015).
DO $$
BEGIN
  IF EXISTS (SELECT FROM pg_extension WHERE extname = 'pg_trgm') THEN
    CREATE INDEX tasks_by_words ON tasks USING gin (name gin_trgm_ops) WITH (gin_pending_list_limit = 16384);
  END IF;
END
$$;
