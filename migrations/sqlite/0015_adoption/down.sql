ALTER TABLE user_mfa DROP COLUMN reminded;
DROP TABLE mfa_day;
DELETE FROM sqlite_stat1 WHERE idx = 'users_factors';
DROP INDEX users_factors;
ALTER TABLE users DROP COLUMN factors;
