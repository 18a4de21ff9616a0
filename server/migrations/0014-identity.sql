-- Who calls the gateway, and how often.

-- What the identity provider said of a person at their last login: rights that are given to roles and groups hold for the
-- person's own tokens too, which carry no claims.
ALTER TABLE users
  ADD COLUMN oidc_roles text[] NOT NULL DEFAULT '{}',
  ADD COLUMN oidc_groups text[] NOT NULL DEFAULT '{}';

-- People whose account an administrator deleted: their provider still knows them, and no account is made for them again until
-- they are taken from this list.
CREATE TABLE removed_people (
  -- of the deleted account
  id text PRIMARY KEY,
  company text NOT NULL,
  issuer text NOT NULL,
  subject text NOT NULL,
  username text NOT NULL,
  name text NOT NULL,
  removed timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT removed_people_subject UNIQUE (issuer, subject)
);

-- An id can be given to another account later, which must not come into the rights of the one before it.
CREATE FUNCTION forget_removed_user() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.oidc_subject IS NOT NULL THEN
    INSERT INTO removed_people (id, company, issuer, subject, username, name)
    VALUES (OLD.id, OLD.company, OLD.oidc_issuer, OLD.oidc_subject, OLD.username, OLD.name)
    ON CONFLICT DO NOTHING;
  END IF;
  UPDATE task_mappings SET allowed_users = array_remove(allowed_users, OLD.id) WHERE OLD.id = ANY(allowed_users);
  UPDATE endpoint_mappings SET allowed_users = array_remove(allowed_users, OLD.id) WHERE OLD.id = ANY(allowed_users);
  RETURN NULL;
END
$$;
CREATE TRIGGER users_removed AFTER DELETE ON users FOR EACH ROW EXECUTE FUNCTION forget_removed_user();

-- How often each caller called a mapping with limits. A window begins with its first call.
CREATE TABLE call_counts (
  mapping_id text NOT NULL,
  -- user or consumer key
  caller_id text NOT NULL,
  window_seconds integer NOT NULL,
  used integer NOT NULL,
  ends timestamptz NOT NULL,
  PRIMARY KEY (mapping_id, caller_id, window_seconds)
);
CREATE INDEX call_counts_ends ON call_counts (ends);
