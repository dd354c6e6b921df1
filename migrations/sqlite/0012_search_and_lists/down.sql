DROP INDEX users_status_until;
DROP INDEX role_grant_role;
DROP INDEX journal_order;
DELETE FROM search_sample;
DELETE FROM search_common;
ALTER TABLE search_common RENAME COLUMN gram TO trigram;
DROP TABLE user_search;
CREATE VIRTUAL TABLE user_search USING fts5 (
  search, content = '', columnsize = 0, detail = none, tokenize = 'trigram case_sensitive 1'
);
DELETE FROM search_pending;
INSERT INTO search_pending SELECT seq, NULL FROM users WHERE search IS NOT NULL;
