//! The account's own e-mail: which it is, who may have it, and the logins that go with it and with the user name.

use serde_json::{Map, Value, json};

use crate::clock::Instant;
use crate::error::{Error, Remedy, Result, Unavailable};
use crate::ids::{TenantId, UserId};
use crate::journal::Author;
use crate::notify::{Purpose, outbox};
use crate::store::accounts::{self as rows, Account, Address};
use crate::store::login_ids::{self, Kind, Login};
use crate::store::{Tx, one_time_links, sessions};

use super::end_everything;
use super::status::Activation;

/// The longest address that mail can be sent to (RFC 5321 section 4.5.3.1.3).
const LONGEST: usize = 254;

/// What the account's own e-mail is to be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Email {
    /// The primary one of the document, as far as a provisioner may move it; one that is in use is left out.
    #[default]
    Follows,
    /// This one, or none; one that is in use refuses the whole change.
    Is(Option<String>),
}

/// Whether mail could be sent to it.
pub fn is_address(text: &str) -> bool {
    let odd = |character: char| character.is_whitespace() || character.is_control();
    match text.rsplit_once('@') {
        Some((local, domain)) => {
            !local.is_empty() && domain.contains(|c: char| c != '.') && text.len() <= LONGEST && !text.contains(odd)
        }
        None => false,
    }
}

/// The primary e-mail of a document, else its first, if mail can be sent to it.
pub(in crate::directory) fn primary(document: &Map<String, Value>) -> Option<&str> {
    let emails = document.get("emails").and_then(Value::as_array)?;
    let is_primary = |email: &&Value| email.get("primary").and_then(Value::as_bool).unwrap_or(false);
    let email = emails.iter().find(is_primary).or_else(|| emails.first())?;
    email.get("value").and_then(Value::as_str).filter(|value| is_address(value))
}

/// The domain of an address, as domains are kept.
fn domain(address: &str) -> String {
    address.rsplit_once('@').map_or("", |(_, domain)| domain).trim_end_matches('.').to_lowercase()
}

/// Whether the tenant proved that the address lies in a domain of its own.
pub(super) fn is_in_own_domain(tx: &mut Tx<'_>, tenant: TenantId, address: &str) -> Result<bool> {
    rows::has_domain(tx, tenant, &domain(address))
}

/// The logins of a user: the name, and the e-mail when it is another.
pub(in crate::directory) fn logins(tenant: TenantId, user: UserId, name: &str, email: Option<&str>) -> Vec<Login> {
    let name = Login::new(tenant, user, Kind::UserName, name);
    let email = email.map(|email| Login::new(tenant, user, Kind::Email, email));
    let email = email.filter(|email| email.value_folded != name.value_folded);
    std::iter::once(name).chain(email).collect()
}

/// Gives a new user its logins; answers whether the e-mail was free.
///
/// # Errors
/// [`Error::Taken`] when the name is somebody else's login, be it as an e-mail.
pub(in crate::directory) fn reserve(tx: &mut Tx<'_>, logins: &[Login], name: &str) -> Result<bool> {
    if login_ids::insert_free(tx, logins)? == logins.len() {
        return Ok(true);
    }
    let Some(first) = logins.first() else { return Ok(true) };
    if is_others(tx, first.tenant_id, first.user_id, name)? {
        return Err(name_taken(name));
    }
    Ok(false)
}

/// Whether a login belongs to another user of the tenant.
pub(super) fn is_others(tx: &mut Tx<'_>, tenant: TenantId, user: UserId, value: &str) -> Result<bool> {
    Ok(login_ids::holder(tx, tenant, value)?.is_some_and(|holder| holder.user_id != user))
}

fn name_taken(name: &str) -> Error {
    Error::Taken(format!("userName `{name}` is in use by another user"))
}

/// An e-mail that somebody else signs in with.
pub(in crate::directory) fn email_taken(email: &str) -> Error {
    Error::Taken(format!("the e-mail `{email}` is in use by another user"))
}

/// An e-mail that was free when the rules were asked and is not any more: run again, they find it taken.
fn lost_race() -> Error {
    let cause = "an e-mail was taken while it was being written".to_owned();
    Error::Unavailable(Unavailable { cause, remedy: Remedy::RunAgain })
}

/// Makes the logins of a user those of a name and an e-mail, which the caller found to be free.
///
/// # Errors
/// [`Error::Taken`] when the name is somebody else's login; [`Error::Unavailable`], to be run again, when another
/// transaction took the e-mail meanwhile.
pub(super) fn rewrite_logins(tx: &mut Tx<'_>, account: &Account, name: &str, address: &Address) -> Result<()> {
    let mut wanted = logins(account.tenant_id, account.id, name, address.email.as_deref());
    for login in &mut wanted {
        login.verified = address.email_verified && login.kind == Kind::Email.as_str();
    }
    let ours = [Kind::UserName.as_str(), Kind::Email.as_str()];
    let stored = login_ids::of(tx, account.id)?;
    for gone in stored.iter().filter(|one| ours.contains(&one.kind.as_str()) && !wanted.contains(one)) {
        login_ids::delete_one(tx, gone)?;
    }
    for new in wanted.iter().filter(|one| !stored.contains(one)) {
        if !login_ids::insert_if_free(tx, new)? && is_others(tx, account.tenant_id, account.id, &new.value_folded)? {
            return Err(if new.kind == Kind::UserName.as_str() { name_taken(name) } else { lost_race() });
        }
    }
    Ok(())
}

/// The address after a change: the new one is not confirmed, unless it is the one that was, and what was confirmed stays
/// known until then.
pub(super) fn moved(account: &Account, email: Option<String>) -> Address {
    let verified = if account.email_verified { account.email.clone() } else { account.verified_email.clone() };
    let email_verified = email.is_some() && email == verified;
    Address { email, email_verified, verified_email: verified.filter(|_| !email_verified) }
}

/// Who moves an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum By {
    /// People, or the machine's operator.
    People,
    /// A source.
    Source,
    /// A source, within a domain that the tenant proved to be its own.
    VouchedSource,
}

/// Writes another address. What was issued under the old one ends, unless the tenant vouches for the new one's domain;
/// whoever reads mail at the new one and at the last proven one is told (IR-8).
pub(super) fn write(tx: &mut Tx<'_>, author: Author<'_>, account: &Account, address: &Address, by: By) -> Result<bool> {
    rows::set_address(tx, account.id, address)?;
    tell(tx, author, account, address, by)?;
    let ends = account.email.is_some() && by != By::VouchedSource;
    if ends {
        end_everything(tx, account.id)?;
    }
    Ok(ends)
}

/// Mails a link to confirm the new address, and one to take the change back to the last proven one. Whoever was invited and
/// did not come yet is invited again instead. A source that moves an address that nobody ever proved causes no mail.
fn tell(tx: &mut Tx<'_>, author: Author<'_>, account: &Account, address: &Address, by: By) -> Result<()> {
    if address.email_verified {
        return Ok(());
    }
    let mut put = |purpose, payload| {
        let (tenant, user, due) = (account.tenant_id, account.id, author.cx.now);
        outbox::put(tx, &outbox::Message { tenant, user, purpose, payload, due })
    };
    if address.email.is_some() && (by == By::People || address.verified_email.is_some()) {
        let invited = account.activation == Activation::Invited.as_str();
        put(if invited { Purpose::Welcome } else { Purpose::EmailChange }, json!({}))?;
    }
    match &address.verified_email {
        Some(old) if by != By::VouchedSource => put(Purpose::EmailChanged, json!({ "to": old })),
        Some(_) | None => Ok(()),
    }
}

/// Makes an earlier address the account's own again, proven as it was; all that was issued meanwhile ends, the other ways
/// back too. The caller holds the user's lock and writes what else shows the address.
///
/// # Errors
/// [`Error::Taken`] when somebody else has the address now.
pub(in crate::directory) fn restore(tx: &mut Tx<'_>, account: &Account, email: &str, now: Instant) -> Result<()> {
    if is_others(tx, account.tenant_id, account.id, email)? {
        return Err(email_taken(email));
    }
    let address = Address { email: Some(email.to_owned()), email_verified: true, verified_email: None };
    rows::set_address(tx, account.id, &address)?;
    rewrite_logins(tx, account, &account.user_name, &address)?;
    end_everything(tx, account.id)?;
    sessions::revoke_all(tx, account.id, now)?;
    one_time_links::delete_all(tx, account.id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_have_two_parts_and_no_spaces() {
        for address in ["a@b", "a b@c".replace(' ', "+").as_str(), "\"a@b\"@c.example", "ü@bücher.example"] {
            assert!(is_address(address), "{address}");
        }
        for text in ["", "ann", "@b", "a@", "a@.", "a b@c", "a@b\n", &format!("{}@b", "x".repeat(253))] {
            assert!(!is_address(text), "{text}");
        }
        assert_eq!(domain("a@b@Example.COM."), "example.com");
    }

    #[test]
    fn the_primary_one_counts_else_the_first() {
        let of = |emails: Value| primary(json!({ "emails": emails }).as_object().unwrap()).map(str::to_owned);
        assert_eq!(of(json!([{ "value": "a@x" }, { "value": "b@x", "primary": true }])).unwrap(), "b@x");
        assert_eq!(of(json!([{ "value": "a@x", "primary": false }, { "value": "b@x" }])).unwrap(), "a@x");
        assert_eq!(of(json!([{ "value": "ann", "primary": true }, { "value": "b@x" }])), None);
        assert_eq!(of(json!([{ "type": "work" }])), None);
        assert_eq!(primary(&Map::new()), None);
    }
}
