-- Lists of users by e-mail, display name and last sign-in. Between equals the number decides.
CREATE INDEX users_email ON users (tenant_id, lower(email), seq) WHERE deleted IS NULL;
CREATE INDEX users_last_login ON users (tenant_id, last_login, seq) WHERE deleted IS NULL;
DROP INDEX users_display_name;
CREATE INDEX users_display_name ON users (tenant_id, display_name_folded, seq) WHERE deleted IS NULL;
-- Over all tenants, the newest first.
CREATE INDEX users_made ON users (created, seq) WHERE deleted IS NULL;
