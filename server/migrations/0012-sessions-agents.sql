-- Grows when a person's role changes: sessions carry the number they began with, and end when it is no longer theirs.
ALTER TABLE users ADD COLUMN session_generation integer NOT NULL DEFAULT 0;

-- Accounts that agents work under. Besides what their role allows, they take any task from a queue, and read and report the tasks
-- that they run, and no others.
ALTER TABLE users ADD COLUMN is_agent boolean NOT NULL DEFAULT false;
UPDATE users SET role = 'user', is_agent = true WHERE id = md5('d1bd92a3b039400cbafc60a7a5b1e52b:agent');

-- The agents' account that started the task last.
ALTER TABLE tasks ADD COLUMN runner text;
