-- For a trigger of a statement PostgreSQL keeps a copy of each new row, also of those that are counted already, which are nearly all.
-- A condition of a trigger of rows is asked before anything is kept.
DROP TRIGGER calls_note_new ON calls;
DROP FUNCTION note_new_calls();

CREATE FUNCTION note_new_call() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO call_changes (ids, company, kind, mapping_id, machine, user_id, key_id, alias, caller, hour, calls, completed, failed,
    aborted, lost, bytes_in, bytes_out, totals, phases)
  VALUES (ARRAY[NEW.id], NEW.company, NEW.kind, coalesce(NEW.mapping_id, ''), coalesce(NEW.machine, ''), coalesce(NEW.user_id, ''),
    coalesce(NEW.key_id, ''), NEW.alias, NEW.caller, date_trunc('hour', NEW.created, 'UTC'), 1, (NEW.status = 'completed')::int,
    (NEW.status = 'failed')::int, (NEW.status = 'aborted')::int, (NEW.status = 'lost')::int, NEW.bytes_in, NEW.bytes_out,
    total_of_call(1, NEW.created, NEW.ended, NEW.clone_id, NEW.duration_ms),
    phases_of_call(1, NEW.created, NEW.started, NEW.ended, NEW.clone_id, NEW.phases));
  RETURN NULL;
END
$$;

CREATE TRIGGER calls_note_new AFTER INSERT ON calls FOR EACH ROW
  WHEN (current_setting('arno.calls_are_counted', true) IS DISTINCT FROM 'on') EXECUTE FUNCTION note_new_call();
