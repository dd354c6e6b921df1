//! Who is told that a request waits for somebody's approval: those who could give it, those whose role reaches least far first,
//! so that the owners of the platform hear of it where nobody nearer is there. Telling changes nothing of who may.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use serde_json::json;

use crate::access::role::BUILT_IN;
use crate::access::{Permission, Tier};
use crate::directory::factors::notices;
use crate::directory::grants::{self, Grant, holdings};
use crate::error::Result;
use crate::ids::{TenantId, UserId};
use crate::notify::{Purpose as Letter, outbox};
use crate::store::mfa_resets::{MfaReset as Request, Status};
use crate::store::one_time_links::RESET;
use crate::store::{Tx, accounts, grants as grant_rows, mfa_standing, roles};

use super::Asker;
use super::decide::is_able;

/// Administrators who are told of a request, at the most.
const MOST: usize = 20;
/// Grants, and then users, that are looked at to find them.
const MOST_GRANTS: i64 = 500;
const MOST_USERS: usize = 200;

/// Tells those who may approve a request that waits for it, when it does; neither whoever asked nor the user.
pub(super) fn tell(tx: &mut Tx<'_>, asker: Asker<'_>, request: &Request) -> Result<()> {
    let now = asker.author.cx.now;
    if request.status(now) != Status::Pending {
        return Ok(());
    }
    for (user, tenant) in find(tx, asker, request)? {
        let (purpose, payload) = (Letter::ApprovalWanted, json!({ RESET: request.id.to_string() }));
        outbox::put(tx, &outbox::Message { tenant, user, purpose, payload, due: now })?;
    }
    Ok(())
}

fn find(tx: &mut Tx<'_>, asker: Asker<'_>, request: &Request) -> Result<Vec<(UserId, TenantId)>> {
    let (mut found, mut seen) = (Vec::new(), BTreeSet::from([request.user_id, request.requested_by]));
    for grant in granted(tx, asker, request)? {
        for user in mfa_standing::holders(tx, &grant.subject_kind, grant.subject_id)? {
            if found.len() >= MOST || seen.len() >= MOST_USERS {
                return Ok(found);
            }
            let candidate = (user, grant.tenant_id);
            if seen.insert(user)
                && is_reached(tx, candidate)?
                && is_able(tx, asker.place, request, candidate, asker.author.cx)?
            {
                found.push(candidate);
            }
        }
    }
    Ok(found)
}

/// The grants that let somebody reset the user's factors: those first that let them approve it for all that the user may, then
/// those that reach least far.
fn granted(tx: &mut Tx<'_>, asker: Asker<'_>, request: &Request) -> Result<Vec<Grant>> {
    let (place, now) = (asker.place, asker.author.cx.now);
    let roles = resetting(tx, place.tenant)?;
    let about = (place.tenant, place.partner, request.user_id);
    let users = grants::of_user(tx, place.tenant, request.user_id)?;
    let mut all = Vec::new();
    for grant in grant_rows::reaching(tx, about, &roles, now, MOST_GRANTS)? {
        let enough = grants::of_grants(tx, grant.tenant_id, vec![grant.clone()])?.covers(&users);
        all.push((!enough, Reverse(Tier::of(&grant.scope_kind)), grant));
    }
    all.sort_by_key(|(short, far, _)| (*short, *far));
    Ok(all.into_iter().map(|(.., grant)| grant).collect())
}

/// The keys of the roles that let somebody reset factors: built-in ones, and those of the tenant.
fn resetting(tx: &mut Tx<'_>, tenant: TenantId) -> Result<Vec<String>> {
    let own = roles::list(tx, tenant)?;
    let keys = BUILT_IN.iter().map(|role| role.key.to_owned()).chain(own.iter().map(|role| role.key.clone()));
    Ok(keys.filter(|key| holdings::permissions(&own, key).contains(Permission::MfaReset)).collect())
}

fn is_reached(tx: &mut Tx<'_>, (user, tenant): (UserId, TenantId)) -> Result<bool> {
    Ok(accounts::find(tx, tenant, user)?.is_some_and(|account| notices::is_reached(&account)))
}
