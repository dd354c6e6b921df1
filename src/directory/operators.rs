//! What operators of the installation do to single users, by the machine and the data alone: make one with a password and a
//! role, find one, sign one out. Every effect is journaled under the operator's name; what administrators do too is theirs.

use serde_json::{Value, json};

use crate::access::{Actor, Tier, UsersWrite, decide, role};
use crate::context::Cx;
use crate::directory::accounts::Email;
use crate::directory::grants::Reaching;
use crate::directory::passwords::{self, Chosen, Kind};
use crate::directory::tenants::{Tenant, operators_only};
use crate::directory::users::{self, Beginning, Draft, FirstGrant};
use crate::directory::{Directory, places};
use crate::error::{Error, Result};
use crate::ids::{GrantId, TenantId, UserId};
use crate::journal::Author;
use crate::password::Password as Typed;
use crate::store::accounts::{self, Account, Address};
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
    let id = GrantId::new(cx.now, directory.sources.random()?);
    let grant = Some(FirstGrant { id, role, scope, only_first_owner: false });
    let beginning = Beginning { password: Some((chosen, Kind::Set)), proven: true, grant, ..Beginning::default() };
    let (tenant, user) = (of.id, add(directory, actor, cx, of, &email, beginning).await?);
    let made = directory.store.read_one(move |tx| accounts::find(tx, tenant, user)).await?;
    made.ok_or(Error::Missing("user"))
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

/// Makes a user whose e-mail is the user name too, with all that it has from the start, or nothing of it.
pub(super) async fn add(
    directory: &Directory,
    actor: &Actor,
    cx: &Cx,
    of: &Tenant,
    email: &str,
    beginning: Beginning,
) -> Result<UserId> {
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
        email: Email::Is(Some(email.to_owned())),
    };
    Ok(users::create(directory, &permit, cx, draft, beginning).await?.user.id)
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
