//! How owners come to be, and the way back in for them: by the machine and the data, never by a password that is known.

use crate::access::role::PLATFORM_OWNER;
use crate::access::{Actor, decide};
use crate::clock::{Instant, Sources};
use crate::context::Cx;
use crate::directory::accounts::readmit;
use crate::directory::grants::Reaching;
use crate::directory::operators::{add, open};
use crate::directory::passwords::{self, Chosen, Kind};
use crate::directory::tenants::{self, PLATFORM, Tenant, operators_only};
use crate::directory::users::{Beginning, FirstGrant};
use crate::directory::{Directory, factors, keys, places};
use crate::error::{Error, Result};
use crate::ids::{GrantId, UserId};
use crate::journal::Author;
use crate::password::Password as Typed;
use crate::secret::Secret;
use crate::store::accounts;
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
    let owner = all.into_iter().find(same).ok_or(Error::Missing("owner"))?;
    let (password, chosen, expires) = one_time(directory, cx).await?;
    let key = keys::guesses(directory).await?.bytes().to_vec();
    let (actor, cx, own) = (actor.clone(), cx.clone(), owner.clone());
    let work = move |tx: &mut Tx<'_>| {
        tx.lock(Lock::User(own.user))?;
        let account = accounts::find(tx, own.tenant, own.user)?.ok_or(Error::Missing("owner"))?;
        let author = Author { actor: &actor, cx: &cx, tenant: own.tenant };
        passwords::put(tx, author, &account, &chosen, Kind::Temporary(expires))?;
        factors::forget_in(tx, author, &account)?;
        readmit(tx, author, own.user, &key)?;
        super::tell(tx, author, "recovered", own.user)
    };
    directory.store.write(work).await?;
    Ok(NewOwner { id: owner.user, email: owner.email.unwrap_or_default(), password, expires })
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
    let id = GrantId::new(cx.now, directory.sources.random()?);
    let (role, scope) = (PLATFORM_OWNER.to_owned(), Reaching::Platform);
    let grant = Some(FirstGrant { id, role, scope, only_first_owner: only_first });
    let kind = Kind::Temporary(expires);
    let password_of = Some((chosen.clone(), kind));
    let beginning = Beginning { password: password_of, proven: true, grant, ..Beginning::default() };
    let user = match add(directory, actor, cx, &tenant, email, beginning).await {
        Ok(user) => user,
        // Another process was first, or the user is there and becomes an owner.
        Err(error @ Error::Taken(_)) => match user_of(directory, &tenant, email).await? {
            Some(user) => {
                let promotion =
                    Promotion { actor: actor.clone(), cx: cx.clone(), tenant, user, chosen, kind, grant: id };
                if !promotion.run(directory, email.to_owned(), only_first).await? {
                    return Ok(None);
                }
                user
            }
            None if only_first => return Ok(None),
            None => return Err(error),
        },
        Err(error) => return Err(error),
    };
    Ok(Some(NewOwner { id: user, email: email.to_owned(), password, expires }))
}

/// A user of the tenant `platform` who becomes an owner.
struct Promotion {
    actor: Actor,
    cx: Cx,
    tenant: Tenant,
    user: UserId,
    chosen: Chosen,
    kind: Kind,
    grant: GrantId,
}

impl Promotion {
    /// False when there is an owner and only the first one is wanted.
    async fn run(self, directory: &Directory, email: String, only_first: bool) -> Result<bool> {
        let work = move |tx: &mut Tx<'_>| {
            tx.lock(Lock::User(self.user))?;
            tx.lock(Lock::Owners)?;
            if only_first && !rows::list(tx)?.is_empty() {
                return Ok(false);
            }
            if rows::grant_of(tx, self.user)?.is_some() {
                return Err(Error::Taken(format!("{email} is an owner already: see `rollcall owner recover`")));
            }
            let author = Author { actor: &self.actor, cx: &self.cx, tenant: self.tenant.id };
            open(tx, author, self.user, &email, (&self.chosen, self.kind))?;
            super::install(tx, author, self.grant, self.user, only_first)?;
            Ok(true)
        };
        directory.store.write(work).await
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
