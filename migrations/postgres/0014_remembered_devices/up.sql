-- Where a user need not prove a second factor anew for a while; of the token that a device keeps there are only hashes.
CREATE TABLE device (
  id uuid NOT NULL PRIMARY KEY,
  user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  name text,
  -- What was proven there: it stands in for that alone.
  method text NOT NULL,
  passkey_id uuid,
  -- The user's epoch then; a later one ends it.
  epoch bigint NOT NULL,
  secret_hash bytea NOT NULL,
  previous_hash bytea,
  previous_until timestamptz,
  created timestamptz NOT NULL,
  expires timestamptz NOT NULL,
  last_used timestamptz,
  uses bigint NOT NULL,
  address text,
  user_agent text
);
CREATE INDEX device_user ON device (user_id, created);
CREATE INDEX device_expires ON device (expires);
