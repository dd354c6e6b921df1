ALTER TABLE user_mfa DROP COLUMN reminded;
DROP TABLE mfa_day;
DROP INDEX users_factors;
ALTER TABLE users DROP COLUMN factors;
