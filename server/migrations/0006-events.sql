-- Events of models beside those of tasks, sizes and files of documents, and deletion that does not wait for the points.

-- task_id names the owner as the wire does: a task, or in an event of a model that model. Ids never meet, and no foreign key
-- can follow two tables, so the triggers below do what the foreign keys did.
ALTER TABLE scalar_series DROP CONSTRAINT scalar_series_task_id_fkey;
ALTER TABLE event_documents DROP CONSTRAINT event_documents_task_id_fkey;

ALTER TABLE models ADD COLUMN last_iteration bigint NOT NULL DEFAULT 0;

ALTER TABLE event_documents
  -- bytes of the document as text: pages have a limit in bytes
  ADD COLUMN size integer NOT NULL GENERATED ALWAYS AS (octet_length(document::text)) STORED,
  -- files that a plot shows; they go when it goes
  ADD COLUMN source_urls text[] NOT NULL DEFAULT '{}';

-- Series whose points are still stored though nobody can reach them: the server deletes them in small steps.
CREATE TABLE discarded_series (series_id bigint PRIMARY KEY);
-- The same of console lines. The owner may get new ones meanwhile, so those up to an id are meant; reads pass them over.
CREATE TABLE discarded_logs (
  task_id text PRIMARY KEY,
  up_to bigint NOT NULL
);

-- Makes all events of a task or model disappear. What it does not delete at once can be counted in millions.
-- The caller holds a lock on the owner's row, so no batch is on its way.
CREATE FUNCTION discard_events(owner text) RETURNS void LANGUAGE sql AS $$
  WITH series AS (DELETE FROM scalar_series WHERE task_id = owner RETURNING id)
  INSERT INTO discarded_series SELECT id FROM series;
  DELETE FROM event_documents WHERE task_id = owner;
  INSERT INTO discarded_logs
    SELECT owner, last_value FROM logs_id_seq WHERE EXISTS (SELECT FROM logs WHERE task_id = owner)
    ON CONFLICT (task_id) DO UPDATE SET up_to = excluded.up_to;
$$;

CREATE FUNCTION discard_events_of_row() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM discard_events(OLD.id);
  RETURN NULL;
END $$;
CREATE TRIGGER task_events_discarded AFTER DELETE ON tasks FOR EACH ROW EXECUTE FUNCTION discard_events_of_row();
CREATE TRIGGER model_events_discarded AFTER DELETE ON models FOR EACH ROW EXECUTE FUNCTION discard_events_of_row();
