-- What a tenant may hold; null is no limit. The values here are those of tenants that nobody set any for.
ALTER TABLE tenant ADD COLUMN max_users BIGINT;
ALTER TABLE tenant ADD COLUMN max_groups BIGINT;
ALTER TABLE tenant ADD COLUMN max_members BIGINT DEFAULT 200000;
ALTER TABLE tenant ADD COLUMN max_attributes BIGINT DEFAULT 500;
ALTER TABLE tenant ADD COLUMN max_document_bytes BIGINT DEFAULT 262144;

-- How many members a group has: a counter of the group.
CREATE TRIGGER group_member_count_insert AFTER INSERT ON group_member BEGIN
  INSERT INTO counter VALUES (NEW.group_id, 'members', 0, 1)
    ON CONFLICT (owner_id, kind, shard) DO UPDATE SET amount = amount + 1;
END;
CREATE TRIGGER group_member_count_delete AFTER DELETE ON group_member BEGIN
  INSERT INTO counter VALUES (OLD.group_id, 'members', 0, -1)
    ON CONFLICT (owner_id, kind, shard) DO UPDATE SET amount = amount - 1;
  -- The last one may go with its group.
  DELETE FROM counter WHERE owner_id = OLD.group_id AND kind = 'members' AND shard = 0 AND amount = 0;
END;
INSERT INTO counter SELECT group_id, 'members', 0, count(*) FROM group_member GROUP BY group_id;
