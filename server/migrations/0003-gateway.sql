-- The inference gateway: the three mappings and the log of calls.

CREATE TABLE task_mappings (
  id text PRIMARY KEY,
  company text NOT NULL,
  -- lower-case hex SHA-256 of task_id
  public_id text NOT NULL,
  alias text NOT NULL,
  task_id text NOT NULL,
  default_queue text NOT NULL,
  -- container image of the clones; NULL leaves it to the agent
  image text,
  description text NOT NULL DEFAULT '',
  created timestamptz NOT NULL DEFAULT now(),
  updated timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT task_mappings_alias UNIQUE (company, alias),
  CONSTRAINT task_mappings_task_id UNIQUE (company, task_id)
);
CREATE INDEX task_mappings_public_id ON task_mappings (public_id);

CREATE TABLE machine_mappings (
  id text PRIMARY KEY,
  company text NOT NULL,
  -- lower-case hex SHA-256 of serving_task_id
  public_id text NOT NULL,
  serving_task_id text NOT NULL,
  -- without a slash at its end; a model is at <base_url>/<endpoint>
  base_url text NOT NULL,
  description text NOT NULL DEFAULT '',
  created timestamptz NOT NULL DEFAULT now(),
  updated timestamptz NOT NULL DEFAULT now(),
  -- several machines may carry one serving task, each address once
  CONSTRAINT machine_mappings_base_url UNIQUE (company, serving_task_id, base_url)
);
CREATE INDEX machine_mappings_public_id ON machine_mappings (public_id);

CREATE TABLE endpoint_mappings (
  id text PRIMARY KEY,
  company text NOT NULL,
  -- lower-case hex SHA-256 of serving_task_id
  public_id text NOT NULL,
  alias text NOT NULL,
  serving_task_id text NOT NULL,
  endpoint text NOT NULL,
  deadline_ms integer NOT NULL DEFAULT 30000,
  description text NOT NULL DEFAULT '',
  created timestamptz NOT NULL DEFAULT now(),
  updated timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT endpoint_mappings_alias UNIQUE (company, alias),
  CONSTRAINT endpoint_mappings_endpoint UNIQUE (company, serving_task_id, endpoint)
);
CREATE INDEX endpoint_mappings_public_id ON endpoint_mappings (public_id);

-- One row a call, also for one that failed before a mapping was found. Names are copied: a row outlives what it names.
CREATE TABLE calls (
  id text PRIMARY KEY,
  -- '' for a call that nobody could be found for
  company text NOT NULL,
  kind text NOT NULL CHECK (kind IN ('enqueue', 'ondemand')),
  created timestamptz NOT NULL,
  outcome text NOT NULL CHECK (outcome IN ('accepted', 'ok', 'failed')),
  http_status integer NOT NULL,
  mapping_id text,
  alias text,
  public_id text,
  endpoint text,
  machine text,
  queue text,
  task_id text,
  clone_id text,
  clone_name text,
  user_id text,
  caller text,
  duration_ms double precision NOT NULL,
  bytes_in bigint NOT NULL,
  bytes_out bigint NOT NULL,
  -- milliseconds by phase; json and not jsonb, because it keeps their order
  phases json NOT NULL DEFAULT '{}',
  -- the beginning of what was asked and answered, secrets masked
  request text,
  answer text,
  error_code text,
  error text,
  -- addresses and system errors: not for end users
  error_detail text
);
-- The pages of the log, newest first: all calls, those of a kind, those of a caller.
CREATE INDEX calls_by_time ON calls (created DESC, id DESC);
CREATE INDEX calls_by_kind ON calls (kind, created DESC, id DESC);
CREATE INDEX calls_by_user ON calls (user_id, created DESC, id DESC);
CREATE INDEX calls_by_clone ON calls (clone_id) WHERE clone_id IS NOT NULL;
-- Answers that are being sent, which the next start of the server closes if this one ends.
CREATE INDEX calls_under_way ON calls (id) WHERE kind = 'ondemand' AND outcome = 'accepted';
