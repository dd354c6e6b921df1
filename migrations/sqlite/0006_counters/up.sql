-- How many rows there are, kept by the write that adds or removes them: lists tell a total without counting.
-- An owner is a tenant (users, groups), a connection (links, hidden) or either of them (owned groups, of which a tenant
-- owns the local ones). The sum over the shards counts; SQLite, whose one writer waits for nobody, uses one.
CREATE TABLE counter (
  owner_id BLOB NOT NULL,
  kind TEXT NOT NULL,
  shard INTEGER NOT NULL,
  amount BIGINT NOT NULL,
  PRIMARY KEY (owner_id, kind, shard)
) WITHOUT ROWID;

CREATE TRIGGER users_count_insert AFTER INSERT ON users WHEN NEW.deleted IS NULL BEGIN
  INSERT INTO counter VALUES (NEW.tenant_id, 'users', 0, 1)
    ON CONFLICT (owner_id, kind, shard) DO UPDATE SET amount = amount + 1;
END;
CREATE TRIGGER users_count_update AFTER UPDATE OF deleted ON users
WHEN (OLD.deleted IS NULL) <> (NEW.deleted IS NULL) BEGIN
  INSERT INTO counter VALUES (NEW.tenant_id, 'users', 0, (NEW.deleted IS NULL) - (OLD.deleted IS NULL))
    ON CONFLICT (owner_id, kind, shard) DO UPDATE SET amount = amount + excluded.amount;
END;
CREATE TRIGGER users_count_delete AFTER DELETE ON users WHEN OLD.deleted IS NULL BEGIN
  INSERT INTO counter VALUES (OLD.tenant_id, 'users', 0, -1)
    ON CONFLICT (owner_id, kind, shard) DO UPDATE SET amount = amount - 1;
END;

CREATE TRIGGER identity_count_insert AFTER INSERT ON identity WHEN NEW.connection_id IS NOT NULL BEGIN
  INSERT INTO counter VALUES (NEW.connection_id, CASE WHEN NEW.hidden THEN 'hidden' ELSE 'links' END, 0, 1)
    ON CONFLICT (owner_id, kind, shard) DO UPDATE SET amount = amount + 1;
END;
CREATE TRIGGER identity_count_update AFTER UPDATE OF hidden ON identity
WHEN OLD.hidden <> NEW.hidden AND NEW.connection_id IS NOT NULL BEGIN
  INSERT INTO counter VALUES (NEW.connection_id, CASE WHEN OLD.hidden THEN 'hidden' ELSE 'links' END, 0, -1)
    ON CONFLICT (owner_id, kind, shard) DO UPDATE SET amount = amount - 1;
  INSERT INTO counter VALUES (NEW.connection_id, CASE WHEN NEW.hidden THEN 'hidden' ELSE 'links' END, 0, 1)
    ON CONFLICT (owner_id, kind, shard) DO UPDATE SET amount = amount + 1;
END;
CREATE TRIGGER identity_count_delete AFTER DELETE ON identity WHEN OLD.connection_id IS NOT NULL BEGIN
  INSERT INTO counter VALUES (OLD.connection_id, CASE WHEN OLD.hidden THEN 'hidden' ELSE 'links' END, 0, -1)
    ON CONFLICT (owner_id, kind, shard) DO UPDATE SET amount = amount - 1;
END;

CREATE TRIGGER groups_count_insert AFTER INSERT ON groups BEGIN
  INSERT INTO counter VALUES (NEW.tenant_id, 'groups', 0, 1)
    ON CONFLICT (owner_id, kind, shard) DO UPDATE SET amount = amount + 1;
  INSERT INTO counter VALUES (coalesce(NEW.connection_id, NEW.tenant_id), 'owned groups', 0, 1)
    ON CONFLICT (owner_id, kind, shard) DO UPDATE SET amount = amount + 1;
END;
-- A connection that is deleted leaves its groups to the tenant.
CREATE TRIGGER groups_count_update AFTER UPDATE OF connection_id ON groups
WHEN OLD.connection_id IS NOT NEW.connection_id BEGIN
  INSERT INTO counter VALUES (coalesce(OLD.connection_id, OLD.tenant_id), 'owned groups', 0, -1)
    ON CONFLICT (owner_id, kind, shard) DO UPDATE SET amount = amount - 1;
  INSERT INTO counter VALUES (coalesce(NEW.connection_id, NEW.tenant_id), 'owned groups', 0, 1)
    ON CONFLICT (owner_id, kind, shard) DO UPDATE SET amount = amount + 1;
END;
CREATE TRIGGER groups_count_delete AFTER DELETE ON groups BEGIN
  INSERT INTO counter VALUES (OLD.tenant_id, 'groups', 0, -1)
    ON CONFLICT (owner_id, kind, shard) DO UPDATE SET amount = amount - 1;
  INSERT INTO counter VALUES (coalesce(OLD.connection_id, OLD.tenant_id), 'owned groups', 0, -1)
    ON CONFLICT (owner_id, kind, shard) DO UPDATE SET amount = amount - 1;
END;

INSERT INTO counter SELECT tenant_id, 'users', 0, count(*) FROM users WHERE deleted IS NULL GROUP BY tenant_id;
INSERT INTO counter SELECT connection_id, CASE WHEN hidden THEN 'hidden' ELSE 'links' END AS kind, 0, count(*)
  FROM identity WHERE connection_id IS NOT NULL GROUP BY connection_id, hidden;
INSERT INTO counter SELECT tenant_id, 'groups', 0, count(*) FROM groups GROUP BY tenant_id;
INSERT INTO counter SELECT coalesce(connection_id, tenant_id), 'owned groups', 0, count(*)
  FROM groups GROUP BY coalesce(connection_id, tenant_id);
