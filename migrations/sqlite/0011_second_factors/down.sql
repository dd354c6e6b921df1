ALTER TABLE session DROP COLUMN fresh_seconds;
ALTER TABLE users DROP COLUMN strongest_factor;
DROP TABLE ceremony;
DROP TABLE user_mfa;
DROP TABLE recovery_code;
DROP TABLE passkey;
DROP TABLE factor;
