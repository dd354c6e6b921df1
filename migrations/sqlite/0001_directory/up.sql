-- Tenants, their SCIM connections and tokens.
CREATE TABLE tenant (
  id BLOB NOT NULL PRIMARY KEY,
  slug TEXT NOT NULL UNIQUE,
  created BIGINT NOT NULL
);

CREATE TABLE connection (
  id BLOB NOT NULL PRIMARY KEY,
  tenant_id BLOB NOT NULL REFERENCES tenant (id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  name_folded TEXT NOT NULL,
  profile TEXT NOT NULL,
  reach TEXT NOT NULL,
  adoption TEXT NOT NULL,
  created BIGINT NOT NULL
);
CREATE UNIQUE INDEX connection_name ON connection (tenant_id, name_folded);

CREATE TABLE scim_token (
  id TEXT NOT NULL PRIMARY KEY,
  connection_id BLOB NOT NULL REFERENCES connection (id) ON DELETE CASCADE,
  secret_hash BLOB NOT NULL,
  scope TEXT NOT NULL,
  created BIGINT NOT NULL,
  expires BIGINT,
  revoked BIGINT,
  last_used BIGINT
);
CREATE INDEX scim_token_connection ON scim_token (connection_id);

-- Users. A deleted user stays as a tombstone that holds no name.
CREATE TABLE users (
  seq INTEGER NOT NULL PRIMARY KEY,
  id BLOB NOT NULL UNIQUE,
  tenant_id BLOB NOT NULL REFERENCES tenant (id) ON DELETE CASCADE,
  user_name TEXT NOT NULL,
  user_name_folded TEXT NOT NULL,
  display_name TEXT,
  display_name_folded TEXT,
  active BOOLEAN,
  identity_source TEXT NOT NULL,
  created_by BLOB REFERENCES connection (id) ON DELETE SET NULL,
  version BIGINT NOT NULL,
  doc TEXT NOT NULL,
  created BIGINT NOT NULL,
  modified BIGINT NOT NULL,
  deleted BIGINT
);
CREATE UNIQUE INDEX users_user_name ON users (tenant_id, user_name_folded) WHERE deleted IS NULL;
CREATE INDEX users_order ON users (tenant_id, seq) WHERE deleted IS NULL;
CREATE INDEX users_display_name ON users (tenant_id, display_name_folded) WHERE deleted IS NULL;
CREATE INDEX users_modified ON users (tenant_id, modified) WHERE deleted IS NULL;
CREATE INDEX users_created_by ON users (created_by);

-- The few multi-valued and extension attributes that clients filter by.
CREATE TABLE user_attribute (
  path_id INTEGER NOT NULL,
  value_folded TEXT NOT NULL,
  user_seq BIGINT NOT NULL REFERENCES users (seq) ON DELETE CASCADE,
  position INTEGER NOT NULL,
  kind TEXT,
  PRIMARY KEY (path_id, value_folded, user_seq, position)
) WITHOUT ROWID;
CREATE INDEX user_attribute_user ON user_attribute (user_seq);

-- Who claims a user: the SCIM link has a connection and, as its subject, the externalId.
CREATE TABLE identity (
  id BLOB NOT NULL PRIMARY KEY,
  user_id BLOB NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  protocol TEXT NOT NULL,
  connection_id BLOB REFERENCES connection (id) ON DELETE CASCADE,
  subject TEXT,
  hidden BOOLEAN NOT NULL,
  first_seen BIGINT NOT NULL,
  last_seen BIGINT NOT NULL
);
CREATE UNIQUE INDEX identity_user ON identity (user_id, connection_id);
CREATE INDEX identity_subject ON identity (connection_id, subject);
CREATE INDEX identity_hidden ON identity (connection_id, user_id) WHERE hidden;

-- Groups, their owner (none is local) and their members.
CREATE TABLE groups (
  seq INTEGER NOT NULL PRIMARY KEY,
  id BLOB NOT NULL UNIQUE,
  tenant_id BLOB NOT NULL REFERENCES tenant (id) ON DELETE CASCADE,
  connection_id BLOB REFERENCES connection (id) ON DELETE SET NULL,
  display_name TEXT NOT NULL,
  display_name_folded TEXT NOT NULL,
  unique_name TEXT,
  external_id TEXT,
  version BIGINT NOT NULL,
  doc TEXT NOT NULL,
  created BIGINT NOT NULL,
  modified BIGINT NOT NULL
);
CREATE UNIQUE INDEX groups_unique_name ON groups (tenant_id, connection_id, unique_name);
CREATE INDEX groups_order ON groups (tenant_id, connection_id, seq);
CREATE INDEX groups_display_name ON groups (tenant_id, display_name_folded);
CREATE INDEX groups_external_id ON groups (tenant_id, external_id);

CREATE TABLE group_member (
  group_id BLOB NOT NULL REFERENCES groups (id) ON DELETE CASCADE,
  member_id BLOB NOT NULL,
  is_group BOOLEAN NOT NULL,
  PRIMARY KEY (group_id, member_id)
) WITHOUT ROWID;
CREATE INDEX group_member_member ON group_member (member_id, group_id);

-- One row a change, and beside it the values, which retention and erasure may blank.
CREATE TABLE journal (
  seq INTEGER NOT NULL PRIMARY KEY,
  tenant_id BLOB NOT NULL,
  at BIGINT NOT NULL,
  actor_kind TEXT NOT NULL,
  actor_id TEXT NOT NULL,
  request_id TEXT NOT NULL,
  resource_type TEXT NOT NULL,
  resource_id TEXT NOT NULL,
  operation TEXT NOT NULL,
  paths TEXT NOT NULL,
  members TEXT,
  identity_source TEXT,
  reason TEXT,
  tx_id INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX journal_resource ON journal (tenant_id, resource_id, seq);

CREATE TABLE journal_value (
  journal_seq BIGINT NOT NULL PRIMARY KEY REFERENCES journal (seq) ON DELETE CASCADE,
  subject_id TEXT NOT NULL,
  before TEXT,
  after TEXT
);
