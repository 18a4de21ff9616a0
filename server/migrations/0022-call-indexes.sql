-- Each new call enters these. Ascending, because new calls are the latest: PostgreSQL fills pages that grow at their end, and splits
-- those that grow at their beginning. Without the id, which is longer than all else there: the few calls of one millisecond are
-- sorted when they are read.
DROP INDEX calls_by_time, calls_by_kind, calls_by_user, calls_by_mapping, calls_by_machine, calls_by_key, calls_by_status,
  calls_by_outcome, calls_by_http_status;
CREATE INDEX calls_by_time ON calls (created);
CREATE INDEX calls_by_kind ON calls (kind, created);
CREATE INDEX calls_by_user ON calls (user_id, created);
CREATE INDEX calls_by_mapping ON calls (mapping_id, created);
CREATE INDEX calls_by_machine ON calls (machine, created) WHERE machine IS NOT NULL;
CREATE INDEX calls_by_key ON calls (key_id, created) WHERE key_id IS NOT NULL;
CREATE INDEX calls_by_status ON calls (status, created) WHERE status <> 'completed';
CREATE INDEX calls_by_outcome ON calls (outcome, created) WHERE outcome <> 'ok';
CREATE INDEX calls_by_http_status ON calls (http_status, created) WHERE http_status >= 400;
