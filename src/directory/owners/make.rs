//! How owners come to be, and the way back in for them: by the machine and the data, never by a password that is known.

use std::sync::Arc;

use crate::access::{Actor, decide};
use crate::clock::{Instant, Sources};
use crate::context::Cx;
use crate::directory::operators::{add, open};
use crate::directory::passwords::{self, Chosen, Kind};
use crate::directory::tenants::{self, PLATFORM, Tenant, operators_only};
use crate::directory::{Directory, places};
use crate::error::{Error, Result};
use crate::ids::{GrantId, UserId};
use crate::journal::Author;
use crate::notify::{Purpose, outbox};
use crate::password::Password as Typed;
use crate::secret::Secret;
use crate::store::accounts::{self, Account, Standing};
use crate::store::owners::{self as rows, Owner};
use crate::store::{Lock, Tx, credentials};

/// How long a one-time password lives, in seconds.
const LIVES: i64 = 24 * 3600;
/// What one-time passwords are written with: what nobody takes for another.
const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
/// Letters of a one-time password; 120 bits.
const LENGTH: usize = 24;

/// An owner's one-time password, at the one moment when it is known. It works once, and another one must be chosen then.
#[derive(Clone, Debug)]
pub struct NewOwner {
    /// The user.
    pub id: UserId,
    /// The e-mail to sign in with.
    pub email: String,
    /// The password.
    pub password: Secret,
    /// When it ends.
    pub expires: Instant,
}

/// Makes the first owner when there is none; `None` otherwise.
///
/// # Errors
/// When the database cannot be asked.
pub async fn ensure(directory: &Directory, actor: &Actor, cx: &Cx, email: &str) -> Result<Option<NewOwner>> {
    if !directory.store.read_one(rows::list).await?.is_empty() {
        return Ok(None);
    }
    make(directory, actor, cx, email, true).await
}

/// Makes an owner.
///
/// # Errors
/// [`Error::Taken`] when that e-mail is an owner's already.
pub async fn create(directory: &Directory, actor: &Actor, cx: &Cx, email: &str) -> Result<NewOwner> {
    make(directory, actor, cx, email, false).await?.ok_or_else(|| Error::internal("the owner came and went"))
}

/// Lets an owner in again: another one-time password, nothing that holds the account back, every session ended. The other
/// owners are told.
///
/// # Errors
/// [`Error::Missing`] when no owner has that e-mail.
pub async fn recover(directory: &Directory, actor: &Actor, cx: &Cx, email: &str) -> Result<NewOwner> {
    operators_only(actor)?;
    let all = directory.store.read_one(rows::list).await?;
    let same = |owner: &Owner| owner.email.as_ref().is_some_and(|own| own.to_lowercase() == email.to_lowercase());
    let (found, others): (Vec<Owner>, Vec<Owner>) = all.into_iter().partition(same);
    let owner = found.into_iter().next().ok_or(Error::Missing("owner"))?;
    let (password, chosen, expires) = one_time(directory, cx).await?;
    let (actor, cx, own) = (actor.clone(), cx.clone(), owner.clone());
    let work = move |tx: &mut Tx<'_>| {
        tx.lock(Lock::User(own.user))?;
        let own = accounts::find(tx, own.tenant, own.user)?.ok_or(Error::Missing("owner"))?;
        let author = Author { actor: &actor, cx: &cx, tenant: own.tenant_id };
        passwords::put(tx, author, &own, &chosen, Kind::Temporary(expires))?;
        accounts::delete_restriction(tx, own.id)?;
        accounts::set_standing(tx, own.id, &active(&own))?;
        others.iter().try_for_each(|other| tell(tx, other, "recovered", &own, cx.now))
    };
    directory.store.write(work).await?;
    Ok(NewOwner { id: owner.user, email: owner.email.unwrap_or_default(), password, expires })
}

fn active(account: &Account) -> Standing {
    Standing {
        status: "ACTIVE".to_owned(),
        status_until: None,
        status_after: None,
        activation: "done".to_owned(),
        source_active: true,
        active: account.active.map(|_| true),
    }
}

fn tell(tx: &mut Tx<'_>, to: &Owner, what: &str, owner: &Account, now: Instant) -> Result<()> {
    let payload = serde_json::json!({ "what": what, "owner": owner.email });
    let purpose = Purpose::OwnerChanged;
    outbox::put(tx, &outbox::Message { tenant: to.tenant, user: to.user, purpose, payload, due: now })
}

/// What the transaction writes that makes an owner.
struct New {
    actor: Actor,
    cx: Cx,
    tenant: Tenant,
    user: UserId,
    email: String,
    chosen: Chosen,
    expires: Instant,
    grant: GrantId,
    only_first: bool,
}

async fn make(
    directory: &Directory,
    actor: &Actor,
    cx: &Cx,
    email: &str,
    only_first: bool,
) -> Result<Option<NewOwner>> {
    operators_only(actor)?;
    let (password, chosen, expires) = one_time(directory, cx).await?;
    let tenant = platform(directory, actor, cx).await?;
    let user = match add(directory, actor, cx, &tenant, email).await {
        Ok(user) => user,
        // Another process was first, or the user is there and becomes an owner; who owns already is refused below.
        Err(error @ Error::Taken(_)) => user_of(directory, &tenant, email).await?.ok_or(error)?,
        Err(error) => return Err(error),
    };
    let grant = GrantId::new(cx.now, directory.sources.random()?);
    let (actor, cx, email) = (actor.clone(), cx.clone(), email.to_owned());
    let new = Arc::new(New { actor, cx, tenant, user, email, chosen, expires, grant, only_first });
    let work = Arc::clone(&new);
    let made = directory.store.write(move |tx| work.write(tx)).await?;
    Ok(made.then(|| NewOwner { id: user, email: new.email.clone(), password, expires }))
}

impl New {
    fn write(&self, tx: &mut Tx<'_>) -> Result<bool> {
        tx.lock(Lock::Owners)?;
        if self.only_first && !rows::list(tx)?.is_empty() {
            return Ok(false);
        }
        if rows::grant_of(tx, self.user)?.is_some() {
            return Err(Error::Taken(format!("{} is an owner already: see `rollcall owner recover`", self.email)));
        }
        let author = Author { actor: &self.actor, cx: &self.cx, tenant: self.tenant.id };
        open(tx, author, self.user, &self.email, (&self.chosen, Kind::Temporary(self.expires)))?;
        let others = rows::list(tx)?;
        super::install(tx, author, self.grant, self.user)?;
        let own = accounts::find(tx, self.tenant.id, self.user)?.ok_or(Error::Missing("owner"))?;
        others.iter().try_for_each(|other| tell(tx, other, "made", &own, self.cx.now))?;
        Ok(true)
    }
}

/// The tenant in which owners live, made when it is not there.
async fn platform(directory: &Directory, actor: &Actor, cx: &Cx) -> Result<Tenant> {
    match places::find(directory, PLATFORM).await {
        Err(Error::Missing(_)) => {}
        found => return tenants::find(directory, &decide(actor, &found?)?).await,
    }
    let tenant = tenants::new(directory, cx, PLATFORM)?;
    let (own, cx, new) = (actor.clone(), cx.clone(), tenant.clone());
    match directory.store.write(move |tx| tenants::add(tx, &own, &cx, &new)).await {
        Ok(()) => Ok(tenant),
        Err(Error::Taken(_)) => {
            let place = places::find(directory, PLATFORM).await?;
            tenants::find(directory, &decide(actor, &place)?).await
        }
        Err(error) => Err(error),
    }
}

async fn user_of(directory: &Directory, of: &Tenant, email: &str) -> Result<Option<UserId>> {
    let (tenant, email) = (of.id, email.to_owned());
    let found = directory.store.read_few(move |tx| credentials::login(tx, tenant, &email)).await?;
    Ok(found.map(|(account, _)| account.id))
}

async fn one_time(directory: &Directory, cx: &Cx) -> Result<(Secret, Chosen, Instant)> {
    let password = letters(&directory.sources)?;
    let typed = Typed::new(password.reveal()).map_err(Error::internal)?;
    Ok((password, passwords::made(directory, typed).await?, cx.now.plus_seconds(LIVES)))
}

/// A password in groups that can be read out.
fn letters(sources: &Sources) -> Result<Secret> {
    let random: [u8; LENGTH] = sources.random()?;
    let letter = |byte: &u8| LETTERS.get(usize::from(byte % 32)).copied().map_or('a', char::from);
    let groups: Vec<String> = random.chunks(6).map(|group| group.iter().map(letter).collect()).collect();
    Ok(Secret::new(groups.join("-")))
}
