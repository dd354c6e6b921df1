DROP INDEX groups_modified;
DROP INDEX groups_created;
DROP INDEX users_created;
DROP INDEX users_search_missing;
ALTER TABLE users DROP COLUMN search;
