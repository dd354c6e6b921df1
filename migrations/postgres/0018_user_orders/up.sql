-- Lists of users by e-mail and by last sign-in. Equals are few, and sorted among themselves.
CREATE INDEX users_email ON users (tenant_id, lower(email)) WHERE deleted IS NULL;
CREATE INDEX users_last_login ON users (tenant_id, last_login) WHERE deleted IS NULL;
-- Over all tenants, the newest first.
CREATE INDEX users_made ON users (created) WHERE deleted IS NULL;
