-- Which kinds of factors a user has, as marks that reports count: 1 authenticator, 2 telephone, 4 mailbox, 8 passkey,
-- 16 recovery codes that are left, 32 exactly one passkey that never leaves its device.
ALTER TABLE users ADD COLUMN factors integer NOT NULL DEFAULT 0;
UPDATE users SET factors =
    (SELECT coalesce(sum(CASE kind WHEN 'totp' THEN 1 WHEN 'sms' THEN 2 WHEN 'email' THEN 4 ELSE 0 END), 0)
       FROM factor WHERE factor.user_id = users.id)
  + (SELECT CASE WHEN count(*) > 0 THEN 8 ELSE 0 END FROM passkey WHERE passkey.user_id = users.id)
  + (SELECT CASE WHEN count(*) > 0 THEN 16 ELSE 0 END
       FROM recovery_code WHERE recovery_code.user_id = users.id AND used IS NULL)
  + (SELECT CASE WHEN count(*) = 1 AND bool_and(device_bound) THEN 32 ELSE 0 END
       FROM passkey WHERE passkey.user_id = users.id)
  WHERE strongest_factor > 0;
-- All that reports of a tenant count by, so that they read the index alone.
CREATE INDEX users_factors ON users (tenant_id, factors, status, is_test, deleted) WHERE deleted IS NULL;

-- How many users of a tenant had which factors, a row a day.
CREATE TABLE mfa_day (
  tenant_id uuid NOT NULL REFERENCES tenant (id) ON DELETE CASCADE,
  -- Days since 1970.
  day bigint NOT NULL,
  users bigint NOT NULL,
  enabled bigint NOT NULL,
  passkey bigint NOT NULL,
  totp bigint NOT NULL,
  sms bigint NOT NULL,
  email bigint NOT NULL,
  single_device bigint NOT NULL,
  no_recovery_codes bigint NOT NULL,
  PRIMARY KEY (tenant_id, day)
);

-- When a user was last reminded of second factors.
ALTER TABLE user_mfa ADD COLUMN reminded timestamptz;
