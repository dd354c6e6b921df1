-- What a search for a part of a text looks at: user name, display name and e-mails, folded, each ended by a character of
-- its own. No text for a deleted user. The program fills it for users from before this column, and makes its trigram
-- index where the extension can be had.
ALTER TABLE users ADD COLUMN search text COLLATE "C";
CREATE INDEX users_search_missing ON users (seq) WHERE search IS NULL AND deleted IS NULL;

-- Filters by time.
CREATE INDEX users_created ON users (tenant_id, created) WHERE deleted IS NULL;
CREATE INDEX groups_created ON groups (tenant_id, created);
CREATE INDEX groups_modified ON groups (tenant_id, modified);
