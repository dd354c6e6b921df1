-- On the other engine these are longer than trigrams.
ALTER TABLE search_common RENAME COLUMN trigram TO gram;

-- The audit of a tenant, and of all it may be asked by: newest first.
CREATE INDEX journal_order ON journal (tenant_id, seq);
-- Users by role.
CREATE INDEX role_grant_role ON role_grant (role, subject_kind, subject_id);
-- Users by status: those whose status has an end, beside `users_status`.
CREATE INDEX users_status_until ON users (tenant_id, status_until) WHERE deleted IS NULL AND status_until IS NOT NULL;
