-- What a user proves who they are with beside the password: an authenticator's seed, or an address that codes go to; sealed.
CREATE TABLE factor (
  user_id BLOB NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  kind TEXT NOT NULL,
  sealed BLOB NOT NULL,
  -- What people see of an address.
  hint TEXT,
  created BIGINT NOT NULL,
  last_used BIGINT,
  -- The step of the last code of an authenticator: none is taken twice.
  last_step BIGINT,
  PRIMARY KEY (user_id, kind)
) WITHOUT ROWID;

CREATE TABLE passkey (
  id BLOB NOT NULL PRIMARY KEY,
  user_id BLOB NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  credential_id BLOB NOT NULL UNIQUE,
  credential TEXT NOT NULL,
  -- The relying party it was made for.
  rp_id TEXT NOT NULL,
  name TEXT NOT NULL,
  -- The model of the authenticator, as far as it says.
  aaguid TEXT,
  -- Whether it never leaves its device, and whether it is backed up elsewhere.
  device_bound BOOLEAN NOT NULL,
  backed_up BOOLEAN NOT NULL,
  created BIGINT NOT NULL,
  last_used BIGINT,
  uses BIGINT NOT NULL
);
CREATE INDEX passkey_user ON passkey (user_id, created);
CREATE INDEX passkey_rp ON passkey (rp_id);

CREATE TABLE recovery_code (
  user_id BLOB NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  hash BLOB NOT NULL,
  created BIGINT NOT NULL,
  used BIGINT,
  PRIMARY KEY (user_id, hash)
) WITHOUT ROWID;

-- What else is known of a user's second factors; a user without anything to say has no row.
CREATE TABLE user_mfa (
  user_id BLOB NOT NULL PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
  preferred TEXT,
  -- Since when a policy asks for a factor that the user lacks: the grace period runs from then.
  asked_since BIGINT,
  -- Whether an enrolment code is asked for before another factor may be set up.
  code_required BOOLEAN NOT NULL,
  -- When the password was last set by a mailed link.
  mailed_reset BIGINT
);

-- A sign-in, a step-up or an enrolment that is under way: used once, and gone when it ends.
CREATE TABLE ceremony (
  id TEXT NOT NULL PRIMARY KEY,
  secret_hash BLOB NOT NULL,
  purpose TEXT NOT NULL,
  tenant_id BLOB REFERENCES tenant (id) ON DELETE CASCADE,
  -- Unknown until a passkey says who it is.
  user_id BLOB REFERENCES users (id) ON DELETE CASCADE,
  session_id BLOB REFERENCES session (id) ON DELETE CASCADE,
  epoch BIGINT,
  created BIGINT NOT NULL,
  expires BIGINT NOT NULL,
  -- Wrong answers so far.
  tries INTEGER NOT NULL,
  state TEXT NOT NULL
);
CREATE INDEX ceremony_user ON ceremony (user_id, purpose);
CREATE INDEX ceremony_session ON ceremony (session_id);
CREATE INDEX ceremony_expires ON ceremony (expires);

-- The strongest factor that a user has: 0 none, 2 a code, 3 a passkey.
ALTER TABLE users ADD COLUMN strongest_factor INTEGER NOT NULL DEFAULT 0;
-- How long a proof counts as fresh, as it was decided when the session was last refreshed; 0 is for ever.
ALTER TABLE session ADD COLUMN fresh_seconds BIGINT NOT NULL DEFAULT 900;
