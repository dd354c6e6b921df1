-- Partners look after several tenants.
CREATE TABLE partner (
  id BLOB NOT NULL PRIMARY KEY,
  slug TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  created BIGINT NOT NULL
);

ALTER TABLE tenant ADD COLUMN name TEXT;
ALTER TABLE tenant ADD COLUMN partner_id BLOB REFERENCES partner (id);
-- A suspended tenant lets nobody in.
ALTER TABLE tenant ADD COLUMN suspended BOOLEAN NOT NULL DEFAULT false;
-- What administrators decide for the tenant: passwords, sessions, source lock, redirects ...
ALTER TABLE tenant ADD COLUMN settings TEXT NOT NULL DEFAULT '{}';
-- Rises when something changes that decides over the grants of many of its users: roles, groups, units.
ALTER TABLE tenant ADD COLUMN grants_version BIGINT NOT NULL DEFAULT 0;
CREATE INDEX tenant_partner ON tenant (partner_id);

-- The account: its own e-mail, and its status as the facts of this row and of user_restriction make it.
ALTER TABLE users ADD COLUMN email TEXT;
ALTER TABLE users ADD COLUMN email_verified BOOLEAN NOT NULL DEFAULT false;
-- Where notices and resets go while a new address is not confirmed yet.
ALTER TABLE users ADD COLUMN verified_email TEXT;
ALTER TABLE users ADD COLUMN status TEXT NOT NULL DEFAULT 'ACTIVE';
-- When the status ends by itself, and what it is then.
ALTER TABLE users ADD COLUMN status_until BIGINT;
ALTER TABLE users ADD COLUMN status_after TEXT;
ALTER TABLE users ADD COLUMN activation TEXT NOT NULL DEFAULT 'done';
-- What the provisioner last wrote as active, unless an administrator overruled it since.
ALTER TABLE users ADD COLUMN source_active BOOLEAN NOT NULL DEFAULT true;
-- Rises when everything that was issued to the user must end.
ALTER TABLE users ADD COLUMN epoch BIGINT NOT NULL DEFAULT 0;
-- Rises when the user's own grants change.
ALTER TABLE users ADD COLUMN grants_version BIGINT NOT NULL DEFAULT 0;
ALTER TABLE users ADD COLUMN mfa_enabled BOOLEAN NOT NULL DEFAULT false;
ALTER TABLE users ADD COLUMN is_test BOOLEAN NOT NULL DEFAULT false;
ALTER TABLE users ADD COLUMN last_login BIGINT;
UPDATE users SET source_active = false, status = 'DISABLED' WHERE active = false AND deleted IS NULL;
UPDATE users SET email = (
  SELECT json_extract(value, '$.value') FROM json_each(doc, '$.emails')
  ORDER BY coalesce(json_extract(value, '$.primary'), 0) DESC LIMIT 1
) WHERE deleted IS NULL;
CREATE INDEX users_status ON users (tenant_id, status) WHERE deleted IS NULL AND status <> 'ACTIVE';

-- What holds an account back; a user that nothing holds back has no row.
CREATE TABLE user_restriction (
  user_id BLOB NOT NULL PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
  suspended BOOLEAN NOT NULL,
  suspended_until BIGINT,
  deactivated BIGINT,
  locked BOOLEAN NOT NULL,
  locked_until BIGINT,
  reason TEXT,
  by_kind TEXT,
  by_id TEXT,
  parked_email TEXT
);

-- By what a person signs in: the only table that sign-in and resets look in.
CREATE TABLE login_id (
  tenant_id BLOB NOT NULL REFERENCES tenant (id) ON DELETE CASCADE,
  value_folded TEXT NOT NULL,
  user_id BLOB NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  kind TEXT NOT NULL,
  verified BOOLEAN NOT NULL,
  PRIMARY KEY (tenant_id, value_folded)
) WITHOUT ROWID;
CREATE INDEX login_id_user ON login_id (user_id);
CREATE INDEX login_id_value ON login_id (value_folded);
INSERT INTO login_id
  SELECT tenant_id, user_name_folded, id, 'user_name', false FROM users WHERE deleted IS NULL;

CREATE TABLE password (
  user_id BLOB NOT NULL PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
  scheme TEXT NOT NULL,
  hash TEXT NOT NULL,
  changed BIGINT NOT NULL,
  must_change BOOLEAN NOT NULL,
  -- A temporary one ends by itself and works once.
  expires BIGINT,
  -- Written by a connection that syncs passwords.
  synced BOOLEAN NOT NULL
);

CREATE TABLE password_history (
  seq INTEGER NOT NULL PRIMARY KEY,
  user_id BLOB NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  scheme TEXT NOT NULL,
  hash TEXT NOT NULL,
  replaced BIGINT NOT NULL
);
CREATE INDEX password_history_user ON password_history (user_id, seq);

CREATE TABLE session (
  id BLOB NOT NULL PRIMARY KEY,
  user_id BLOB NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  created BIGINT NOT NULL,
  last_used BIGINT NOT NULL,
  expires BIGINT NOT NULL,
  idle_seconds BIGINT NOT NULL,
  epoch BIGINT NOT NULL,
  -- How the person proved who they are, and when.
  methods TEXT NOT NULL,
  strength TEXT NOT NULL,
  authenticated BIGINT NOT NULL,
  -- Words of what alone the session may do: change the password, enrol a factor.
  limited_to TEXT,
  refresh_hash BLOB NOT NULL,
  previous_hash BLOB,
  previous_until BIGINT,
  address TEXT,
  user_agent TEXT,
  revoked BIGINT
);
CREATE INDEX session_of_user ON session (user_id, last_used);
CREATE INDEX session_expires ON session (expires);

-- The keys that sign access tokens, sealed with the master key.
CREATE TABLE signing_key (
  id TEXT NOT NULL PRIMARY KEY,
  sealed BLOB NOT NULL,
  public_key TEXT NOT NULL,
  created BIGINT NOT NULL,
  usable_from BIGINT NOT NULL,
  retired BIGINT
);

-- What is proven by following a link or showing a token once.
CREATE TABLE one_time_link (
  id TEXT NOT NULL PRIMARY KEY,
  secret_hash BLOB NOT NULL,
  purpose TEXT NOT NULL,
  user_id BLOB NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  epoch BIGINT NOT NULL,
  created BIGINT NOT NULL,
  expires BIGINT NOT NULL,
  used BIGINT,
  payload TEXT NOT NULL
);
CREATE INDEX one_time_link_user ON one_time_link (user_id, purpose);
CREATE INDEX one_time_link_expires ON one_time_link (expires);

-- Failed guesses, by a keyed hash of what was guessed at and from where: known or not.
CREATE TABLE guess (
  what BLOB NOT NULL PRIMARY KEY,
  failures INTEGER NOT NULL,
  first BIGINT NOT NULL,
  last BIGINT NOT NULL,
  blocked_until BIGINT
);
CREATE INDEX guess_last ON guess (last);

-- Org units of a tenant: a tree. The lineage is the ids from the root to the unit itself, each followed by a slash.
CREATE TABLE org_unit (
  id BLOB NOT NULL PRIMARY KEY,
  tenant_id BLOB NOT NULL REFERENCES tenant (id) ON DELETE CASCADE,
  parent_id BLOB REFERENCES org_unit (id),
  kind TEXT NOT NULL,
  key TEXT NOT NULL,
  key_folded TEXT NOT NULL,
  name TEXT NOT NULL,
  name_folded TEXT NOT NULL,
  description TEXT,
  lineage TEXT NOT NULL,
  version BIGINT NOT NULL,
  created BIGINT NOT NULL,
  modified BIGINT NOT NULL
);
CREATE UNIQUE INDEX org_unit_key ON org_unit (tenant_id, key_folded);
CREATE INDEX org_unit_parent ON org_unit (parent_id);
CREATE INDEX org_unit_lineage ON org_unit (tenant_id, lineage);

CREATE TABLE user_org_unit (
  user_id BLOB NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  unit_id BLOB NOT NULL REFERENCES org_unit (id) ON DELETE CASCADE,
  is_home BOOLEAN NOT NULL,
  PRIMARY KEY (user_id, unit_id)
) WITHOUT ROWID;
CREATE UNIQUE INDEX user_org_unit_home ON user_org_unit (user_id) WHERE is_home;
CREATE INDEX user_org_unit_unit ON user_org_unit (unit_id, user_id);

-- Roles that a tenant made; the built-in ones stand in the program.
CREATE TABLE role (
  id BLOB NOT NULL PRIMARY KEY,
  tenant_id BLOB NOT NULL REFERENCES tenant (id) ON DELETE CASCADE,
  key TEXT NOT NULL,
  name TEXT NOT NULL,
  description TEXT,
  permissions TEXT NOT NULL,
  inherits TEXT NOT NULL,
  version BIGINT NOT NULL,
  created BIGINT NOT NULL,
  modified BIGINT NOT NULL
);
CREATE UNIQUE INDEX role_key ON role (tenant_id, key);

-- Who has which role, and how far it reaches. Subject: a user, a group or an org unit, all of the tenant.
CREATE TABLE role_grant (
  id BLOB NOT NULL PRIMARY KEY,
  tenant_id BLOB NOT NULL REFERENCES tenant (id) ON DELETE CASCADE,
  subject_kind TEXT NOT NULL,
  subject_id BLOB NOT NULL,
  role TEXT NOT NULL,
  scope_kind TEXT NOT NULL,
  -- The partner, tenant or unit; for the platform the nil id.
  scope_id BLOB NOT NULL,
  origin TEXT NOT NULL,
  created BIGINT NOT NULL,
  created_by TEXT NOT NULL,
  expires BIGINT
);
CREATE UNIQUE INDEX role_grant_what ON role_grant (subject_id, role, scope_kind, scope_id);
CREATE INDEX role_grant_tenant ON role_grant (tenant_id, subject_kind);
CREATE INDEX role_grant_scope ON role_grant (scope_kind, scope_id, role);

-- Authorities that sign people in, or keep them: OIDC, SAML, LDAP.
CREATE TABLE identity_provider (
  id BLOB NOT NULL PRIMARY KEY,
  tenant_id BLOB NOT NULL REFERENCES tenant (id) ON DELETE CASCADE,
  protocol TEXT NOT NULL,
  name TEXT NOT NULL,
  name_folded TEXT NOT NULL,
  settings TEXT NOT NULL,
  enabled BOOLEAN NOT NULL,
  created BIGINT NOT NULL,
  modified BIGINT NOT NULL
);
CREATE UNIQUE INDEX identity_provider_name ON identity_provider (tenant_id, name_folded);
ALTER TABLE connection ADD COLUMN provider_id BLOB REFERENCES identity_provider (id) ON DELETE SET NULL;
ALTER TABLE connection ADD COLUMN password_sync BOOLEAN NOT NULL DEFAULT false;
ALTER TABLE identity ADD COLUMN provider_id BLOB REFERENCES identity_provider (id) ON DELETE CASCADE;
-- Said by an administrator, not yet confirmed by the provider.
ALTER TABLE identity ADD COLUMN asserted BOOLEAN NOT NULL DEFAULT false;
CREATE UNIQUE INDEX identity_provider_subject ON identity (provider_id, subject) WHERE provider_id IS NOT NULL;

-- What connections asked to adopt, and what became of it.
CREATE TABLE adoption_request (
  connection_id BLOB NOT NULL REFERENCES connection (id) ON DELETE CASCADE,
  user_id BLOB NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  requested BIGINT NOT NULL,
  decision TEXT,
  decided BIGINT,
  decided_by TEXT,
  PRIMARY KEY (connection_id, user_id)
) WITHOUT ROWID;

CREATE TABLE application (
  id BLOB NOT NULL PRIMARY KEY,
  tenant_id BLOB NOT NULL REFERENCES tenant (id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  name_folded TEXT NOT NULL,
  description TEXT,
  settings TEXT NOT NULL,
  enabled BOOLEAN NOT NULL,
  version BIGINT NOT NULL,
  created BIGINT NOT NULL,
  modified BIGINT NOT NULL
);
CREATE UNIQUE INDEX application_name ON application (tenant_id, name_folded);

-- Subject: a user or a group, with the groups in it.
CREATE TABLE application_assignment (
  application_id BLOB NOT NULL REFERENCES application (id) ON DELETE CASCADE,
  subject_kind TEXT NOT NULL,
  subject_id BLOB NOT NULL,
  created BIGINT NOT NULL,
  PRIMARY KEY (application_id, subject_id)
) WITHOUT ROWID;
CREATE INDEX application_assignment_subject ON application_assignment (subject_id);

CREATE TABLE application_token (
  id TEXT NOT NULL PRIMARY KEY,
  application_id BLOB NOT NULL REFERENCES application (id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  secret_hash BLOB NOT NULL,
  created BIGINT NOT NULL,
  expires BIGINT,
  revoked BIGINT,
  last_used BIGINT
);
CREATE INDEX application_token_application ON application_token (application_id);

CREATE TABLE domain (
  tenant_id BLOB NOT NULL REFERENCES tenant (id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  challenge TEXT NOT NULL,
  created BIGINT NOT NULL,
  verified BIGINT,
  checked BIGINT,
  asserted_by TEXT,
  PRIMARY KEY (tenant_id, name)
) WITHOUT ROWID;
CREATE UNIQUE INDEX domain_verified ON domain (name) WHERE verified IS NOT NULL;

-- What is to be sent: the purpose and to whom; the text is made when it is sent, and not kept.
CREATE TABLE outbox (
  seq INTEGER NOT NULL PRIMARY KEY,
  tenant_id BLOB NOT NULL,
  user_id BLOB,
  purpose TEXT NOT NULL,
  payload TEXT NOT NULL,
  created BIGINT NOT NULL,
  due BIGINT NOT NULL,
  attempts INTEGER NOT NULL,
  error TEXT,
  sent BIGINT
);
CREATE INDEX outbox_due ON outbox (due) WHERE sent IS NULL;
CREATE INDEX outbox_user ON outbox (user_id);

-- Sign-ins, refusals and what administrators looked at. It points at nothing, as the provisioning log does.
CREATE TABLE activity (
  seq INTEGER NOT NULL PRIMARY KEY,
  tenant_id BLOB NOT NULL,
  at BIGINT NOT NULL,
  kind TEXT NOT NULL,
  outcome TEXT NOT NULL,
  actor_kind TEXT NOT NULL,
  actor_id TEXT NOT NULL,
  user_id BLOB,
  resource_type TEXT,
  resource_id TEXT,
  detail TEXT NOT NULL,
  amount INTEGER NOT NULL,
  address TEXT,
  user_agent TEXT,
  request_id TEXT NOT NULL
);
CREATE INDEX activity_time ON activity (tenant_id, seq);
CREATE INDEX activity_user ON activity (user_id, seq);
CREATE INDEX activity_at ON activity (at);

-- Names beside the ids, as they were when it happened; erased with the values.
ALTER TABLE journal_value ADD COLUMN actor_name TEXT;
ALTER TABLE journal_value ADD COLUMN resource_name TEXT;
CREATE INDEX journal_actor ON journal (tenant_id, actor_id, seq);
CREATE INDEX journal_value_subject ON journal_value (subject_id);
