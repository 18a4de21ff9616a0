-- Tasks of calls that live on another ClearML server, and what was brought along from the lab's ClearML Utils.

-- Calls whose tasks are on a remote server, until they have ended. No transaction spans both servers: the order is durable before
-- the remote is asked for a clone, the clone carries the id of its call as a tag, and whoever finds an order of a server that died
-- carries on with it.
CREATE TABLE remote_calls (
  call_id text PRIMARY KEY REFERENCES calls ON DELETE CASCADE,
  -- 'ordered': there may be a clone or not; 'cloned': calls.clone_id is known, and queued or not; 'queued': it is followed
  state text NOT NULL DEFAULT 'ordered' CHECK (state IN ('ordered', 'cloned', 'queued')),
  -- what the clone is made of: Placement of gateway/tasks/remote/placement.ts; NULL once it is queued
  placement json,
  -- the server that works on it; NULL when none does
  server integer,
  -- when the remote was last asked for the clone: it may still be working on that
  asked timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX remote_calls_unplaced ON remote_calls (asked) WHERE state <> 'queued';

-- Public ids beside the hashes of task ids: those that an older system gave out. They stand for a task wherever a hash does.
CREATE TABLE former_public_ids (
  company text NOT NULL,
  -- in lower case
  public_id text NOT NULL,
  task_id text NOT NULL,
  PRIMARY KEY (company, public_id)
);
