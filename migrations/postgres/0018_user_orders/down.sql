DROP INDEX users_made;
DROP INDEX users_last_login;
DROP INDEX users_email;
