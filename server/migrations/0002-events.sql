-- Events of tasks. A scalar series is one row that carries its identity and its running statistics (the protocol's
-- last_metrics); its points are narrow rows beside it, found by the series' number alone, so that reading one series costs
-- the same however many others exist. docs/adr/0004-event-storage.md says why.

CREATE TABLE scalar_series (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  task_id text NOT NULL REFERENCES tasks ON DELETE CASCADE,
  metric text NOT NULL,
  variant text NOT NULL,
  -- the keys of last_metrics; an index on the names themselves would limit their length
  metric_hash text NOT NULL GENERATED ALWAYS AS (md5(metric)) STORED,
  variant_hash text NOT NULL GENERATED ALWAYS AS (md5(variant)) STORED,
  value double precision NOT NULL,
  min_value double precision NOT NULL,
  min_value_iteration bigint NOT NULL,
  max_value double precision NOT NULL,
  max_value_iteration bigint NOT NULL,
  first_value double precision NOT NULL,
  first_value_iteration bigint NOT NULL,
  count bigint NOT NULL,
  -- exact after the first batch, rounded to 2 decimals by each later one; answered rounded
  mean_value double precision NOT NULL,
  -- the highest iteration stored: what lies beyond it cannot be a repetition
  last_iteration bigint NOT NULL,
  x_axis_label text,
  UNIQUE (task_id, metric_hash, variant_hash)
);

-- No foreign key to the series: checking it would cost a look-up and a lock for every point. Who deletes a series deletes
-- its points in the same transaction.
CREATE TABLE scalars (
  series_id bigint NOT NULL,
  -- -2^31 marks a value reported once, outside any iteration
  iter bigint NOT NULL,
  -- milliseconds since 1970
  ts bigint NOT NULL,
  value real NOT NULL,
  PRIMARY KEY (series_id, iter)
);

-- The console. No foreign key to the task, as above: who adds lines holds a lock on the task, who deletes it deletes them.
CREATE TABLE logs (
  task_id text NOT NULL,
  ts bigint NOT NULL,
  -- the order of lines of one millisecond
  id bigint GENERATED ALWAYS AS IDENTITY,
  worker text NOT NULL DEFAULT '',
  level text NOT NULL DEFAULT '',
  metric text NOT NULL DEFAULT '',
  variant text NOT NULL DEFAULT '',
  msg text NOT NULL DEFAULT '',
  PRIMARY KEY (task_id, ts, id)
);

-- Plots, debug images and vectors: documents with a key.
CREATE TABLE event_documents (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  task_id text NOT NULL REFERENCES tasks ON DELETE CASCADE,
  type text NOT NULL CHECK (type IN ('plot', 'training_debug_image', 'training_stats_vector')),
  metric text NOT NULL,
  variant text NOT NULL,
  iter bigint NOT NULL,
  key text NOT NULL DEFAULT '',
  ts bigint NOT NULL,
  worker text NOT NULL DEFAULT '',
  -- of a debug image; a later iteration may reuse it
  url text,
  -- what is left of the event: plot_str, values … It is only ever answered whole, so json and not jsonb: stored as it came
  document json NOT NULL
);
-- What makes two events one: reporting it again overwrites. Hashes, because names may be longer than an index entry.
CREATE UNIQUE INDEX event_documents_identity
  ON event_documents (task_id, type, md5(metric), md5(variant), iter, md5(key));
