//! The tables `suspicion` and `suspicious_fact`: what looks like an attack, and what happened that makes it look so. One
//! suspicion is open of each `what`, the kind with its subject; facts count for it by the same text. How many are too many,
//! and what follows, is decided above.

use diesel::prelude::*;
use sha2::{Digest as _, Sha256};

use super::conn::{MultiBackend, directly};
use super::schema::{suspicion, suspicious_fact, tenant, users};
use super::tx::{Lock, Tx};
use crate::clock::Instant;
use crate::error::Result;
use crate::ids::{SuspicionId, TenantId, UserId};

/// What looks like an attack.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = suspicion)]
pub struct Suspicion {
    /// Its position.
    pub seq: i64,
    /// Its id.
    pub id: SuspicionId,
    /// The tenant.
    pub tenant_id: TenantId,
    /// The user it is about; none of an attack on many.
    pub user_id: Option<UserId>,
    /// The word of its kind.
    pub kind: String,
    /// The kind, and whom or what it is about.
    pub what: String,
    /// The word of its severity.
    pub severity: String,
    /// What happened, in words.
    pub details: String,
    /// How often.
    pub amount: i64,
    /// When it was found.
    pub detected: Instant,
    /// When the first of it happened ...
    pub first_seen: Instant,
    /// ... and the last.
    pub last_seen: Instant,
    /// When somebody was last told of it, or of the one before it.
    pub alerted: Option<Instant>,
    /// When somebody said that it was seen to.
    pub acknowledged: Option<Instant>,
    /// Who: kind and id.
    pub acknowledged_by: Option<String>,
    /// What they said.
    pub note: Option<String>,
}

/// A suspicion to be added.
#[derive(Clone, Debug, Insertable)]
#[diesel(table_name = suspicion, treat_none_as_default_value = false)]
pub struct New {
    /// Its id.
    pub id: SuspicionId,
    /// The tenant.
    pub tenant_id: TenantId,
    /// The user it is about.
    pub user_id: Option<UserId>,
    /// The word of its kind.
    pub kind: String,
    /// The kind, and whom or what it is about.
    pub what: String,
    /// The word of its severity.
    pub severity: String,
    /// What happened, in words.
    pub details: String,
    /// How often.
    pub amount: i64,
    /// When it was found.
    pub detected: Instant,
    /// When the first of it happened ...
    pub first_seen: Instant,
    /// ... and the last.
    pub last_seen: Instant,
    /// When somebody was last told of the one before it.
    pub alerted: Option<Instant>,
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq, Insertable)]
#[diesel(table_name = suspicious_fact, treat_none_as_default_value = false)]
pub struct Fact {
    /// What it counts for.
    pub what: Option<String>,
    /// The user it happened to, as far as there is one.
    pub user_id: Option<UserId>,
    /// When.
    pub at: Instant,
    /// What it was, in a word or some.
    pub happened: String,
    /// From which address.
    pub address: Option<String>,
    /// By which client.
    pub user_agent: Option<String>,
    /// By what the next one must differ to count too.
    pub distinct_by: Option<String>,
}

/// A fact that is evidence.
#[derive(Clone, Debug, PartialEq, Eq, Queryable)]
pub struct Evidence {
    /// When it happened.
    pub at: Instant,
    /// What it was.
    pub happened: String,
    /// The user it happened to.
    pub user_id: Option<UserId>,
    /// From which address.
    pub address: Option<String>,
    /// By which client.
    pub user_agent: Option<String>,
}

/// Which suspicions are asked for; what is left out does not matter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Of this tenant.
    pub tenant: Option<TenantId>,
    /// Of this kind.
    pub kind: Option<&'static str>,
    /// Of this severity.
    pub severity: Option<&'static str>,
    /// About this user.
    pub user: Option<UserId>,
    /// Found not before this.
    pub from: Option<Instant>,
    /// Found before this.
    pub to: Option<Instant>,
    /// Those that somebody saw to, or those that nobody did.
    pub acknowledged: Option<bool>,
    /// Older than the one at this position.
    pub before: Option<i64>,
}

/// Waits until nobody else counts under that text, and keeps it so until the transaction ends.
///
/// # Errors
/// When the database cannot be asked.
pub fn lock(tx: &mut Tx<'_>, what: &str) -> Result<()> {
    let hash = Sha256::digest(what.as_bytes());
    let number = hash.iter().take(8).fold(0_i64, |number, byte| number << 8 | i64::from(*byte));
    tx.lock(Lock::Count(number))
}

/// Forgets the facts up to that time that are evidence of nothing.
///
/// # Errors
/// When the database cannot be asked.
pub fn forget_until(tx: &mut Tx<'_>, what: &str, end: Instant) -> Result<()> {
    let loose = suspicious_fact::what.eq(what).and(suspicious_fact::suspicion_seq.is_null());
    let old = suspicious_fact::table.filter(loose.and(suspicious_fact::at.le(end)));
    directly!(tx.conn, inner => diesel::delete(old).execute(inner))?;
    Ok(())
}

/// Whether one of the facts since that time is no other.
///
/// # Errors
/// When the database cannot be asked.
pub fn knows(tx: &mut Tx<'_>, what: &str, since: Instant, distinct_by: &str) -> Result<bool> {
    let same = suspicious_fact::what.eq(what).and(suspicious_fact::at.gt(since));
    let same = suspicious_fact::table.filter(same.and(suspicious_fact::distinct_by.eq(distinct_by)));
    let found = directly!(tx.conn, inner => same.select(suspicious_fact::seq).first::<i64>(inner));
    Ok(found.optional()?.is_some())
}

/// How many facts count since that time.
///
/// # Errors
/// When the database cannot be asked.
pub fn count(tx: &mut Tx<'_>, what: &str, since: Instant) -> Result<i64> {
    let recent = suspicious_fact::table.filter(suspicious_fact::what.eq(what).and(suspicious_fact::at.gt(since)));
    Ok(directly!(tx.conn, inner => recent.count().get_result(inner))?)
}

/// Adds a fact.
///
/// # Errors
/// When the database cannot be asked.
pub fn add(tx: &mut Tx<'_>, fact: &Fact) -> Result<()> {
    directly!(tx.conn, inner => diesel::insert_into(suspicious_fact::table).values(fact).execute(inner))?;
    Ok(())
}

/// Makes evidence of the facts that are none yet. How many they were.
///
/// # Errors
/// When the database cannot be asked.
pub fn attach(tx: &mut Tx<'_>, what: &str, seq: i64) -> Result<usize> {
    let loose = suspicious_fact::what.eq(what).and(suspicious_fact::suspicion_seq.is_null());
    let set = suspicious_fact::suspicion_seq.eq(Some(seq));
    Ok(diesel::update(suspicious_fact::table.filter(loose)).set(set).execute(tx.conn)?)
}

/// When the first of the facts happened that are evidence of nothing yet.
///
/// # Errors
/// When the database cannot be asked.
pub fn first_loose(tx: &mut Tx<'_>, what: &str) -> Result<Option<Instant>> {
    let loose = suspicious_fact::what.eq(what).and(suspicious_fact::suspicion_seq.is_null());
    let first = suspicious_fact::table.filter(loose).order(suspicious_fact::at).select(suspicious_fact::at);
    Ok(first.first(tx.conn).optional()?)
}

/// What happened until now counts no more; as evidence it stays.
///
/// # Errors
/// When the database cannot be asked.
pub fn release(tx: &mut Tx<'_>, what: &str) -> Result<()> {
    let counting = || suspicious_fact::table.filter(suspicious_fact::what.eq(what.to_owned()));
    diesel::delete(counting().filter(suspicious_fact::suspicion_seq.is_null())).execute(tx.conn)?;
    diesel::update(counting()).set(suspicious_fact::what.eq(None::<String>)).execute(tx.conn)?;
    Ok(())
}

/// The one that is open.
///
/// # Errors
/// When the database cannot be asked.
pub fn open(tx: &mut Tx<'_>, what: &str) -> Result<Option<Suspicion>> {
    let open = suspicion::table.filter(suspicion::what.eq(what).and(suspicion::acknowledged.is_null()));
    Ok(open.select(Suspicion::as_select()).first(tx.conn).optional()?)
}

/// The position of the last one, open or not, and when somebody was told of it.
///
/// # Errors
/// When the database cannot be asked.
pub fn last(tx: &mut Tx<'_>, what: &str) -> Result<Option<(i64, Option<Instant>)>> {
    let all = suspicion::table.filter(suspicion::what.eq(what)).order(suspicion::seq.desc());
    Ok(all.select((suspicion::seq, suspicion::alerted)).first(tx.conn).optional()?)
}

/// Adds a suspicion.
///
/// # Errors
/// When the database cannot be asked.
pub fn insert(tx: &mut Tx<'_>, new: &New) -> Result<()> {
    diesel::insert_into(suspicion::table).values(new).execute(tx.conn)?;
    Ok(())
}

/// Writes what changes of a suspicion that goes on.
///
/// # Errors
/// When the database cannot be asked.
pub fn update(tx: &mut Tx<'_>, changed: &Suspicion) -> Result<()> {
    diesel::update(suspicion::table.filter(suspicion::seq.eq(changed.seq)))
        .set((
            (suspicion::severity.eq(&changed.severity), suspicion::details.eq(&changed.details)),
            (suspicion::amount.eq(changed.amount), suspicion::last_seen.eq(changed.last_seen)),
            suspicion::alerted.eq(changed.alerted),
            (suspicion::acknowledged.eq(changed.acknowledged), suspicion::note.eq(&changed.note)),
            suspicion::acknowledged_by.eq(&changed.acknowledged_by),
        ))
        .execute(tx.conn)?;
    Ok(())
}

/// How many suspicions of a tenant somebody was told of since that time.
///
/// # Errors
/// When the database cannot be asked.
pub fn alerted_since(tx: &mut Tx<'_>, tenant: TenantId, since: Instant) -> Result<i64> {
    let told = suspicion::table.filter(suspicion::tenant_id.eq(tenant).and(suspicion::alerted.gt(since)));
    Ok(told.count().get_result(tx.conn)?)
}

/// A suspicion of a tenant.
///
/// # Errors
/// When the database cannot be asked.
pub fn find(tx: &mut Tx<'_>, tenant: TenantId, id: SuspicionId) -> Result<Option<Suspicion>> {
    let row = suspicion::table.filter(suspicion::id.eq(id).and(suspicion::tenant_id.eq(tenant)));
    Ok(row.select(Suspicion::as_select()).first(tx.conn).optional()?)
}

/// The evidence of a suspicion, the oldest first.
///
/// # Errors
/// When the database cannot be asked.
pub fn evidence(tx: &mut Tx<'_>, seq: i64) -> Result<Vec<Evidence>> {
    let facts = suspicious_fact::table.filter(suspicious_fact::suspicion_seq.eq(seq)).order(suspicious_fact::seq);
    let columns = (
        suspicious_fact::at,
        suspicious_fact::happened,
        suspicious_fact::user_id,
        suspicious_fact::address,
        suspicious_fact::user_agent,
    );
    Ok(facts.select(columns).load(tx.conn)?)
}

/// The user whom the evidence of a suspicion names last.
///
/// # Errors
/// When the database cannot be asked.
pub fn last_user(tx: &mut Tx<'_>, seq: i64) -> Result<Option<UserId>> {
    let facts = suspicious_fact::suspicion_seq.eq(seq).and(suspicious_fact::user_id.is_not_null());
    let facts = suspicious_fact::table.filter(facts).order(suspicious_fact::seq.desc());
    let found: Option<Option<UserId>> = facts.select(suspicious_fact::user_id).first(tx.conn).optional()?;
    Ok(found.flatten())
}

/// Up to `limit` suspicions, the newest first.
///
/// # Errors
/// When the database cannot be asked.
pub fn newest(tx: &mut Tx<'_>, wanted: &Wanted, limit: i64) -> Result<Vec<Suspicion>> {
    let mut query = suspicion::table.order(suspicion::seq.desc()).limit(limit).into_boxed::<MultiBackend>();
    if let Some(tenant) = wanted.tenant {
        query = query.filter(suspicion::tenant_id.eq(tenant));
    }
    if let Some(kind) = wanted.kind {
        query = query.filter(suspicion::kind.eq(kind));
    }
    if let Some(severity) = wanted.severity {
        query = query.filter(suspicion::severity.eq(severity));
    }
    if let Some(user) = wanted.user {
        query = query.filter(suspicion::user_id.eq(user));
    }
    if let Some(from) = wanted.from {
        query = query.filter(suspicion::detected.ge(from));
    }
    if let Some(to) = wanted.to {
        query = query.filter(suspicion::detected.lt(to));
    }
    query = match wanted.acknowledged {
        Some(true) => query.filter(suspicion::acknowledged.is_not_null()),
        Some(false) => query.filter(suspicion::acknowledged.is_null()),
        None => query,
    };
    if let Some(before) = wanted.before {
        query = query.filter(suspicion::seq.lt(before));
    }
    Ok(query.select(Suspicion::as_select()).load(tx.conn)?)
}

/// What users are called, deleted or not: id, e-mail, user name.
///
/// # Errors
/// When the database cannot be asked.
pub fn names(tx: &mut Tx<'_>, ids: &[UserId]) -> Result<Vec<(UserId, Option<String>, String)>> {
    let named = users::table.filter(users::id.eq_any(ids.to_vec()));
    Ok(named.select((users::id, users::email, users::user_name)).load(tx.conn)?)
}

/// A suspicion as it is told, with the names of today.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// The suspicion.
    pub suspicion: Suspicion,
    /// The e-mail and the name of the user it is about.
    pub user: Option<(Option<String>, String)>,
    /// The slug and the name of the tenant.
    pub tenant: (String, Option<String>),
}

/// A suspicion as it is told.
///
/// # Errors
/// When the database cannot be asked.
pub fn told(tx: &mut Tx<'_>, of: TenantId, id: SuspicionId) -> Result<Option<Told>> {
    let Some(suspicion) = find(tx, of, id)? else { return Ok(None) };
    let names = tenant::table.filter(tenant::id.eq(of)).select((tenant::slug, tenant::name));
    let Some(tenant) = names.first(tx.conn).optional()? else { return Ok(None) };
    let user = names_of(tx, suspicion.user_id)?;
    Ok(Some(Told { suspicion, user, tenant }))
}

fn names_of(tx: &mut Tx<'_>, user: Option<UserId>) -> Result<Option<(Option<String>, String)>> {
    let Some(user) = user else { return Ok(None) };
    Ok(names(tx, &[user])?.pop().map(|(_, email, user_name)| (email, user_name)))
}
