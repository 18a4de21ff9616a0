-- Points of many series arrive mixed, and were stored so: a page of the heap held a few points of each, and reading one series
-- visited the pages of all. Dealt by series to 16 tables, each series shares its pages with a sixteenth of the others. Writing gains
-- too: a smaller index is more often appended to at its end, and writers meet less at the end of one table.
ALTER TABLE scalars RENAME TO scalars_mixed;
ALTER TABLE scalars_mixed RENAME CONSTRAINT scalars_pkey TO scalars_mixed_pkey;

CREATE TABLE scalars (
  series_id bigint NOT NULL,
  -- -2^31 marks a value reported once, outside any iteration
  iter bigint NOT NULL,
  -- milliseconds since 1970
  ts bigint NOT NULL,
  value real NOT NULL,
  PRIMARY KEY (series_id, iter)
) PARTITION BY HASH (series_id);

DO $$
BEGIN
  FOR part IN 0..15 LOOP
    EXECUTE format('CREATE TABLE scalars_%s PARTITION OF scalars FOR VALUES WITH (MODULUS 16, REMAINDER %s)', part, part);
  END LOOP;
END $$;

INSERT INTO scalars SELECT series_id, iter, ts, value FROM scalars_mixed ORDER BY series_id, iter;
DROP TABLE scalars_mixed;

-- Console lines have no key that tells a line sent again from one that says the same. A batch of lines leaves its digest here for a
-- while, so that a client that lost the answer and sends it again doubles nothing.
CREATE TABLE log_receipts (
  digest bytea PRIMARY KEY,
  received timestamptz NOT NULL DEFAULT now()
);
