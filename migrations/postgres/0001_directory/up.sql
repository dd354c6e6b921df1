-- Tenants, their SCIM connections and tokens.
CREATE TABLE tenant (
  id uuid NOT NULL PRIMARY KEY,
  slug text NOT NULL UNIQUE,
  created timestamptz NOT NULL
);

CREATE TABLE connection (
  id uuid NOT NULL PRIMARY KEY,
  tenant_id uuid NOT NULL REFERENCES tenant (id) ON DELETE CASCADE,
  name text NOT NULL,
  name_folded text COLLATE "C" NOT NULL,
  profile text NOT NULL,
  reach text NOT NULL,
  adoption text NOT NULL,
  created timestamptz NOT NULL
);
CREATE UNIQUE INDEX connection_name ON connection (tenant_id, name_folded);

CREATE TABLE scim_token (
  id text NOT NULL PRIMARY KEY,
  connection_id uuid NOT NULL REFERENCES connection (id) ON DELETE CASCADE,
  secret_hash bytea NOT NULL,
  scope text NOT NULL,
  created timestamptz NOT NULL,
  expires timestamptz,
  revoked timestamptz,
  last_used timestamptz
);
CREATE INDEX scim_token_connection ON scim_token (connection_id);

-- Users. A deleted user stays as a tombstone that holds no name.
CREATE TABLE users (
  seq bigint NOT NULL GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  id uuid NOT NULL UNIQUE,
  tenant_id uuid NOT NULL REFERENCES tenant (id) ON DELETE CASCADE,
  user_name text NOT NULL,
  user_name_folded text COLLATE "C" NOT NULL,
  display_name text,
  display_name_folded text COLLATE "C",
  active boolean,
  identity_source text NOT NULL,
  created_by uuid REFERENCES connection (id) ON DELETE SET NULL,
  version bigint NOT NULL,
  doc jsonb NOT NULL,
  created timestamptz NOT NULL,
  modified timestamptz NOT NULL,
  deleted timestamptz
);
CREATE UNIQUE INDEX users_user_name ON users (tenant_id, user_name_folded) WHERE deleted IS NULL;
CREATE INDEX users_order ON users (tenant_id, seq) WHERE deleted IS NULL;
CREATE INDEX users_display_name ON users (tenant_id, display_name_folded) WHERE deleted IS NULL;
CREATE INDEX users_modified ON users (tenant_id, modified) WHERE deleted IS NULL;
CREATE INDEX users_created_by ON users (created_by);

-- The few multi-valued and extension attributes that clients filter by.
CREATE TABLE user_attribute (
  path_id integer NOT NULL,
  value_folded text COLLATE "C" NOT NULL,
  user_seq bigint NOT NULL REFERENCES users (seq) ON DELETE CASCADE,
  position integer NOT NULL,
  kind text,
  PRIMARY KEY (path_id, value_folded, user_seq, position)
);
CREATE INDEX user_attribute_user ON user_attribute (user_seq);

-- Who claims a user: the SCIM link has a connection and, as its subject, the externalId.
CREATE TABLE identity (
  id uuid NOT NULL PRIMARY KEY,
  user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  protocol text NOT NULL,
  connection_id uuid REFERENCES connection (id) ON DELETE CASCADE,
  subject text COLLATE "C",
  hidden boolean NOT NULL,
  first_seen timestamptz NOT NULL,
  last_seen timestamptz NOT NULL
);
CREATE UNIQUE INDEX identity_user ON identity (user_id, connection_id);
CREATE INDEX identity_subject ON identity (connection_id, subject);
CREATE INDEX identity_hidden ON identity (connection_id, user_id) WHERE hidden;

-- Groups, their owner (none is local) and their members.
CREATE TABLE groups (
  seq bigint NOT NULL GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  id uuid NOT NULL UNIQUE,
  tenant_id uuid NOT NULL REFERENCES tenant (id) ON DELETE CASCADE,
  connection_id uuid REFERENCES connection (id) ON DELETE SET NULL,
  display_name text NOT NULL,
  display_name_folded text COLLATE "C" NOT NULL,
  unique_name text COLLATE "C",
  external_id text COLLATE "C",
  version bigint NOT NULL,
  doc jsonb NOT NULL,
  created timestamptz NOT NULL,
  modified timestamptz NOT NULL
);
CREATE UNIQUE INDEX groups_unique_name ON groups (tenant_id, connection_id, unique_name);
CREATE INDEX groups_order ON groups (tenant_id, connection_id, seq);
CREATE INDEX groups_display_name ON groups (tenant_id, display_name_folded);
CREATE INDEX groups_external_id ON groups (tenant_id, external_id);

CREATE TABLE group_member (
  group_id uuid NOT NULL REFERENCES groups (id) ON DELETE CASCADE,
  member_id uuid NOT NULL,
  is_group boolean NOT NULL,
  PRIMARY KEY (group_id, member_id)
);
CREATE INDEX group_member_member ON group_member (member_id, group_id);

-- One row a change, and beside it the values, which retention and erasure may blank.
CREATE TABLE journal (
  seq bigint NOT NULL GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  tenant_id uuid NOT NULL,
  at timestamptz NOT NULL,
  actor_kind text NOT NULL,
  actor_id text NOT NULL,
  request_id text NOT NULL,
  resource_type text NOT NULL,
  resource_id text NOT NULL,
  operation text NOT NULL,
  paths jsonb NOT NULL,
  members jsonb,
  identity_source text,
  reason text,
  tx_id xid8 NOT NULL DEFAULT pg_current_xact_id()
);
CREATE INDEX journal_resource ON journal (tenant_id, resource_id, seq);

CREATE TABLE journal_value (
  journal_seq bigint NOT NULL PRIMARY KEY REFERENCES journal (seq) ON DELETE CASCADE,
  subject_id text NOT NULL,
  before jsonb,
  after jsonb
);
