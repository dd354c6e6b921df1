DROP INDEX users_status_until;
DROP INDEX role_grant_role;
DROP INDEX journal_order;
ALTER TABLE search_common RENAME COLUMN gram TO trigram;
