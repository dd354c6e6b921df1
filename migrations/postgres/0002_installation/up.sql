-- Which master key the database is sealed with; one row.
CREATE TABLE installation (
  id bigint NOT NULL PRIMARY KEY CHECK (id = 1),
  key_id text NOT NULL,
  key_check bytea NOT NULL,
  created timestamptz NOT NULL
);

-- Keys that every process on this database shares, sealed with the master key.
CREATE TABLE sealed_key (
  name text NOT NULL PRIMARY KEY,
  sealed bytea NOT NULL,
  created timestamptz NOT NULL
);
