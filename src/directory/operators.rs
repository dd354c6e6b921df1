//! What operators of the installation do to single users, by the machine and the data alone: make one with a password and a
//! role, and let them in again. Every effect is journaled under the operator's name.

use serde_json::{Value, json};

use crate::access::{Actor, Permit, Tier, UsersStatus, UsersUnlock, UsersWrite, decide, role};
use crate::context::Cx;
use crate::directory::accounts::Email;
use crate::directory::grants::{self, Reaching};
use crate::directory::passwords::{self, Chosen, Kind};
use crate::directory::tenants::{Tenant, operators_only};
use crate::directory::users::{self, Beginning, Draft};
use crate::directory::{Directory, owners, places};
use crate::error::{Error, Result};
use crate::ids::{GrantId, TenantId, UserId};
use crate::journal::Author;
use crate::password::Password as Typed;
use crate::store::accounts::{self, Account, Address, Restriction, Standing};
use crate::store::login_ids::{self, Kind as LoginKind, Login};
use crate::store::{Lock, Tx, credentials, roles as role_rows, sessions};

/// A user to be made.
#[derive(Clone, Debug)]
pub struct NewUser {
    /// The e-mail, which is the user name too, and counts as proven.
    pub email: String,
    /// The key of a role.
    pub role: String,
    /// The password, which must please the tenant's policy.
    pub password: Typed,
}

/// Makes a user of a tenant who can sign in at once.
///
/// # Errors
/// [`Error::Taken`] when the e-mail is in use; [`Error::Missing`] for a role that is not there;
/// [`Error::Unprocessable`] for a password that is not good enough.
pub async fn create(directory: &Directory, actor: &Actor, cx: &Cx, of: &Tenant, new: NewUser) -> Result<Account> {
    operators_only(actor)?;
    let NewUser { email, role, password } = new;
    let scope = scope_of(directory, of, &role).await?;
    let known = vec![email.clone()];
    let chosen = passwords::choose_for(directory, (of.id, None), known, password, &["body", "password"]).await?;
    let user = add(directory, actor, cx, of, &email).await?;
    let id = GrantId::new(cx.now, directory.sources.random()?);
    let draft = grants::Draft { subject: grants::Subject::User(user), role, scope, expires: None, origin: "direct" };
    let (actor, cx, of) = (actor.clone(), cx.clone(), of.clone());
    let work = move |tx: &mut Tx<'_>| {
        let author = Author { actor: &actor, cx: &cx, tenant: of.id };
        open(tx, author, user, &email, (&chosen, Kind::Set))?;
        grants::install(tx, author, id, &draft)?;
        accounts::find(tx, of.id, user)?.ok_or(Error::Missing("user"))
    };
    directory.store.write(work).await
}

/// How far a role reaches that is granted to a user of a tenant.
async fn scope_of(directory: &Directory, of: &Tenant, key: &str) -> Result<Reaching> {
    let whole = Reaching::Tenant(of.id);
    match role::built_in(key).map(|built_in| built_in.tier) {
        Some(Some(Tier::Platform)) => Ok(Reaching::Platform),
        Some(Some(Tier::Partner)) => match of.partner_id {
            Some(partner) => Ok(Reaching::Partner(partner)),
            None => Err(Error::Denied(format!("the tenant `{}` has no partner for the role `{key}`", of.slug))),
        },
        Some(_) => Ok(whole),
        None => {
            let tenant = of.id;
            let own = directory.store.read_one(move |tx| role_rows::list(tx, tenant)).await?;
            if own.iter().any(|role| role.key == key) { Ok(whole) } else { Err(Error::Missing("role")) }
        }
    }
}

/// Makes a user without anything to sign in with.
pub(super) async fn add(directory: &Directory, actor: &Actor, cx: &Cx, of: &Tenant, email: &str) -> Result<UserId> {
    if !email_address::EmailAddress::is_valid(email) {
        return Err(Error::fault(["body", "email"], "value_error", "must be an e-mail address"));
    }
    let place = places::find(directory, &of.id.to_string()).await?;
    let permit = decide::<UsersWrite>(actor, &place)?;
    let document = json!({ "userName": email, "emails": [{ "value": email, "primary": true }] });
    let Value::Object(document) = document else { return Err(Error::internal("a document is an object")) };
    let draft = Draft {
        user_name: email.to_owned(),
        document,
        external_id: None,
        active: None,
        writes_active: false,
        email: Email::default(),
    };
    Ok(users::create(directory, &permit, cx, draft, Beginning::default()).await?.user.id)
}

/// Gives a user a proven e-mail and a password.
pub(super) fn open(
    tx: &mut Tx<'_>,
    author: Author<'_>,
    user: UserId,
    email: &str,
    (chosen, kind): (&Chosen, Kind),
) -> Result<()> {
    tx.lock(Lock::User(user))?;
    let account = accounts::find(tx, author.tenant, user)?.ok_or(Error::Missing("user"))?;
    for (kind, value) in [(LoginKind::UserName, account.user_name.as_str()), (LoginKind::Email, email)] {
        login_ids::insert_if_free(tx, &Login::new(author.tenant, user, kind, value))?;
    }
    let email = Some(email.to_owned());
    accounts::set_address(tx, user, &Address { verified_email: email.clone(), email_verified: true, email })?;
    passwords::put(tx, author, &account, chosen, kind)
}

/// The user of a tenant with that id, e-mail or user name.
///
/// # Errors
/// [`Error::Missing`] when there is none.
pub async fn find(directory: &Directory, actor: &Actor, tenant: TenantId, who: &str) -> Result<Account> {
    operators_only(actor)?;
    let who = who.to_owned();
    let read = move |tx: &mut Tx<'_>| match who.parse::<UserId>() {
        Ok(user) => accounts::find(tx, tenant, user),
        Err(_) => Ok(credentials::login(tx, tenant, &who)?.map(|(account, _)| account)),
    };
    directory.store.read_few(read).await?.ok_or(Error::Missing("user"))
}

/// Ends everything that was issued to a user: sessions, tokens, links.
///
/// # Errors
/// When the database cannot be asked.
pub async fn sign_out(directory: &Directory, actor: &Actor, cx: &Cx, account: &Account) -> Result<()> {
    operators_only(actor)?;
    let (actor, cx, account) = (actor.clone(), cx.clone(), account.clone());
    let work = move |tx: &mut Tx<'_>| {
        tx.lock(Lock::User(account.id))?;
        accounts::raise_epoch(tx, account.id)?;
        sessions::revoke_all(tx, account.id, cx.now)?;
        let author = Author { actor: &actor, cx: &cx, tenant: account.tenant_id };
        passwords::record(tx, author, &account, "sessions", Some("signed out everywhere"))
    };
    directory.store.write(work).await
}

/// Ends what locked an account: too many guesses, or an administrator.
///
/// # Errors
/// When the database cannot be asked.
pub async fn unlock(directory: &Directory, permit: &Permit<UsersUnlock>, cx: &Cx, account: &Account) -> Result<()> {
    hold(directory, permit.actor(), cx, account, false).await
}

/// Suspends an account without end, and ends its sessions.
///
/// # Errors
/// [`Error::Denied`] when it is the last owner of the platform who can sign in.
pub async fn disable(directory: &Directory, permit: &Permit<UsersStatus>, cx: &Cx, account: &Account) -> Result<()> {
    hold(directory, permit.actor(), cx, account, true).await
}

async fn hold(directory: &Directory, actor: &Actor, cx: &Cx, account: &Account, suspended: bool) -> Result<()> {
    let (actor, cx, account) = (actor.clone(), cx.clone(), account.clone());
    let work = move |tx: &mut Tx<'_>| {
        tx.lock(Lock::User(account.id))?;
        let now = accounts::find(tx, account.tenant_id, account.id)?.ok_or(Error::Missing("user"))?;
        let status = if suspended { "DISABLED" } else { "ACTIVE" };
        if !suspended && now.status != "LOCKED" {
            return Ok(());
        }
        let restriction = accounts::restriction(tx, now.id)?.unwrap_or(nothing(now.id));
        let restriction = Restriction { suspended, locked: false, locked_until: None, ..restriction };
        accounts::set_restriction(tx, &restriction)?;
        let standing = Standing {
            status: status.to_owned(),
            status_until: None,
            status_after: None,
            activation: now.activation.clone(),
            source_active: now.source_active,
            active: now.active,
        };
        accounts::set_standing(tx, now.id, &standing)?;
        if suspended {
            accounts::raise_epoch(tx, now.id)?;
            sessions::revoke_all(tx, now.id, cx.now)?;
            owners::keep_one_besides(tx, now.id)?;
        }
        let author = Author { actor: &actor, cx: &cx, tenant: now.tenant_id };
        passwords::record(tx, author, &now, "status", None)
    };
    directory.store.write(work).await
}

fn nothing(user_id: UserId) -> Restriction {
    Restriction {
        user_id,
        suspended: false,
        suspended_until: None,
        deactivated: None,
        locked: false,
        locked_until: None,
        reason: None,
        by_kind: None,
        by_id: None,
        parked_email: None,
    }
}
