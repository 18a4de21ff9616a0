-- Files of the store: who may use those of no task, which are to be deleted, and who still refers to one.

-- One value for all addresses of one file, whatever host, door and percent-encoding they use. Different files may share a key:
-- it finds candidates, which are then compared as the file server reads them. A hash, because addresses can be longer than an
-- index entry may be. Written with RETURN, so that the names in it are bound now and not where an index is rebuilt.
CREATE FUNCTION file_key(url text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN md5(regexp_replace(
  regexp_replace(
    regexp_replace(regexp_replace(url, '[?#].*$', ''), '^[a-zA-Z][a-zA-Z0-9+.-]*://[^/]*', ''),
    '^(/+files)+(?=/)', ''),
  '%[0-9a-fA-F]{2}|[^a-zA-Z0-9]', '', 'g'));
CREATE FUNCTION file_keys(urls text[]) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (SELECT array_agg(file_key(url)) FROM unnest(urls) AS url);
CREATE FUNCTION artifact_file_keys(artifacts jsonb) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (SELECT array_agg(file_key(artifact.value->>'uri')) FROM jsonb_each(artifacts) AS artifact);

-- Who refers to a file.
CREATE INDEX tasks_by_artifact_file ON tasks USING gin (artifact_file_keys(artifacts)) WHERE artifacts <> '{}';
CREATE INDEX tasks_by_report_file ON tasks USING gin (file_keys(report_assets)) WHERE report_assets <> '{}';
CREATE INDEX models_by_file ON models (file_key(uri)) WHERE uri IS NOT NULL;
CREATE INDEX event_documents_by_file ON event_documents (file_key(url)) WHERE url IS NOT NULL;
CREATE INDEX event_documents_by_shown_file ON event_documents USING gin (file_keys(source_urls)) WHERE source_urls <> '{}';

-- Files to delete, written in the transaction that made them superfluous, and what became of each.
CREATE TABLE file_deletions (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  company text NOT NULL,
  -- who asked, with the role they had: nobody deletes through a task what they could not delete themselves
  requested_by text NOT NULL,
  requested_role text NOT NULL,
  -- the task or model that the file was of
  owner text NOT NULL,
  -- as it was noted; one that ends in / stands for all files of that folder
  url text NOT NULL,
  requested timestamptz NOT NULL,
  -- not before this; later after each failure
  due timestamptz NOT NULL,
  attempts integer NOT NULL DEFAULT 0,
  -- NULL while it is pending
  outcome text CHECK (outcome IN ('deleted', 'missing', 'referenced', 'refused', 'foreign', 'failed')),
  -- of the last failure
  detail text,
  finished timestamptz
);
CREATE UNIQUE INDEX file_deletions_identity ON file_deletions (owner, md5(url));
CREATE INDEX file_deletions_due ON file_deletions (due) WHERE outcome IS NULL;
CREATE INDEX file_deletions_by_file ON file_deletions (file_key(url)) WHERE outcome IS NULL;
CREATE INDEX file_deletions_finished ON file_deletions (finished) WHERE outcome IS NOT NULL;

-- Whose the deleted tasks were: their files may outlive them.
CREATE TABLE deleted_tasks (
  id text PRIMARY KEY,
  company text NOT NULL,
  user_id text NOT NULL,
  deleted_by text NOT NULL,
  deleted timestamptz NOT NULL
);

-- Who uploaded a file that belongs to no task.
CREATE TABLE loose_files (
  -- SHA-256 of the path, which can be longer than an index entry
  path_hash text PRIMARY KEY,
  company text NOT NULL,
  user_id text NOT NULL,
  uploaded timestamptz NOT NULL
);
