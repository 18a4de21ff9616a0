-- How long queued calls waited and ran, by buckets as timing_bucket() tells them. It only grows, whatever becomes of the calls:
-- Prometheus reads from it, and would take less for a new beginning.
CREATE TABLE queued_times (
  phase text NOT NULL,
  bucket integer NOT NULL,
  count bigint NOT NULL,
  PRIMARY KEY (phase, bucket)
) WITH (fillfactor = 70);
