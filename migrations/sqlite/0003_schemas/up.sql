-- Rises with each change of a tenant's schemas, resource types and extensions; 0 while there are none.
ALTER TABLE tenant ADD COLUMN schema_version BIGINT NOT NULL DEFAULT 0;

CREATE TABLE custom_schema (
  seq INTEGER NOT NULL PRIMARY KEY,
  tenant_id BLOB NOT NULL REFERENCES tenant (id) ON DELETE CASCADE,
  urn_folded TEXT NOT NULL,
  definition TEXT NOT NULL,
  created BIGINT NOT NULL
);
CREATE UNIQUE INDEX custom_schema_urn ON custom_schema (tenant_id, urn_folded);

CREATE TABLE custom_type (
  seq INTEGER NOT NULL PRIMARY KEY,
  tenant_id BLOB NOT NULL REFERENCES tenant (id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  name_folded TEXT NOT NULL,
  description TEXT NOT NULL,
  endpoint TEXT NOT NULL,
  schema_urn TEXT NOT NULL,
  created BIGINT NOT NULL
);
CREATE UNIQUE INDEX custom_type_name ON custom_type (tenant_id, name_folded);

-- The extensions of resource types, built-in ones too, beside those that are built in.
CREATE TABLE type_extension (
  seq INTEGER NOT NULL PRIMARY KEY,
  tenant_id BLOB NOT NULL REFERENCES tenant (id) ON DELETE CASCADE,
  resource_type TEXT NOT NULL,
  urn_folded TEXT NOT NULL,
  required BOOLEAN NOT NULL
);
CREATE UNIQUE INDEX type_extension_urn ON type_extension (tenant_id, resource_type, urn_folded);

-- The numbers of attributes that have rows of their own. A number is never given twice.
CREATE TABLE attribute_path (
  seq INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
  tenant_id BLOB NOT NULL REFERENCES tenant (id) ON DELETE CASCADE,
  urn_folded TEXT NOT NULL,
  path TEXT NOT NULL,
  indexed BOOLEAN NOT NULL,
  kept_unique BOOLEAN NOT NULL,
  filled BOOLEAN NOT NULL,
  filled_to BIGINT NOT NULL
);
CREATE UNIQUE INDEX attribute_path_path ON attribute_path (tenant_id, urn_folded, path);

-- Values that no other resource of a type may have, by their hashes.
CREATE TABLE unique_value (
  path_id INTEGER NOT NULL,
  resource_type TEXT NOT NULL,
  value_hash BLOB NOT NULL,
  resource_id BLOB NOT NULL,
  PRIMARY KEY (path_id, resource_type, value_hash)
) WITHOUT ROWID;
CREATE INDEX unique_value_resource ON unique_value (resource_id);

-- What was removed by force and is hidden, and still to be deleted: the values of an extension, or without a URN all
-- resources of a type.
CREATE TABLE schema_purge (
  seq INTEGER NOT NULL PRIMARY KEY,
  tenant_id BLOB NOT NULL REFERENCES tenant (id) ON DELETE CASCADE,
  resource_type TEXT NOT NULL,
  urn TEXT NOT NULL,
  done_to BIGINT NOT NULL
);
CREATE UNIQUE INDEX schema_purge_what ON schema_purge (tenant_id, resource_type, urn);

-- Resources of custom types.
CREATE TABLE resource (
  seq INTEGER NOT NULL PRIMARY KEY,
  id BLOB NOT NULL UNIQUE,
  tenant_id BLOB NOT NULL REFERENCES tenant (id) ON DELETE CASCADE,
  resource_type TEXT NOT NULL,
  created_by BLOB REFERENCES connection (id) ON DELETE SET NULL,
  external_id TEXT,
  version BIGINT NOT NULL,
  doc TEXT NOT NULL,
  created BIGINT NOT NULL,
  modified BIGINT NOT NULL
);
CREATE INDEX resource_order ON resource (tenant_id, resource_type, seq);
CREATE INDEX resource_external_id ON resource (tenant_id, resource_type, external_id);
CREATE INDEX resource_created_by ON resource (created_by);
