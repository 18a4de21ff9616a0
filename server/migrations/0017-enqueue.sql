-- Queued calls: whose turn it is, and who is told of their end.

-- A call of a mapping with priority goes before all others, and behind those that came with it earlier.
ALTER TABLE queue_entries ADD COLUMN priority smallint NOT NULL DEFAULT 0;
DROP INDEX queue_entries_order;
CREATE INDEX queue_entries_order ON queue_entries (queue_id, priority DESC, position);
CREATE OR REPLACE VIEW waiting_entries AS
  SELECT queue_id, task_id, position, added, priority FROM queue_entries
  WHERE held_until IS NULL OR held_until <= now();

-- Each mapping has a secret from the beginning, whoever makes it: 244 random bits.
ALTER TABLE task_mappings ALTER COLUMN callback_secret
  SET DEFAULT replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', '');
UPDATE task_mappings SET callback_secret = DEFAULT WHERE callback_secret IS NULL;
ALTER TABLE task_mappings ALTER COLUMN callback_secret SET NOT NULL;

-- Links in a callback are whole addresses: below the origin that the caller knew this platform under.
ALTER TABLE callbacks ADD COLUMN origin text NOT NULL;

-- Whoever changes the status of a queued call, its watchers are told and its callback gets due. A task that is queued again because
-- its worker was lost has not ended: what was due waits on.
CREATE FUNCTION tell_of_call() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.status IN ('queued', 'running') THEN
    UPDATE callbacks SET state = 'waiting', next_try = NULL, give_up = NULL WHERE call_id = NEW.id AND state = 'due';
  ELSE
    UPDATE callbacks SET state = 'due', next_try = now(), give_up = now() + interval '1 day'
    WHERE call_id = NEW.id AND state = 'waiting';
  END IF;
  PERFORM pg_notify('arno_calls', NEW.id);
  RETURN NULL;
END
$$;
CREATE TRIGGER calls_tell AFTER UPDATE OF status ON calls
  FOR EACH ROW WHEN (NEW.kind = 'enqueue' AND OLD.status <> NEW.status) EXECUTE FUNCTION tell_of_call();

-- As in 0013, without what the trigger above does.
CREATE OR REPLACE FUNCTION calls_follow_tasks() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  new_status text := 'lost';
BEGIN
  IF TG_OP = 'UPDATE' THEN new_status := status_of_clone(NEW.status, NEW.status_reason); END IF;
  UPDATE calls SET
    status = new_status,
    started = CASE WHEN TG_OP = 'UPDATE' THEN NEW.started ELSE calls.started END,
    ended = CASE WHEN new_status IN ('queued', 'running') THEN NULL ELSE now() END
  WHERE clone_id = OLD.id AND (calls.status IN ('queued', 'running') OR TG_OP = 'UPDATE') AND calls.status <> new_status;
  RETURN NULL;
END
$$;
