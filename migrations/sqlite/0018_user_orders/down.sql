DELETE FROM sqlite_stat1 WHERE idx IN ('users_email', 'users_last_login', 'users_made');
DROP INDEX users_made;
DROP INDEX users_last_login;
DROP INDEX users_email;
