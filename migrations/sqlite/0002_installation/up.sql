-- Which master key the database is sealed with; one row.
CREATE TABLE installation (
  id BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
  key_id TEXT NOT NULL,
  key_check BLOB NOT NULL,
  created BIGINT NOT NULL
);

-- Keys that every process on this database shares, sealed with the master key.
CREATE TABLE sealed_key (
  name TEXT NOT NULL PRIMARY KEY,
  sealed BLOB NOT NULL,
  created BIGINT NOT NULL
);
