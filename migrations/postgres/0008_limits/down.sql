DROP TRIGGER group_member_count_delete ON group_member;
DROP TRIGGER group_member_count_insert ON group_member;
DROP FUNCTION count_members();
DELETE FROM counter WHERE kind = 'members';
ALTER TABLE tenant DROP COLUMN max_document_bytes;
ALTER TABLE tenant DROP COLUMN max_attributes;
ALTER TABLE tenant DROP COLUMN max_members;
ALTER TABLE tenant DROP COLUMN max_groups;
ALTER TABLE tenant DROP COLUMN max_users;
