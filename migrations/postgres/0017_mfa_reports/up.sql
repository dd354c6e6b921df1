-- Lists of users by what they have go on where the page before ended: behind some marks and a number. Counts still read
-- this index alone.
DROP INDEX users_factors;
CREATE INDEX users_factors ON users (tenant_id, factors, seq, status, is_test, deleted) WHERE deleted IS NULL;

-- Who holds a role, by whatever way: the grants of it in a tenant, and which groups are in a group, however many users are.
CREATE INDEX role_grant_holders ON role_grant (tenant_id, role, subject_kind, subject_id);
CREATE INDEX group_member_nesting ON group_member (group_id, member_id) WHERE is_group;

-- Facts that are evidence of nothing stand in one index, by their age; with them here too, a purge walked through them all.
DROP INDEX suspicious_fact_suspicion;
CREATE INDEX suspicious_fact_suspicion ON suspicious_fact (suspicion_seq, seq) WHERE suspicion_seq IS NOT NULL;
-- What nobody saw to yet, over all tenants.
CREATE INDEX suspicion_unseen ON suspicion (seq) WHERE acknowledged IS NULL;
