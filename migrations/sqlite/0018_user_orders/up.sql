-- Lists of users by e-mail and by last sign-in. Between equals the number decides, which ends every index here by itself.
CREATE INDEX users_email ON users (tenant_id, lower(email)) WHERE deleted IS NULL;
CREATE INDEX users_last_login ON users (tenant_id, last_login) WHERE deleted IS NULL;
-- Over all tenants, the newest first.
CREATE INDEX users_made ON users (created) WHERE deleted IS NULL;
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
  ('users', 'users_email', '1000000 1000000 2'),
  ('users', 'users_last_login', '1000000 1000000 2'),
  ('users', 'users_made', '1000000 2');
