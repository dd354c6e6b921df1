-- Rises with each change of a tenant's schemas, resource types and extensions; 0 while there are none.
ALTER TABLE tenant ADD COLUMN schema_version bigint NOT NULL DEFAULT 0;

CREATE TABLE custom_schema (
  seq bigint NOT NULL GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  tenant_id uuid NOT NULL REFERENCES tenant (id) ON DELETE CASCADE,
  urn_folded text COLLATE "C" NOT NULL,
  definition jsonb NOT NULL,
  created timestamptz NOT NULL
);
CREATE UNIQUE INDEX custom_schema_urn ON custom_schema (tenant_id, urn_folded);

CREATE TABLE custom_type (
  seq bigint NOT NULL GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  tenant_id uuid NOT NULL REFERENCES tenant (id) ON DELETE CASCADE,
  name text NOT NULL,
  name_folded text COLLATE "C" NOT NULL,
  description text NOT NULL,
  endpoint text NOT NULL,
  schema_urn text NOT NULL,
  created timestamptz NOT NULL
);
CREATE UNIQUE INDEX custom_type_name ON custom_type (tenant_id, name_folded);

-- The extensions of resource types, built-in ones too, beside those that are built in.
CREATE TABLE type_extension (
  seq bigint NOT NULL GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  tenant_id uuid NOT NULL REFERENCES tenant (id) ON DELETE CASCADE,
  resource_type text NOT NULL,
  urn_folded text COLLATE "C" NOT NULL,
  required boolean NOT NULL
);
CREATE UNIQUE INDEX type_extension_urn ON type_extension (tenant_id, resource_type, urn_folded);

-- The numbers of attributes that have rows of their own. A number is never given twice.
CREATE TABLE attribute_path (
  seq bigint NOT NULL GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  tenant_id uuid NOT NULL REFERENCES tenant (id) ON DELETE CASCADE,
  urn_folded text COLLATE "C" NOT NULL,
  path text NOT NULL,
  indexed boolean NOT NULL,
  kept_unique boolean NOT NULL,
  filled boolean NOT NULL,
  filled_to bigint NOT NULL
);
CREATE UNIQUE INDEX attribute_path_path ON attribute_path (tenant_id, urn_folded, path);

-- Values that no other resource of a type may have, by their hashes.
CREATE TABLE unique_value (
  path_id integer NOT NULL,
  resource_type text NOT NULL,
  value_hash bytea NOT NULL,
  resource_id uuid NOT NULL,
  PRIMARY KEY (path_id, resource_type, value_hash)
);
CREATE INDEX unique_value_resource ON unique_value (resource_id);

-- What was removed by force and is hidden, and still to be deleted: the values of an extension, or without a URN all
-- resources of a type.
CREATE TABLE schema_purge (
  seq bigint NOT NULL GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  tenant_id uuid NOT NULL REFERENCES tenant (id) ON DELETE CASCADE,
  resource_type text NOT NULL,
  urn text NOT NULL,
  done_to bigint NOT NULL
);
CREATE UNIQUE INDEX schema_purge_what ON schema_purge (tenant_id, resource_type, urn);

-- Resources of custom types.
CREATE TABLE resource (
  seq bigint NOT NULL GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  id uuid NOT NULL UNIQUE,
  tenant_id uuid NOT NULL REFERENCES tenant (id) ON DELETE CASCADE,
  resource_type text NOT NULL,
  created_by uuid REFERENCES connection (id) ON DELETE SET NULL,
  external_id text COLLATE "C",
  version bigint NOT NULL,
  doc jsonb NOT NULL,
  created timestamptz NOT NULL,
  modified timestamptz NOT NULL
);
CREATE INDEX resource_order ON resource (tenant_id, resource_type, seq);
CREATE INDEX resource_external_id ON resource (tenant_id, resource_type, external_id);
CREATE INDEX resource_created_by ON resource (created_by);
