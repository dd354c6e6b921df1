-- What a user proves who they are with beside the password: an authenticator's seed, or an address that codes go to; sealed.
CREATE TABLE factor (
  user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  kind text NOT NULL,
  sealed bytea NOT NULL,
  -- What people see of an address.
  hint text,
  created timestamptz NOT NULL,
  last_used timestamptz,
  -- The step of the last code of an authenticator: none is taken twice.
  last_step bigint,
  PRIMARY KEY (user_id, kind)
);

CREATE TABLE passkey (
  id uuid NOT NULL PRIMARY KEY,
  user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  credential_id bytea NOT NULL UNIQUE,
  credential jsonb NOT NULL,
  -- The relying party it was made for.
  rp_id text NOT NULL,
  name text NOT NULL,
  -- The model of the authenticator, as far as it says.
  aaguid text,
  -- Whether it never leaves its device, and whether it is backed up elsewhere.
  device_bound boolean NOT NULL,
  backed_up boolean NOT NULL,
  created timestamptz NOT NULL,
  last_used timestamptz,
  uses bigint NOT NULL
);
CREATE INDEX passkey_user ON passkey (user_id, created);
CREATE INDEX passkey_rp ON passkey (rp_id);

CREATE TABLE recovery_code (
  user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  hash bytea NOT NULL,
  created timestamptz NOT NULL,
  used timestamptz,
  PRIMARY KEY (user_id, hash)
);

-- What else is known of a user's second factors; a user without anything to say has no row.
CREATE TABLE user_mfa (
  user_id uuid NOT NULL PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
  preferred text,
  -- Since when a policy asks for a factor that the user lacks: the grace period runs from then.
  asked_since timestamptz,
  -- Whether an enrolment code is asked for before another factor may be set up.
  code_required boolean NOT NULL,
  -- When the password was last set by a mailed link.
  mailed_reset timestamptz
);

-- A sign-in, a step-up or an enrolment that is under way: used once, and gone when it ends.
CREATE TABLE ceremony (
  id text NOT NULL PRIMARY KEY,
  secret_hash bytea NOT NULL,
  purpose text NOT NULL,
  tenant_id uuid REFERENCES tenant (id) ON DELETE CASCADE,
  -- Unknown until a passkey says who it is.
  user_id uuid REFERENCES users (id) ON DELETE CASCADE,
  session_id uuid REFERENCES session (id) ON DELETE CASCADE,
  epoch bigint,
  created timestamptz NOT NULL,
  expires timestamptz NOT NULL,
  -- Wrong answers so far.
  tries integer NOT NULL,
  state jsonb NOT NULL
);
CREATE INDEX ceremony_user ON ceremony (user_id, purpose);
CREATE INDEX ceremony_session ON ceremony (session_id);
CREATE INDEX ceremony_expires ON ceremony (expires);

-- The strongest factor that a user has: 0 none, 2 a code, 3 a passkey.
ALTER TABLE users ADD COLUMN strongest_factor integer NOT NULL DEFAULT 0;
-- How long a proof counts as fresh, as it was decided when the session was last refreshed; 0 is for ever.
ALTER TABLE session ADD COLUMN fresh_seconds bigint NOT NULL DEFAULT 900;
