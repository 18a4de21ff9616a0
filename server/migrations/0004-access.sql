-- Who besides its owner and the administrators may see a project, with all below it. A share without a user is one with
-- everybody of the company.
CREATE TABLE project_shares (
  project_id text NOT NULL REFERENCES projects ON DELETE CASCADE,
  user_id text REFERENCES users ON DELETE CASCADE,
  can_write boolean NOT NULL,
  UNIQUE NULLS NOT DISTINCT (project_id, user_id)
);
CREATE INDEX project_shares_user ON project_shares (user_id);

-- Sessions that were ended before their time, until they would have ended by themselves.
CREATE TABLE revoked_sessions (
  session_id text PRIMARY KEY,
  expires timestamptz NOT NULL
);

ALTER TABLE users
  ADD COLUMN email text,
  -- issuer and subject of an account that logs in through OpenID Connect
  ADD COLUMN oidc_issuer text,
  ADD COLUMN oidc_subject text,
  ADD CONSTRAINT users_oidc UNIQUE (oidc_issuer, oidc_subject);
