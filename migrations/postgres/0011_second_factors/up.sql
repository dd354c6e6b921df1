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

-- Devices on which the second step is left out for a while.
CREATE TABLE remembered_device (
  id text NOT NULL PRIMARY KEY,
  secret_hash bytea NOT NULL,
  user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  epoch bigint NOT NULL,
  created timestamptz NOT NULL,
  expires timestamptz NOT NULL,
  last_used timestamptz NOT NULL,
  address text,
  user_agent text
);
CREATE INDEX remembered_device_user ON remembered_device (user_id);
CREATE INDEX remembered_device_expires ON remembered_device (expires);

-- Factors that are to be taken from a user once somebody agrees, or some time has passed.
CREATE TABLE mfa_reset (
  id uuid NOT NULL PRIMARY KEY,
  tenant_id uuid NOT NULL REFERENCES tenant (id) ON DELETE CASCADE,
  user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  requested_by uuid NOT NULL,
  reason text,
  keep_passkeys boolean NOT NULL,
  requested timestamptz NOT NULL,
  not_before timestamptz NOT NULL,
  expires timestamptz NOT NULL,
  decision text,
  decided timestamptz,
  decided_by uuid
);
CREATE INDEX mfa_reset_tenant ON mfa_reset (tenant_id, requested);
CREATE INDEX mfa_reset_user ON mfa_reset (user_id);

-- What looked like an attack. It points at no user, who may be erased before it.
CREATE TABLE alert (
  id uuid NOT NULL PRIMARY KEY,
  tenant_id uuid NOT NULL REFERENCES tenant (id) ON DELETE CASCADE,
  user_id uuid,
  kind text NOT NULL,
  severity text NOT NULL,
  detail text NOT NULL,
  evidence jsonb NOT NULL,
  detected timestamptz NOT NULL,
  -- Equal ones of the same time are one alert.
  same_as bytea NOT NULL UNIQUE
);
CREATE INDEX alert_time ON alert (detected);
CREATE INDEX alert_tenant ON alert (tenant_id, detected);
CREATE INDEX alert_user ON alert (user_id);

-- How many of a tenant's users had which factors on a day.
CREATE TABLE mfa_adoption (
  tenant_id uuid NOT NULL REFERENCES tenant (id) ON DELETE CASCADE,
  day integer NOT NULL,
  users bigint NOT NULL,
  with_factor bigint NOT NULL,
  by_kind jsonb NOT NULL,
  PRIMARY KEY (tenant_id, day)
);

-- The strongest factor that a user has: 0 none, 2 a code, 3 a passkey.
ALTER TABLE users ADD COLUMN strongest_factor integer NOT NULL DEFAULT 0;
-- How long a proof counts as fresh, as it was decided when the session was last refreshed; 0 is for ever.
ALTER TABLE session ADD COLUMN fresh_seconds bigint NOT NULL DEFAULT 900;
