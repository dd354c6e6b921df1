-- What looks like an attack on a user, or on a tenant from one address: one that is open of each kind and subject.
CREATE TABLE suspicion (
  seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  id uuid NOT NULL UNIQUE,
  tenant_id uuid NOT NULL REFERENCES tenant (id) ON DELETE CASCADE,
  -- None of an attack on many.
  user_id uuid REFERENCES users (id) ON DELETE CASCADE,
  kind text NOT NULL,
  -- The kind, and whom or what it is about.
  what text NOT NULL,
  severity text NOT NULL,
  details text NOT NULL,
  amount bigint NOT NULL,
  detected timestamptz NOT NULL,
  first_seen timestamptz NOT NULL,
  last_seen timestamptz NOT NULL,
  -- When somebody was last told of it, or of the one before it.
  alerted timestamptz,
  acknowledged timestamptz,
  acknowledged_by text,
  note text
);
CREATE UNIQUE INDEX suspicion_open ON suspicion (what) WHERE acknowledged IS NULL;
CREATE INDEX suspicion_what ON suspicion (what, seq);
CREATE INDEX suspicion_tenant ON suspicion (tenant_id, seq);
CREATE INDEX suspicion_user ON suspicion (user_id, seq);
CREATE INDEX suspicion_alerted ON suspicion (tenant_id, alerted) WHERE alerted IS NOT NULL;

-- What happened that counts for one: first towards it, then as evidence of it.
CREATE TABLE suspicious_fact (
  seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  -- What it counts for; nothing once it counts no more.
  what text,
  -- What it is evidence of; nothing as long as too little happened.
  suspicion_seq bigint REFERENCES suspicion (seq) ON DELETE CASCADE,
  user_id uuid REFERENCES users (id) ON DELETE CASCADE,
  at timestamptz NOT NULL,
  happened text NOT NULL,
  address text,
  user_agent text,
  -- By what the next one must differ to count too.
  distinct_by text
);
CREATE INDEX suspicious_fact_what ON suspicious_fact (what, at);
CREATE INDEX suspicious_fact_suspicion ON suspicious_fact (suspicion_seq, seq);
CREATE INDEX suspicious_fact_user ON suspicious_fact (user_id);
CREATE INDEX suspicious_fact_at ON suspicious_fact (at) WHERE suspicion_seq IS NULL;

-- Where a tenant's alerts are posted to, and the secret that signs them, sealed.
CREATE TABLE alert_webhook (
  tenant_id uuid NOT NULL PRIMARY KEY REFERENCES tenant (id) ON DELETE CASCADE,
  url text NOT NULL,
  sealed bytea NOT NULL,
  created timestamptz NOT NULL
);
