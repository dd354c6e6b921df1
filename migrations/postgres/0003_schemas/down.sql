DROP TABLE resource;
DROP TABLE schema_purge;
DROP TABLE unique_value;
DROP TABLE attribute_path;
DROP TABLE type_extension;
DROP TABLE custom_type;
DROP TABLE custom_schema;
ALTER TABLE tenant DROP COLUMN schema_version;
