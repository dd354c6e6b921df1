-- How many rows there are, kept by the write that adds or removes them: lists tell a total without counting.
-- An owner is a tenant (users, groups), a connection (links, hidden) or either of them (owned groups, of which a tenant
-- owns the local ones). The sum over the shards counts. A server process writes to a shard of its own, so that writes
-- of one tenant do not wait for each other's COMMIT; two whose numbers meet in one shard wait and are right all the
-- same.
CREATE TABLE counter (
  owner_id uuid NOT NULL,
  kind text NOT NULL,
  shard integer NOT NULL,
  amount bigint NOT NULL,
  PRIMARY KEY (owner_id, kind, shard)
) WITH (fillfactor = 20);

-- Nobody writes while the rows there are are counted.
LOCK TABLE users, identity, groups IN SHARE ROW EXCLUSIVE MODE;

CREATE FUNCTION count_rows(owner uuid, what text, change bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO counter (owner_id, kind, shard, amount) VALUES (owner, what, pg_backend_pid() % 64, change)
    ON CONFLICT (owner_id, kind, shard) DO UPDATE SET amount = counter.amount + excluded.amount;
END
$$;

CREATE FUNCTION count_users() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    PERFORM count_rows(NEW.tenant_id, 'users', 1);
  ELSIF TG_OP = 'DELETE' THEN
    PERFORM count_rows(OLD.tenant_id, 'users', -1);
  ELSE
    PERFORM count_rows(NEW.tenant_id, 'users', CASE WHEN NEW.deleted IS NULL THEN 1 ELSE -1 END);
  END IF;
  RETURN NULL;
END
$$;
CREATE TRIGGER users_count_insert AFTER INSERT ON users
  FOR EACH ROW WHEN (NEW.deleted IS NULL) EXECUTE FUNCTION count_users();
CREATE TRIGGER users_count_update AFTER UPDATE OF deleted ON users
  FOR EACH ROW WHEN ((OLD.deleted IS NULL) <> (NEW.deleted IS NULL)) EXECUTE FUNCTION count_users();
CREATE TRIGGER users_count_delete AFTER DELETE ON users
  FOR EACH ROW WHEN (OLD.deleted IS NULL) EXECUTE FUNCTION count_users();

CREATE FUNCTION count_links() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP <> 'INSERT' THEN
    PERFORM count_rows(OLD.connection_id, CASE WHEN OLD.hidden THEN 'hidden' ELSE 'links' END, -1);
  END IF;
  IF TG_OP <> 'DELETE' THEN
    PERFORM count_rows(NEW.connection_id, CASE WHEN NEW.hidden THEN 'hidden' ELSE 'links' END, 1);
  END IF;
  RETURN NULL;
END
$$;
CREATE TRIGGER identity_count_insert AFTER INSERT ON identity
  FOR EACH ROW WHEN (NEW.connection_id IS NOT NULL) EXECUTE FUNCTION count_links();
CREATE TRIGGER identity_count_update AFTER UPDATE OF hidden ON identity
  FOR EACH ROW WHEN (OLD.hidden <> NEW.hidden AND NEW.connection_id IS NOT NULL) EXECUTE FUNCTION count_links();
CREATE TRIGGER identity_count_delete AFTER DELETE ON identity
  FOR EACH ROW WHEN (OLD.connection_id IS NOT NULL) EXECUTE FUNCTION count_links();

CREATE FUNCTION count_groups() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    PERFORM count_rows(NEW.tenant_id, 'groups', 1);
  ELSIF TG_OP = 'DELETE' THEN
    PERFORM count_rows(OLD.tenant_id, 'groups', -1);
  END IF;
  IF TG_OP <> 'INSERT' THEN
    PERFORM count_rows(coalesce(OLD.connection_id, OLD.tenant_id), 'owned groups', -1);
  END IF;
  IF TG_OP <> 'DELETE' THEN
    PERFORM count_rows(coalesce(NEW.connection_id, NEW.tenant_id), 'owned groups', 1);
  END IF;
  RETURN NULL;
END
$$;
CREATE TRIGGER groups_count_insert AFTER INSERT ON groups FOR EACH ROW EXECUTE FUNCTION count_groups();
-- A connection that is deleted leaves its groups to the tenant.
CREATE TRIGGER groups_count_update AFTER UPDATE OF connection_id ON groups
  FOR EACH ROW WHEN (OLD.connection_id IS DISTINCT FROM NEW.connection_id) EXECUTE FUNCTION count_groups();
CREATE TRIGGER groups_count_delete AFTER DELETE ON groups FOR EACH ROW EXECUTE FUNCTION count_groups();

INSERT INTO counter SELECT tenant_id, 'users', 0, count(*) FROM users WHERE deleted IS NULL GROUP BY tenant_id;
INSERT INTO counter SELECT connection_id, CASE WHEN hidden THEN 'hidden' ELSE 'links' END, 0, count(*)
  FROM identity WHERE connection_id IS NOT NULL GROUP BY connection_id, hidden;
INSERT INTO counter SELECT tenant_id, 'groups', 0, count(*) FROM groups GROUP BY tenant_id;
INSERT INTO counter SELECT coalesce(connection_id, tenant_id), 'owned groups', 0, count(*)
  FROM groups GROUP BY coalesce(connection_id, tenant_id);
