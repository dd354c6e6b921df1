-- Which users hold five characters in a row. The program makes words of them (`search_grams`), since the lists of three
-- characters grow long with the number of users. Every text waits to be taken in: the program does at its next start.
DROP TABLE user_search;
CREATE VIRTUAL TABLE user_search USING fts5 (
  search, content = '', columnsize = 0, detail = none, tokenize = 'ascii'
);
DELETE FROM search_pending;
INSERT INTO search_pending SELECT seq, NULL FROM users WHERE search IS NOT NULL;

-- What stands here are such words now.
ALTER TABLE search_common RENAME COLUMN trigram TO gram;
DELETE FROM search_common;
DELETE FROM search_sample;

-- The audit of a tenant, and of all it may be asked by: newest first.
CREATE INDEX journal_order ON journal (tenant_id, seq);
-- Users by role.
CREATE INDEX role_grant_role ON role_grant (role, subject_kind, subject_id);
-- Users by status: those whose status has an end, beside `users_status`.
CREATE INDEX users_status_until ON users (tenant_id, status_until) WHERE deleted IS NULL AND status_until IS NOT NULL;
