-- What a search for a part of a text looks at: user name, display name and e-mails, folded, each ended by a character of
-- its own. No text for a deleted user. The program fills it for users from before this column.
ALTER TABLE users ADD COLUMN search TEXT;
CREATE INDEX users_search_missing ON users (seq) WHERE search IS NULL AND deleted IS NULL;

-- Which users hold three characters in a row.
CREATE VIRTUAL TABLE user_search USING fts5 (
  search, content = '', columnsize = 0, detail = none, tokenize = 'trigram case_sensitive 1'
);

-- Users whose text is not in the index yet, with the text that is. The index takes them in by hundreds, which costs a
-- third of what one at a time does; until then a search looks at each of them.
CREATE TABLE search_pending (
  seq INTEGER NOT NULL PRIMARY KEY,
  indexed TEXT
);
CREATE TRIGGER users_search_insert AFTER INSERT ON users WHEN NEW.search IS NOT NULL BEGIN
  INSERT INTO search_pending VALUES (NEW.seq, NULL) ON CONFLICT DO NOTHING;
END;
CREATE TRIGGER users_search_update AFTER UPDATE OF search ON users WHEN OLD.search IS NOT NEW.search BEGIN
  INSERT INTO search_pending VALUES (NEW.seq, OLD.search) ON CONFLICT DO NOTHING;
END;
CREATE TRIGGER users_search_delete AFTER DELETE ON users WHEN OLD.search IS NOT NULL BEGIN
  INSERT INTO search_pending VALUES (OLD.seq, OLD.search) ON CONFLICT DO NOTHING;
END;

-- Filters by time.
CREATE INDEX users_created ON users (tenant_id, created) WHERE deleted IS NULL;
CREATE INDEX groups_created ON groups (tenant_id, created);
CREATE INDEX groups_modified ON groups (tenant_id, modified);

-- What the planner is to expect: large tenants and connections. Without this it takes a tenant for a few rows and walks
-- through all of them rather than follow an index to one. Figures as ANALYZE finds them at a million users.
ANALYZE sqlite_schema;
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
  ('users', 'sqlite_autoindex_users_1', '1000000 1'),
  ('users', 'users_user_name', '1000000 1000000 1'),
  ('users', 'users_order', '1000000 1000000 1'),
  ('users', 'users_display_name', '1000000 1000000 2'),
  ('users', 'users_modified', '1000000 1000000 2'),
  ('users', 'users_created', '1000000 1000000 2'),
  ('users', 'users_created_by', '1000000 500000'),
  ('users', 'users_search_missing', '1 1'),
  ('user_attribute', 'user_attribute', '1500000 500000 2 1 1'),
  ('user_attribute', 'user_attribute_user', '1500000 2'),
  ('identity', 'sqlite_autoindex_identity_1', '1000000 1'),
  ('identity', 'identity_user', '1000000 1 1'),
  ('identity', 'identity_subject', '1000000 500000 2'),
  ('identity', 'identity_hidden', '100 50 1'),
  ('groups', 'sqlite_autoindex_groups_1', '20000 1'),
  ('groups', 'groups_unique_name', '20000 20000 10000 1'),
  ('groups', 'groups_order', '20000 20000 10000 1'),
  ('groups', 'groups_display_name', '20000 20000 2'),
  ('groups', 'groups_external_id', '20000 20000 2'),
  ('groups', 'groups_created', '20000 20000 2'),
  ('groups', 'groups_modified', '20000 20000 2'),
  ('group_member', 'group_member', '1000000 50 1'),
  ('group_member', 'group_member_member', '1000000 5 1'),
  ('search_pending', NULL, '500');
