//! Grants made and taken back. Every door that grants a role comes through [`give`], and every one that takes a role back
//! through [`take`]; what they refuse is refused everywhere.

use serde_json::{Map, Value, json};

use crate::access::role::{self, PLATFORM_OWNER};
use crate::access::{GrantsWrite, Held, Holdings, Permission, PermissionSet, Permit, Scope, Tier};
use crate::clock::Instant;
use crate::context::Cx;
use crate::directory::{Directory, owners};
use crate::error::{Error, Result};
use crate::ids::{GrantId, PartnerId, SubjectId, TenantId, UnitId, UserId};
use crate::journal::{self, Author, Change, Diff, Operation};
use crate::store::grants::{self as rows, Grant};
use crate::store::{Tx, roles};

use super::{Subject, changed, holdings, in_reach, may_give, touch};

/// How far a grant is to reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reaching {
    /// Over the installation.
    Platform,
    /// Over the tenants of a partner.
    Partner(PartnerId),
    /// Over a tenant.
    Tenant(TenantId),
    /// Over an org unit and those below it.
    Unit(UnitId),
}

impl Reaching {
    /// The kind and the id that a row has for it.
    pub fn parts(self) -> (Tier, SubjectId) {
        match self {
            Self::Platform => (Tier::Platform, uuid::Uuid::nil().into()),
            Self::Partner(id) => (Tier::Partner, id.uuid().into()),
            Self::Tenant(id) => (Tier::Tenant, id.uuid().into()),
            Self::Unit(id) => (Tier::Unit, id.uuid().into()),
        }
    }

    fn missing(self) -> Error {
        Error::Missing(match self {
            Self::Platform => "platform",
            Self::Partner(_) => "partner",
            Self::Tenant(_) => "tenant",
            Self::Unit(_) => "org unit",
        })
    }
}

/// What is to be granted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// To whom: a user, a group or a unit of the tenant in which it is granted.
    pub subject: Subject,
    /// The key of a built-in role, or of one that this tenant made.
    pub role: String,
    /// How far.
    pub scope: Reaching,
    /// Until when; `None` is without end.
    pub expires: Option<Instant>,
    /// Where it comes from: `direct`, `bootstrap`, `mapping` ...
    pub origin: &'static str,
}

/// Grants a role.
///
/// # Errors
/// [`Error::Missing`] for a subject or scope that the actor may not know of; [`Error::Unprocessable`] for a role or an end
/// that cannot be; [`Error::Forbidden`] for more than the actor holds; [`Error::Taken`] for what is granted already.
pub async fn grant(directory: &Directory, permit: &Permit<GrantsWrite>, cx: &Cx, draft: Draft) -> Result<Grant> {
    let id = GrantId::new(cx.now, directory.sources.random()?);
    let (permit, cx) = (permit.clone(), cx.clone());
    directory
        .store
        .write(move |tx| {
            match draft.subject {
                Subject::User(user) => {
                    in_reach(tx, &permit, user)?;
                    touch(tx, &permit, permit.tenant(), user)?;
                }
                Subject::Group(_) | Subject::Unit(_) => permit.whole()?,
            }
            give(tx, Author { actor: permit.actor(), cx: &cx, tenant: permit.tenant() }, id, &draft)
        })
        .await
}

/// Grants a role to a subject of the author's tenant, in a transaction that is open. Whether the author may grant anything
/// there is asked before.
///
/// # Errors
/// As [`grant`].
pub(in crate::directory) fn give(tx: &mut Tx<'_>, author: Author<'_>, id: GrantId, draft: &Draft) -> Result<Grant> {
    let new = row(author, id, draft);
    draft.subject.keep(tx)?;
    rows::subject_name(tx, author.tenant, &new.subject_kind, new.subject_id)?.ok_or_else(|| draft.subject.missing())?;
    let scope = reachable(tx, author, draft.scope, &new)?;
    let permissions = judge(tx, author, draft, &scope)?;
    let held = Held { role: draft.role.as_str().into(), permissions, scope, expires: draft.expires };
    may_give(tx, author.actor, &Holdings::new(vec![held]))?;
    add(tx, author, draft.subject, &new)?;
    if let (PLATFORM_OWNER, Subject::User(user)) = (draft.role.as_str(), draft.subject) {
        owners::tell(tx, author, "made", user)?;
    }
    Ok(new)
}

/// Grants what the installation itself grants, whom there is nobody to ask for: to its first owner.
///
/// # Errors
/// [`Error::Taken`] for what is granted already.
pub(in crate::directory) fn install(tx: &mut Tx<'_>, author: Author<'_>, id: GrantId, draft: &Draft) -> Result<()> {
    add(tx, author, draft.subject, &row(author, id, draft))
}

fn row(author: Author<'_>, id: GrantId, draft: &Draft) -> Grant {
    let ((kind, subject_id), (tier, scope_id)) = (draft.subject.parts(), draft.scope.parts());
    let (by_kind, by_id) = author.actor.journal_name();
    Grant {
        id,
        tenant_id: author.tenant,
        subject_kind: kind.to_owned(),
        subject_id,
        role: draft.role.clone(),
        scope_kind: tier.as_str().to_owned(),
        scope_id,
        origin: draft.origin.to_owned(),
        created: author.cx.now,
        created_by: format!("{by_kind}:{by_id}"),
        expires: draft.expires,
    }
}

/// Writes a grant that nothing speaks against. One that has ended gives way to a new one.
fn add(tx: &mut Tx<'_>, author: Author<'_>, subject: Subject, new: &Grant) -> Result<()> {
    if let Some(old) = rows::same(tx, new)?
        && old.expires.is_some_and(|expires| expires <= author.cx.now)
        && rows::delete(tx, old.id)?
    {
        record(tx, author, Operation::Delete, &old)?;
    }
    rows::insert(tx, new)?;
    changed(tx, new.tenant_id, subject)?;
    record(tx, author, Operation::Create, new)
}

/// The scope itself, if the actor may grant anything over it. A scope that the actor may not know of is missing.
fn reachable(tx: &mut Tx<'_>, author: Author<'_>, wanted: Reaching, new: &Grant) -> Result<Scope> {
    let exists = match wanted {
        Reaching::Partner(partner) => rows::partner_exists(tx, partner)?,
        Reaching::Platform | Reaching::Tenant(_) | Reaching::Unit(_) => true,
    };
    let scope = holdings::scope(tx, new)?.filter(|_| exists).ok_or_else(|| wanted.missing())?;
    let Some(person) = author.actor.person() else { return Ok(scope) };
    if person.holdings.holds_over(Permission::GrantsWrite, &scope) {
        return Ok(scope);
    }
    let known = scope == Scope::Platform || scope.tenant() == Some(author.tenant);
    let refused = || Error::forbidden("upward_grant", "you may not grant roles that reach this far");
    Err(if known { refused() } else { wanted.missing() })
}

/// What the role allows, if it can be granted so.
fn judge(tx: &mut Tx<'_>, author: Author<'_>, draft: &Draft, scope: &Scope) -> Result<PermissionSet> {
    if draft.expires.is_some_and(|expires| expires <= author.cx.now) {
        return Err(Error::fault(["body", "expires_at"], "value_error", "must lie in the future"));
    }
    let Some(built_in) = role::built_in(&draft.role) else {
        let own = roles::list(tx, author.tenant)?;
        if !own.iter().any(|role| role.key == draft.role) {
            return Err(Error::fault(["body", "role"], "value_error", "names no role of this tenant"));
        }
        if scope.tenant() != Some(author.tenant) {
            return Err(misplaced("a role of a tenant reaches that tenant, or an org unit of it"));
        }
        return Ok(holdings::permissions(&own, &draft.role));
    };
    if built_in.tier.is_some_and(|tier| tier != scope.tier()) {
        return Err(misplaced(format!("this role is granted over a scope of type {}", tier_of(built_in))));
    }
    if draft.role == PLATFORM_OWNER {
        owners::judge(tx, author, draft)?;
    }
    Ok(built_in.permissions())
}

fn tier_of(built_in: &role::BuiltIn) -> &'static str {
    built_in.tier.map_or("any", Tier::as_str)
}

fn misplaced(why: impl Into<String>) -> Error {
    Error::fault(["body", "scope"], "value_error", why)
}

/// Takes a grant back.
///
/// # Errors
/// [`Error::Missing`] when there is none in reach; [`Error::Forbidden`] for one that gives, or to a user that has, more
/// than the actor holds; [`Error::Conflict`] for the last owner of the platform, and for oneself as its owner.
pub async fn revoke(directory: &Directory, permit: &Permit<GrantsWrite>, cx: &Cx, id: GrantId) -> Result<()> {
    let (permit, cx) = (permit.clone(), cx.clone());
    directory
        .store
        .write(move |tx| {
            let grant = rows::find(tx, permit.tenant(), id)?.ok_or(Error::Missing("grant"))?;
            match Subject::of(&grant) {
                Subject::User(user) => {
                    if grant.tenant_id == permit.tenant() {
                        in_reach(tx, &permit, user).map_err(|_| Error::Missing("grant"))?;
                    }
                    touch(tx, &permit, grant.tenant_id, user)?;
                }
                Subject::Group(_) | Subject::Unit(_) => permit.whole()?,
            }
            take(tx, Author { actor: permit.actor(), cx: &cx, tenant: grant.tenant_id }, &grant)
        })
        .await
}

/// Takes a grant back from a subject of the author's tenant, in a transaction that is open.
///
/// # Errors
/// As [`revoke`].
pub(in crate::directory) fn take(tx: &mut Tx<'_>, author: Author<'_>, grant: &Grant) -> Result<()> {
    let gives = holdings::of_grants(tx, grant.tenant_id, vec![grant.clone()])?;
    may_give(tx, author.actor, &gives)?;
    let subject = Subject::of(grant);
    let owner = grant.role == PLATFORM_OWNER;
    let own = |user: UserId| author.actor.person().is_some_and(|person| person.user == user);
    if owner && matches!(subject, Subject::User(user) if own(user)) {
        return Err(Error::conflict("self_demotion", "you cannot demote yourself: ask another owner"));
    }
    rows::delete(tx, grant.id)?;
    changed(tx, grant.tenant_id, subject)?;
    record(tx, author, Operation::Delete, grant)?;
    if !owner {
        return Ok(());
    }
    if let Subject::User(user) = subject {
        owners::tell(tx, author, "demoted", user)?;
    }
    owners::keep_one(tx)
}

/// Records a grant that is made or goes.
pub(super) fn record(tx: &mut Tx<'_>, author: Author<'_>, operation: Operation, grant: &Grant) -> Result<()> {
    let (before, after) = match operation {
        Operation::Delete => (document(grant), Map::new()),
        _ => (Map::new(), document(grant)),
    };
    let diff: Diff = journal::between(&before, &after);
    let resource_id = grant.id.to_string();
    let change = Change { resource_type: "Grant", resource_id, operation, diff, identity_source: None, reason: None };
    journal::record(tx, author, change)
}

fn document(grant: &Grant) -> Map<String, Value> {
    let document = json!({
        "subjectType": grant.subject_kind,
        "subject": grant.subject_id.to_string(),
        "role": grant.role,
        "scopeType": grant.scope_kind,
        "scope": grant.scope_id.to_string(),
        "origin": grant.origin,
        "expires": grant.expires.map(|expires| expires.to_string()),
    });
    document.as_object().cloned().unwrap_or_default()
}
