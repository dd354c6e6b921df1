DROP INDEX users_made;
DROP INDEX users_display_name;
CREATE INDEX users_display_name ON users (tenant_id, display_name_folded) WHERE deleted IS NULL;
DROP INDEX users_last_login;
DROP INDEX users_email;
