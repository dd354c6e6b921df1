-- Where a user need not prove a second factor anew for a while; of the token that a device keeps there are only hashes.
CREATE TABLE device (
  id BLOB NOT NULL PRIMARY KEY,
  user_id BLOB NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  name TEXT,
  -- What was proven there: it stands in for that alone.
  method TEXT NOT NULL,
  passkey_id BLOB,
  -- The user's epoch then; a later one ends it.
  epoch BIGINT NOT NULL,
  secret_hash BLOB NOT NULL,
  previous_hash BLOB,
  previous_until BIGINT,
  created BIGINT NOT NULL,
  expires BIGINT NOT NULL,
  last_used BIGINT,
  uses BIGINT NOT NULL,
  address TEXT,
  user_agent TEXT
);
CREATE INDEX device_user ON device (user_id, created);
CREATE INDEX device_expires ON device (expires);
