DROP TRIGGER group_member_count_delete;
DROP TRIGGER group_member_count_insert;
DELETE FROM counter WHERE kind = 'members';
ALTER TABLE tenant DROP COLUMN max_document_bytes;
ALTER TABLE tenant DROP COLUMN max_attributes;
ALTER TABLE tenant DROP COLUMN max_members;
ALTER TABLE tenant DROP COLUMN max_groups;
ALTER TABLE tenant DROP COLUMN max_users;
