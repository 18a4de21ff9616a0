-- What the console remembers of how it draws a model; no part of the model itself.
ALTER TABLE models ADD ui_cache jsonb;

CREATE INDEX models_by_parent ON models (parent) WHERE parent IS NOT NULL;
-- "Which tasks use this model?" is asked before every deletion of one.
CREATE INDEX tasks_by_input_model ON tasks USING gin ((models->'input') jsonb_path_ops);

-- A table that somebody is about to download: the browser's link can carry an id, but no filter.
CREATE TABLE downloads (
  id text PRIMARY KEY,
  user_id text NOT NULL REFERENCES users ON DELETE CASCADE,
  entity text NOT NULL CHECK (entity IN ('task', 'model')),
  request jsonb NOT NULL,
  created timestamptz NOT NULL
);
CREATE INDEX downloads_by_time ON downloads (created);
