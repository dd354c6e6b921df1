-- What a tenant may hold; null is no limit. The values here are those of tenants that nobody set any for.
ALTER TABLE tenant ADD COLUMN max_users bigint;
ALTER TABLE tenant ADD COLUMN max_groups bigint;
ALTER TABLE tenant ADD COLUMN max_members bigint DEFAULT 200000;
ALTER TABLE tenant ADD COLUMN max_attributes bigint DEFAULT 500;
ALTER TABLE tenant ADD COLUMN max_document_bytes bigint DEFAULT 262144;

-- How many members a group has: a counter of the group, in one shard, since a change of members locks the group anyway.
LOCK TABLE groups, group_member IN SHARE ROW EXCLUSIVE MODE;
CREATE FUNCTION count_members() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO counter AS kept (owner_id, kind, shard, amount)
    SELECT group_id, 'members', 0, CASE TG_OP WHEN 'INSERT' THEN count(*) ELSE -count(*) END
    FROM changed GROUP BY group_id ORDER BY group_id
    ON CONFLICT (owner_id, kind, shard) DO UPDATE SET amount = kept.amount + excluded.amount;
  IF TG_OP = 'DELETE' THEN
    -- The last ones may go with their group.
    DELETE FROM counter WHERE owner_id IN (SELECT group_id FROM changed) AND kind = 'members' AND amount = 0;
  END IF;
  RETURN NULL;
END
$$;
CREATE TRIGGER group_member_count_insert AFTER INSERT ON group_member REFERENCING NEW TABLE AS changed
  FOR EACH STATEMENT EXECUTE FUNCTION count_members();
CREATE TRIGGER group_member_count_delete AFTER DELETE ON group_member REFERENCING OLD TABLE AS changed
  FOR EACH STATEMENT EXECUTE FUNCTION count_members();
INSERT INTO counter SELECT group_id, 'members', 0, count(*) FROM group_member GROUP BY group_id;
