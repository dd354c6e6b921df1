DROP INDEX suspicion_unseen;
DROP INDEX suspicious_fact_suspicion;
CREATE INDEX suspicious_fact_suspicion ON suspicious_fact (suspicion_seq, seq);
DROP INDEX group_member_nesting;
DROP INDEX role_grant_holders;
DROP INDEX users_factors;
CREATE INDEX users_factors ON users (tenant_id, factors, status, is_test, deleted) WHERE deleted IS NULL;
