-- Which kinds of factors a user has, as marks that reports count: 1 authenticator, 2 telephone, 4 mailbox, 8 passkey,
-- 16 recovery codes that are left, 32 exactly one passkey that never leaves its device.
ALTER TABLE users ADD COLUMN factors INTEGER NOT NULL DEFAULT 0;
UPDATE users SET factors =
    (SELECT coalesce(sum(CASE kind WHEN 'totp' THEN 1 WHEN 'sms' THEN 2 WHEN 'email' THEN 4 ELSE 0 END), 0)
       FROM factor WHERE factor.user_id = users.id)
  + (SELECT CASE WHEN count(*) > 0 THEN 8 ELSE 0 END FROM passkey WHERE passkey.user_id = users.id)
  + (SELECT CASE WHEN count(*) > 0 THEN 16 ELSE 0 END
       FROM recovery_code WHERE recovery_code.user_id = users.id AND used IS NULL)
  + (SELECT CASE WHEN count(*) = 1 AND min(device_bound) THEN 32 ELSE 0 END FROM passkey WHERE passkey.user_id = users.id)
  WHERE strongest_factor > 0;
-- All that reports of a tenant count by, so that they read the index alone.
CREATE INDEX users_factors ON users (tenant_id, factors, status, is_test, deleted) WHERE deleted IS NULL;
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES ('users', 'users_factors', '1000000 1000000 50000 20000 20000 20000');

-- How many users of a tenant had which factors, a row a day.
CREATE TABLE mfa_day (
  tenant_id BLOB NOT NULL REFERENCES tenant (id) ON DELETE CASCADE,
  -- Days since 1970.
  day BIGINT NOT NULL,
  users BIGINT NOT NULL,
  enabled BIGINT NOT NULL,
  passkey BIGINT NOT NULL,
  totp BIGINT NOT NULL,
  sms BIGINT NOT NULL,
  email BIGINT NOT NULL,
  single_device BIGINT NOT NULL,
  no_recovery_codes BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, day)
) WITHOUT ROWID;

-- When a user was last reminded of second factors.
ALTER TABLE user_mfa ADD COLUMN reminded BIGINT;
