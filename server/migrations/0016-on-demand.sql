-- The gateway keeps routes in memory. Whatever changes them, also on another replica or by hand, says so.
CREATE FUNCTION notify_mappings() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NOTIFY arno_mappings;
  RETURN NULL;
END
$$;

CREATE TRIGGER endpoint_mappings_changed AFTER INSERT OR UPDATE OR DELETE ON endpoint_mappings
  FOR EACH STATEMENT EXECUTE FUNCTION notify_mappings();
CREATE TRIGGER machine_mappings_changed AFTER INSERT OR UPDATE OR DELETE ON machine_mappings
  FOR EACH STATEMENT EXECUTE FUNCTION notify_mappings();
