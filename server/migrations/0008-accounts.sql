ALTER TABLE users
  ADD COLUMN given_name text,
  ADD COLUMN family_name text,
  ADD COLUMN avatar text;

-- A name is taken for its owner only: who could not create a project because of one that they may not see would learn of it.
ALTER TABLE projects DROP CONSTRAINT projects_company_name_key;
-- Below a project a name is taken for all, at the top for each owner.
CREATE UNIQUE INDEX projects_place ON projects (company, coalesce(parent, user_id), basename);
CREATE INDEX projects_by_name ON projects (company, name);
CREATE INDEX projects_by_owner ON projects (user_id);
CREATE INDEX revoked_sessions_expires ON revoked_sessions (expires);
