-- Reports are tasks of the type report; what is written in them belongs to the task's row.
ALTER TABLE tasks
  ADD COLUMN report text,
  -- addresses of files that the report shows
  ADD COLUMN report_assets text[] NOT NULL DEFAULT '{}';

-- Serving containers as they registered or last reported. One that was silent for longer than its time-out is gone.
CREATE TABLE serving_containers (
  company text NOT NULL,
  container_id text NOT NULL,
  user_id text NOT NULL,
  endpoint_name text NOT NULL,
  -- NULL while it loads its model: nobody can call it yet
  endpoint_url text,
  model_name text NOT NULL,
  model_source text,
  model_version text,
  preprocess_artifact text,
  input_type text,
  input_size text,
  -- what it serves: [{type, value}]
  reference jsonb NOT NULL DEFAULT '[]',
  register_time timestamptz NOT NULL,
  -- seconds without a report after which it is gone
  register_timeout integer NOT NULL,
  last_report timestamptz NOT NULL,
  uptime_sec bigint NOT NULL DEFAULT 0,
  requests bigint NOT NULL DEFAULT 0,
  requests_min double precision NOT NULL DEFAULT 0,
  latency_ms bigint NOT NULL DEFAULT 0,
  cpu_count integer,
  gpu_count integer,
  PRIMARY KEY (company, container_id)
);
CREATE INDEX serving_containers_by_url ON serving_containers (company, endpoint_url);

-- One row a status report, for the charts; the columns are the protocol's metric types.
CREATE TABLE serving_metrics (
  company text NOT NULL,
  container_id text NOT NULL,
  user_id text NOT NULL,
  endpoint_url text NOT NULL,
  reported timestamptz NOT NULL,
  requests bigint,
  requests_min double precision,
  latency_ms bigint,
  cpu_count integer,
  gpu_count integer,
  cpu_util double precision,
  gpu_util double precision,
  ram_total double precision,
  ram_used double precision,
  ram_free double precision,
  gpu_ram_total double precision,
  gpu_ram_used double precision,
  gpu_ram_free double precision,
  network_rx double precision,
  network_tx double precision
);
CREATE INDEX serving_metrics_by_url ON serving_metrics (company, endpoint_url, reported);
CREATE INDEX serving_metrics_by_container ON serving_metrics (company, container_id, reported);

-- Keys with which browsers reach object stores. Secrets, so administrators only.
CREATE TABLE storage_settings (
  company text PRIMARY KEY REFERENCES companies,
  last_update timestamptz NOT NULL,
  aws jsonb,
  google jsonb,
  azure jsonb
);
