//! Verified domains (IR-10): a tenant proves that a domain is its own by a record in the DNS. In such a domain its word
//! about addresses counts, and sign-in finds the tenant by it. A domain is one tenant's only.

mod dns;
mod name;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

use crate::access::{Actor, DomainsRead, DomainsWrite, Permit};
use crate::context::Cx;
use crate::error::{Error, Reason, Result};
use crate::ids::TenantId;
use crate::journal::{self, Author, Change, Operation};
use crate::store::{Tx, domains as rows};

pub use crate::store::domains::Domain;
pub use dns::{Dns, NoAnswer, Resolver};

use super::Directory;
use super::tenants::operators_only;

/// How long a proof is good, in seconds.
const PROVEN: i64 = 7 * 24 * 3600;
/// Domains that are looked at in one go.
const AT_ONCE: i64 = 50;

/// Where the record is published.
pub fn record_name(domain: &Domain) -> String {
    format!("_rollcall-challenge.{}", domain.name)
}

/// What it must say.
pub fn record_value(domain: &Domain) -> String {
    format!("rollcall-domain-verification={}", domain.challenge)
}

/// The domains of a tenant, by name.
///
/// # Errors
/// [`Error::Denied`] when the permit holds in some org units only.
pub async fn list(directory: &Directory, permit: &Permit<DomainsRead>) -> Result<Vec<Domain>> {
    permit.whole()?;
    let tenant = permit.tenant();
    directory.store.read_one(move |tx| rows::list(tx, tenant)).await
}

/// Adds a domain, to be proven; `assert` says that it needs no proof, which only those may who own the platform.
///
/// # Errors
/// [`Error::Unprocessable`] for a name that is none, or everybody's; [`Error::Taken`] when the tenant has it already or it is
/// proven to be another's.
pub async fn add(
    directory: &Directory,
    permit: &Permit<DomainsWrite>,
    cx: &Cx,
    given: &str,
    assert: bool,
) -> Result<Domain> {
    permit.whole()?;
    let name = name::judge(given)?;
    if assert && !may_assert(permit.actor()) {
        return Err(Error::Denied("only an owner of the platform may say that a domain needs no proof".to_owned()));
    }
    let (kind, id) = permit.actor().journal_name();
    let new = Domain {
        tenant_id: permit.tenant(),
        name,
        challenge: URL_SAFE_NO_PAD.encode(directory.sources.random::<24>()?),
        created: cx.now,
        verified: assert.then_some(cx.now),
        checked: None,
        asserted_by: assert.then(|| format!("{kind}:{id}")),
    };
    let (actor, cx, made) = (permit.actor().clone(), cx.clone(), new.clone());
    let work = move |tx: &mut Tx<'_>| {
        if rows::owner(tx, &made.name)?.is_some_and(|owner| owner != made.tenant_id) {
            return Err(Error::Taken(format!("the domain {} is in use already", made.name)));
        }
        rows::insert(tx, &made)?;
        record(tx, (&actor, &cx), Operation::Create, None, Some(&made))
    };
    directory.store.write(work).await?;
    Ok(new)
}

fn may_assert(actor: &Actor) -> bool {
    match actor {
        Actor::System(_) => true,
        Actor::Person(person) => person.holdings.is_platform_owner(),
        Actor::Connection(_) | Actor::Application(_) => false,
    }
}

/// Looks for the record, and proves the domain by it.
///
/// # Errors
/// [`Error::Missing`] when the tenant has no such domain; [`Error::Conflict`] `unverified` when the record is not there;
/// [`Error::Taken`] when the domain was proven to be another's meanwhile; [`Error::Unavailable`] when the DNS does not
/// answer.
pub async fn verify(directory: &Directory, permit: &Permit<DomainsWrite>, cx: &Cx, given: &str) -> Result<Domain> {
    permit.whole()?;
    let (tenant, name) = (permit.tenant(), given.to_ascii_lowercase());
    let found = directory.store.read_one(move |tx| rows::find(tx, tenant, &name)).await?;
    let domain = found.ok_or(Error::Missing("domain"))?;
    match is_published(directory, &domain).await {
        Err(NoAnswer(why)) => Err(Error::unavailable(format!("the DNS does not answer for {}: {why}", domain.name))),
        Ok(false) => {
            let detail = format!("the record at {} is not there yet", record_name(&domain));
            Err(Error::Conflict(Reason::new("unverified", detail)))
        }
        Ok(true) => note(directory, permit.actor(), cx, &domain, true).await,
    }
}

async fn is_published(directory: &Directory, domain: &Domain) -> std::result::Result<bool, NoAnswer> {
    let texts = directory.resolver.texts(record_name(domain)).await?;
    let wanted = record_value(domain);
    Ok(texts.iter().any(|text| text.trim() == wanted))
}

/// Notes what was seen of a domain. The journal tells only of what so changed.
async fn note(directory: &Directory, actor: &Actor, cx: &Cx, seen: &Domain, published: bool) -> Result<Domain> {
    let (actor, cx, seen) = (actor.clone(), cx.clone(), seen.clone());
    let work = move |tx: &mut Tx<'_>| {
        // Another challenge is another domain of the same name, which nobody looked for.
        let before = rows::find(tx, seen.tenant_id, &seen.name)?.filter(|before| before.challenge == seen.challenge);
        let before = before.ok_or(Error::Missing("domain"))?;
        let verified = if published { before.verified.or(Some(cx.now)) } else { None };
        let asserted_by = before.asserted_by.clone().filter(|_| !published);
        let after = Domain { verified, checked: Some(cx.now), asserted_by, ..before.clone() };
        rows::update(tx, &after)?;
        if shown(&before) != shown(&after) {
            record(tx, (&actor, &cx), Operation::Update, Some(&before), Some(&after))?;
        }
        Ok(after)
    };
    directory.store.write(work).await
}

/// Takes a domain from a tenant.
///
/// # Errors
/// [`Error::Missing`] when the tenant has no such domain.
pub async fn remove(directory: &Directory, permit: &Permit<DomainsWrite>, cx: &Cx, given: &str) -> Result<()> {
    permit.whole()?;
    let (tenant, name) = (permit.tenant(), given.to_ascii_lowercase());
    let (actor, cx) = (permit.actor().clone(), cx.clone());
    let work = move |tx: &mut Tx<'_>| {
        let before = rows::find(tx, tenant, &name)?.ok_or(Error::Missing("domain"))?;
        rows::delete(tx, tenant, &name)?;
        record(tx, (&actor, &cx), Operation::Delete, Some(&before), None)
    };
    directory.store.write(work).await
}

/// Looks again for the records of domains whose proof is older than a week. A domain whose record is gone is not proven any
/// more; where the DNS does not answer, nothing changes. May be run by several processes at once.
///
/// # Errors
/// When the database cannot be asked.
pub async fn recheck(directory: &Directory, actor: &Actor, cx: &Cx) -> Result<()> {
    operators_only(actor)?;
    let end = cx.now.plus_seconds(-PROVEN);
    for domain in directory.store.read_one(move |tx| rows::unchecked(tx, end, AT_ONCE)).await? {
        match is_published(directory, &domain).await {
            Err(NoAnswer(why)) => {
                tracing::warn!(domain = domain.name, cause = why, "a domain is not looked at for now")
            }
            Ok(published) => match note(directory, actor, cx, &domain, published).await {
                Ok(_) | Err(Error::Missing(_)) => {}
                Err(error) => return Err(error),
            },
        }
    }
    Ok(())
}

/// The tenant whose domain it is proven to be.
///
/// # Errors
/// When the database cannot be asked.
pub fn owner(tx: &mut Tx<'_>, name: &str) -> Result<Option<TenantId>> {
    rows::owner(tx, &name.to_ascii_lowercase())
}

/// How it stands with a domain, in a word.
pub fn status(domain: &Domain) -> &'static str {
    if domain.verified.is_some() { "verified" } else { "pending" }
}

fn record(
    tx: &mut Tx<'_>,
    (actor, cx): (&Actor, &Cx),
    operation: Operation,
    before: Option<&Domain>,
    after: Option<&Domain>,
) -> Result<()> {
    let Some(domain) = after.or(before) else { return Ok(()) };
    let change = Change {
        resource_type: "Domain",
        resource_id: domain.name.clone(),
        operation,
        diff: journal::between(&before.map(shown).unwrap_or_default(), &after.map(shown).unwrap_or_default()),
        identity_source: None,
        reason: None,
    };
    journal::record(tx, Author { actor, cx, tenant: domain.tenant_id }, change)
}

fn shown(domain: &Domain) -> Map<String, Value> {
    let mut shown = Map::from_iter([
        ("domain".to_owned(), Value::from(domain.name.as_str())),
        ("status".to_owned(), Value::from(status(domain))),
    ]);
    shown.extend(domain.asserted_by.as_deref().map(|by| ("assertedBy".to_owned(), Value::from(by))));
    shown
}
