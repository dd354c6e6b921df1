-- What looks like an attack on a user, or on a tenant from one address: one that is open of each kind and subject.
CREATE TABLE suspicion (
  seq INTEGER NOT NULL PRIMARY KEY,
  id BLOB NOT NULL UNIQUE,
  tenant_id BLOB NOT NULL REFERENCES tenant (id) ON DELETE CASCADE,
  -- None of an attack on many.
  user_id BLOB REFERENCES users (id) ON DELETE CASCADE,
  kind TEXT NOT NULL,
  -- The kind, and whom or what it is about.
  what TEXT NOT NULL,
  severity TEXT NOT NULL,
  details TEXT NOT NULL,
  amount BIGINT NOT NULL,
  detected BIGINT NOT NULL,
  first_seen BIGINT NOT NULL,
  last_seen BIGINT NOT NULL,
  -- When somebody was last told of it, or of the one before it.
  alerted BIGINT,
  acknowledged BIGINT,
  acknowledged_by TEXT,
  note TEXT
);
CREATE UNIQUE INDEX suspicion_open ON suspicion (what) WHERE acknowledged IS NULL;
CREATE INDEX suspicion_what ON suspicion (what, seq);
CREATE INDEX suspicion_tenant ON suspicion (tenant_id, seq);
CREATE INDEX suspicion_user ON suspicion (user_id, seq);
CREATE INDEX suspicion_alerted ON suspicion (tenant_id, alerted) WHERE alerted IS NOT NULL;

-- What happened that counts for one: first towards it, then as evidence of it.
CREATE TABLE suspicious_fact (
  seq INTEGER NOT NULL PRIMARY KEY,
  -- What it counts for; nothing once it counts no more.
  what TEXT,
  -- What it is evidence of; nothing as long as too little happened.
  suspicion_seq BIGINT REFERENCES suspicion (seq) ON DELETE CASCADE,
  user_id BLOB REFERENCES users (id) ON DELETE CASCADE,
  at BIGINT NOT NULL,
  happened TEXT NOT NULL,
  address TEXT,
  user_agent TEXT,
  -- By what the next one must differ to count too.
  distinct_by TEXT
);
CREATE INDEX suspicious_fact_what ON suspicious_fact (what, at);
CREATE INDEX suspicious_fact_suspicion ON suspicious_fact (suspicion_seq, seq);
CREATE INDEX suspicious_fact_user ON suspicious_fact (user_id);
CREATE INDEX suspicious_fact_at ON suspicious_fact (at) WHERE suspicion_seq IS NULL;

-- Where a tenant's alerts are posted to, and the secret that signs them, sealed.
CREATE TABLE alert_webhook (
  tenant_id BLOB NOT NULL PRIMARY KEY REFERENCES tenant (id) ON DELETE CASCADE,
  url TEXT NOT NULL,
  sealed BLOB NOT NULL,
  created BIGINT NOT NULL
);
