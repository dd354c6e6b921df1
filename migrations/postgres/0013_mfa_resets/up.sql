-- What administrators asked for that lets somebody past the second factors of a user, where the tenant wants it considered.
CREATE TABLE mfa_reset (
  id uuid NOT NULL PRIMARY KEY,
  tenant_id uuid NOT NULL REFERENCES tenant (id) ON DELETE CASCADE,
  user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  -- `factors`, `passkey` or `enrolment_code`; which passkey, and whether passkeys stay.
  what text NOT NULL,
  passkey_id uuid,
  keep_passkeys boolean NOT NULL,
  -- How an enrolment code reaches the user: `mail` or `show`.
  deliver text NOT NULL,
  reason text,
  -- What the tenant wanted when it was asked for.
  reason_required boolean NOT NULL,
  approver_required boolean NOT NULL,
  requested_by uuid NOT NULL,
  requested timestamptz NOT NULL,
  -- Not before this time, and not from that one on, it may be carried out.
  due timestamptz NOT NULL,
  expires timestamptz NOT NULL,
  -- Who agreed, of which tenant, and when.
  approved_by uuid,
  approver_tenant uuid,
  approved timestamptz,
  -- `rejected`, `cancelled` or `done`; nothing while it is open.
  outcome text,
  closed_by uuid,
  closed timestamptz
);
CREATE INDEX mfa_reset_tenant ON mfa_reset (tenant_id, requested);
CREATE INDEX mfa_reset_user ON mfa_reset (user_id, requested);
CREATE INDEX mfa_reset_expires ON mfa_reset (expires);
