-- What administrators asked for that lets somebody past the second factors of a user, where the tenant wants it considered.
CREATE TABLE mfa_reset (
  id BLOB NOT NULL PRIMARY KEY,
  tenant_id BLOB NOT NULL REFERENCES tenant (id) ON DELETE CASCADE,
  user_id BLOB NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  -- `factors`, `passkey` or `enrolment_code`; which passkey, and whether passkeys stay.
  what TEXT NOT NULL,
  passkey_id BLOB,
  keep_passkeys BOOLEAN NOT NULL,
  -- How an enrolment code reaches the user: `mail` or `show`.
  deliver TEXT NOT NULL,
  reason TEXT,
  -- What the tenant wanted when it was asked for.
  reason_required BOOLEAN NOT NULL,
  approver_required BOOLEAN NOT NULL,
  requested_by BLOB NOT NULL,
  requested BIGINT NOT NULL,
  -- Not before this time, and not from that one on, it may be carried out.
  due BIGINT NOT NULL,
  expires BIGINT NOT NULL,
  -- Who agreed, of which tenant, and when.
  approved_by BLOB,
  approver_tenant BLOB,
  approved BIGINT,
  -- `rejected`, `cancelled` or `done`; nothing while it is open.
  outcome TEXT,
  closed_by BLOB,
  closed BIGINT
);
CREATE INDEX mfa_reset_tenant ON mfa_reset (tenant_id, requested);
CREATE INDEX mfa_reset_user ON mfa_reset (user_id, requested);
CREATE INDEX mfa_reset_expires ON mfa_reset (expires);
