-- Partners look after several tenants.
CREATE TABLE partner (
  id uuid NOT NULL PRIMARY KEY,
  slug text NOT NULL UNIQUE,
  name text NOT NULL,
  created timestamptz NOT NULL
);

ALTER TABLE tenant ADD COLUMN name text;
ALTER TABLE tenant ADD COLUMN partner_id uuid REFERENCES partner (id);
-- A suspended tenant lets nobody in.
ALTER TABLE tenant ADD COLUMN suspended boolean NOT NULL DEFAULT false;
-- What administrators decide for the tenant: passwords, sessions, source lock, redirects ...
ALTER TABLE tenant ADD COLUMN settings jsonb NOT NULL DEFAULT '{}';
-- Rises when something changes that decides over the grants of many of its users: roles, groups, units.
ALTER TABLE tenant ADD COLUMN grants_version bigint NOT NULL DEFAULT 0;
CREATE INDEX tenant_partner ON tenant (partner_id);

-- The account: its own e-mail, and its status as the facts of this row and of user_restriction make it.
ALTER TABLE users ADD COLUMN email text;
ALTER TABLE users ADD COLUMN email_verified boolean NOT NULL DEFAULT false;
-- Where notices and resets go while a new address is not confirmed yet.
ALTER TABLE users ADD COLUMN verified_email text;
ALTER TABLE users ADD COLUMN status text NOT NULL DEFAULT 'ACTIVE';
-- When the status ends by itself, and what it is then.
ALTER TABLE users ADD COLUMN status_until timestamptz;
ALTER TABLE users ADD COLUMN status_after text;
ALTER TABLE users ADD COLUMN activation text NOT NULL DEFAULT 'done';
-- What the provisioner last wrote as active, unless an administrator overruled it since.
ALTER TABLE users ADD COLUMN source_active boolean NOT NULL DEFAULT true;
-- Rises when everything that was issued to the user must end.
ALTER TABLE users ADD COLUMN epoch bigint NOT NULL DEFAULT 0;
-- Rises when the user's own grants change.
ALTER TABLE users ADD COLUMN grants_version bigint NOT NULL DEFAULT 0;
ALTER TABLE users ADD COLUMN mfa_enabled boolean NOT NULL DEFAULT false;
ALTER TABLE users ADD COLUMN is_test boolean NOT NULL DEFAULT false;
ALTER TABLE users ADD COLUMN last_login timestamptz;
UPDATE users SET source_active = false, status = 'DISABLED' WHERE active = false AND deleted IS NULL;
UPDATE users SET email = (
  SELECT entry ->> 'value' FROM jsonb_array_elements(doc -> 'emails') AS entry
  ORDER BY coalesce((entry ->> 'primary')::boolean, false) DESC LIMIT 1
) WHERE deleted IS NULL AND jsonb_typeof(doc -> 'emails') = 'array';
CREATE INDEX users_status ON users (tenant_id, status) WHERE deleted IS NULL AND status <> 'ACTIVE';

-- What holds an account back; a user that nothing holds back has no row.
CREATE TABLE user_restriction (
  user_id uuid NOT NULL PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
  suspended boolean NOT NULL,
  suspended_until timestamptz,
  deactivated timestamptz,
  locked boolean NOT NULL,
  locked_until timestamptz,
  reason text,
  by_kind text,
  by_id text,
  parked_email text
);

-- By what a person signs in: the only table that sign-in and resets look in.
CREATE TABLE login_id (
  tenant_id uuid NOT NULL REFERENCES tenant (id) ON DELETE CASCADE,
  value_folded text COLLATE "C" NOT NULL,
  user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  kind text NOT NULL,
  verified boolean NOT NULL,
  PRIMARY KEY (tenant_id, value_folded)
);
CREATE INDEX login_id_user ON login_id (user_id);
CREATE INDEX login_id_value ON login_id (value_folded);
INSERT INTO login_id
  SELECT tenant_id, user_name_folded, id, 'user_name', false FROM users WHERE deleted IS NULL;

CREATE TABLE password (
  user_id uuid NOT NULL PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
  scheme text NOT NULL,
  hash text NOT NULL,
  changed timestamptz NOT NULL,
  must_change boolean NOT NULL,
  -- A temporary one ends by itself and works once.
  expires timestamptz,
  -- Written by a connection that syncs passwords.
  synced boolean NOT NULL
);

CREATE TABLE password_history (
  seq bigint NOT NULL GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  scheme text NOT NULL,
  hash text NOT NULL,
  replaced timestamptz NOT NULL
);
CREATE INDEX password_history_user ON password_history (user_id, seq);

CREATE TABLE session (
  id uuid NOT NULL PRIMARY KEY,
  user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  created timestamptz NOT NULL,
  last_used timestamptz NOT NULL,
  expires timestamptz NOT NULL,
  idle_seconds bigint NOT NULL,
  epoch bigint NOT NULL,
  -- How the person proved who they are, and when.
  methods text NOT NULL,
  strength text NOT NULL,
  authenticated timestamptz NOT NULL,
  -- Words of what alone the session may do: change the password, enrol a factor.
  limited_to text,
  refresh_hash bytea NOT NULL,
  previous_hash bytea,
  previous_until timestamptz,
  address text,
  user_agent text,
  revoked timestamptz
);
CREATE INDEX session_of_user ON session (user_id, last_used);
CREATE INDEX session_expires ON session (expires);

-- The keys that sign access tokens, sealed with the master key.
CREATE TABLE signing_key (
  id text NOT NULL PRIMARY KEY,
  sealed bytea NOT NULL,
  public_key jsonb NOT NULL,
  created timestamptz NOT NULL,
  usable_from timestamptz NOT NULL,
  retired timestamptz
);

-- What is proven by following a link or showing a token once.
CREATE TABLE one_time_link (
  id text NOT NULL PRIMARY KEY,
  secret_hash bytea NOT NULL,
  purpose text NOT NULL,
  user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  epoch bigint NOT NULL,
  created timestamptz NOT NULL,
  expires timestamptz NOT NULL,
  used timestamptz,
  payload jsonb NOT NULL
);
CREATE INDEX one_time_link_user ON one_time_link (user_id, purpose);
CREATE INDEX one_time_link_expires ON one_time_link (expires);

-- Failed guesses, by a keyed hash of what was guessed at and from where: known or not.
CREATE TABLE guess (
  what bytea NOT NULL PRIMARY KEY,
  failures integer NOT NULL,
  first timestamptz NOT NULL,
  last timestamptz NOT NULL,
  blocked_until timestamptz
);
CREATE INDEX guess_last ON guess (last);

-- Org units of a tenant: a tree. The lineage is the ids from the root to the unit itself, each followed by a slash.
CREATE TABLE org_unit (
  id uuid NOT NULL PRIMARY KEY,
  tenant_id uuid NOT NULL REFERENCES tenant (id) ON DELETE CASCADE,
  parent_id uuid REFERENCES org_unit (id),
  kind text NOT NULL,
  key text NOT NULL,
  key_folded text COLLATE "C" NOT NULL,
  name text NOT NULL,
  name_folded text COLLATE "C" NOT NULL,
  description text,
  lineage text COLLATE "C" NOT NULL,
  version bigint NOT NULL,
  created timestamptz NOT NULL,
  modified timestamptz NOT NULL
);
CREATE UNIQUE INDEX org_unit_key ON org_unit (tenant_id, key_folded);
CREATE INDEX org_unit_parent ON org_unit (parent_id);
CREATE INDEX org_unit_lineage ON org_unit (tenant_id, lineage);

CREATE TABLE user_org_unit (
  user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  unit_id uuid NOT NULL REFERENCES org_unit (id) ON DELETE CASCADE,
  is_home boolean NOT NULL,
  PRIMARY KEY (user_id, unit_id)
);
CREATE UNIQUE INDEX user_org_unit_home ON user_org_unit (user_id) WHERE is_home;
CREATE INDEX user_org_unit_unit ON user_org_unit (unit_id, user_id);

-- Roles that a tenant made; the built-in ones stand in the program.
CREATE TABLE role (
  id uuid NOT NULL PRIMARY KEY,
  tenant_id uuid NOT NULL REFERENCES tenant (id) ON DELETE CASCADE,
  key text NOT NULL,
  name text NOT NULL,
  description text,
  permissions jsonb NOT NULL,
  inherits jsonb NOT NULL,
  version bigint NOT NULL,
  created timestamptz NOT NULL,
  modified timestamptz NOT NULL
);
CREATE UNIQUE INDEX role_key ON role (tenant_id, key);

-- Who has which role, and how far it reaches. Subject: a user, a group or an org unit, all of the tenant.
CREATE TABLE role_grant (
  id uuid NOT NULL PRIMARY KEY,
  tenant_id uuid NOT NULL REFERENCES tenant (id) ON DELETE CASCADE,
  subject_kind text NOT NULL,
  subject_id uuid NOT NULL,
  role text NOT NULL,
  scope_kind text NOT NULL,
  -- The partner, tenant or unit; for the platform the nil id.
  scope_id uuid NOT NULL,
  origin text NOT NULL,
  created timestamptz NOT NULL,
  created_by text NOT NULL,
  expires timestamptz
);
CREATE UNIQUE INDEX role_grant_what ON role_grant (subject_id, role, scope_kind, scope_id);
CREATE INDEX role_grant_tenant ON role_grant (tenant_id, subject_kind);
CREATE INDEX role_grant_scope ON role_grant (scope_kind, scope_id, role);

-- Authorities that sign people in, or keep them: OIDC, SAML, LDAP.
CREATE TABLE identity_provider (
  id uuid NOT NULL PRIMARY KEY,
  tenant_id uuid NOT NULL REFERENCES tenant (id) ON DELETE CASCADE,
  protocol text NOT NULL,
  name text NOT NULL,
  name_folded text COLLATE "C" NOT NULL,
  settings jsonb NOT NULL,
  enabled boolean NOT NULL,
  created timestamptz NOT NULL,
  modified timestamptz NOT NULL
);
CREATE UNIQUE INDEX identity_provider_name ON identity_provider (tenant_id, name_folded);
ALTER TABLE connection ADD COLUMN provider_id uuid REFERENCES identity_provider (id) ON DELETE SET NULL;
ALTER TABLE connection ADD COLUMN password_sync boolean NOT NULL DEFAULT false;
ALTER TABLE identity ADD COLUMN provider_id uuid REFERENCES identity_provider (id) ON DELETE CASCADE;
-- Said by an administrator, not yet confirmed by the provider.
ALTER TABLE identity ADD COLUMN asserted boolean NOT NULL DEFAULT false;
CREATE UNIQUE INDEX identity_provider_subject ON identity (provider_id, subject) WHERE provider_id IS NOT NULL;

-- What connections asked to adopt, and what became of it.
CREATE TABLE adoption_request (
  connection_id uuid NOT NULL REFERENCES connection (id) ON DELETE CASCADE,
  user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  requested timestamptz NOT NULL,
  decision text,
  decided timestamptz,
  decided_by text,
  PRIMARY KEY (connection_id, user_id)
);

CREATE TABLE application (
  id uuid NOT NULL PRIMARY KEY,
  tenant_id uuid NOT NULL REFERENCES tenant (id) ON DELETE CASCADE,
  name text NOT NULL,
  name_folded text COLLATE "C" NOT NULL,
  description text,
  settings jsonb NOT NULL,
  enabled boolean NOT NULL,
  version bigint NOT NULL,
  created timestamptz NOT NULL,
  modified timestamptz NOT NULL
);
CREATE UNIQUE INDEX application_name ON application (tenant_id, name_folded);

-- Subject: a user or a group, with the groups in it.
CREATE TABLE application_assignment (
  application_id uuid NOT NULL REFERENCES application (id) ON DELETE CASCADE,
  subject_kind text NOT NULL,
  subject_id uuid NOT NULL,
  created timestamptz NOT NULL,
  PRIMARY KEY (application_id, subject_id)
);
CREATE INDEX application_assignment_subject ON application_assignment (subject_id);

CREATE TABLE application_token (
  id text NOT NULL PRIMARY KEY,
  application_id uuid NOT NULL REFERENCES application (id) ON DELETE CASCADE,
  name text NOT NULL,
  secret_hash bytea NOT NULL,
  created timestamptz NOT NULL,
  expires timestamptz,
  revoked timestamptz,
  last_used timestamptz
);
CREATE INDEX application_token_application ON application_token (application_id);

CREATE TABLE domain (
  tenant_id uuid NOT NULL REFERENCES tenant (id) ON DELETE CASCADE,
  name text NOT NULL,
  challenge text NOT NULL,
  created timestamptz NOT NULL,
  verified timestamptz,
  checked timestamptz,
  asserted_by text,
  PRIMARY KEY (tenant_id, name)
);
CREATE UNIQUE INDEX domain_verified ON domain (name) WHERE verified IS NOT NULL;

-- What is to be sent: the purpose and to whom; the text is made when it is sent, and not kept.
CREATE TABLE outbox (
  seq bigint NOT NULL GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  tenant_id uuid NOT NULL,
  user_id uuid,
  purpose text NOT NULL,
  payload jsonb NOT NULL,
  created timestamptz NOT NULL,
  due timestamptz NOT NULL,
  attempts integer NOT NULL,
  error text,
  sent timestamptz
);
CREATE INDEX outbox_due ON outbox (due) WHERE sent IS NULL;
CREATE INDEX outbox_user ON outbox (user_id);

-- Sign-ins, refusals and what administrators looked at. It points at nothing, as the provisioning log does.
CREATE TABLE activity (
  seq bigint NOT NULL GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  tenant_id uuid NOT NULL,
  at timestamptz NOT NULL,
  kind text NOT NULL,
  outcome text NOT NULL,
  actor_kind text NOT NULL,
  actor_id text NOT NULL,
  user_id uuid,
  resource_type text,
  resource_id text,
  detail jsonb NOT NULL,
  amount integer NOT NULL,
  address text,
  user_agent text,
  request_id text NOT NULL
);
CREATE INDEX activity_time ON activity (tenant_id, seq);
CREATE INDEX activity_user ON activity (user_id, seq);
CREATE INDEX activity_at ON activity (at);

-- Names beside the ids, as they were when it happened; erased with the values.
ALTER TABLE journal_value ADD COLUMN actor_name text;
ALTER TABLE journal_value ADD COLUMN resource_name text;
CREATE INDEX journal_actor ON journal (tenant_id, actor_id, seq);
CREATE INDEX journal_value_subject ON journal_value (subject_id);
