//! Where the alerts of a tenant are posted to, and the secret that signs them: made here, shown once, sealed.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::access::{Permit, SettingsRead, SettingsWrite};
use crate::clock::Instant;
use crate::context::Cx;
use crate::directory::{Directory, keys};
use crate::error::{Error, Result};
use crate::journal::{self, Author, Change, Diff, Operation};
use crate::notify::webhooks;
use crate::secret::Secret;
use crate::store::alert_webhooks::{self as rows, Webhook};
use crate::store::{Lock, Tx};

/// What secrets begin with.
const PREFIX: &str = "rc_hook_";

/// Where alerts are posted to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The URL.
    pub url: String,
    /// When it was set.
    pub created: Instant,
}

/// That of a tenant, when there is one.
///
/// # Errors
/// [`Error::Denied`] when the permit holds in some org units only.
pub async fn find(directory: &Directory, permit: &Permit<SettingsRead>) -> Result<Option<Target>> {
    permit.whole()?;
    let tenant = permit.tenant();
    let found = directory.store.read_one(move |tx| rows::find(tx, tenant)).await?;
    Ok(found.map(|found| Target { url: found.url, created: found.created }))
}

/// Sets it, with a new secret, which is shown this once.
///
/// # Errors
/// [`Error::Unprocessable`] for a URL that nothing may be posted to; [`Error::Denied`] as for [`find`].
pub async fn set(
    directory: &Directory,
    permit: &Permit<SettingsWrite>,
    cx: &Cx,
    url: &str,
) -> Result<(Target, Secret)> {
    permit.whole()?;
    directory.webhooks.judge(url).map_err(|why| Error::fault(["body", "url"], "value_error", why))?;
    let random: [u8; 32] = directory.sources.random()?;
    let secret = Secret::new(format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(random)));
    let tenant = permit.tenant();
    let key = keys::webhooks(directory).await?;
    let sealed = webhooks::seal(key, directory.sources.random()?, tenant, &secret);
    let new = Webhook { tenant_id: tenant, url: url.to_owned(), sealed, created: cx.now };
    let target = Target { url: new.url.clone(), created: new.created };
    let (permit, cx) = (permit.clone(), cx.clone());
    let work = move |tx: &mut Tx<'_>| {
        tx.lock(Lock::Tenant(tenant))?;
        let before = rows::find(tx, tenant)?;
        rows::put(tx, &new)?;
        let author = Author { actor: permit.actor(), cx: &cx, tenant };
        record(tx, author, Operation::Update, before.as_ref(), Some(&new))
    };
    directory.store.write(work).await?;
    Ok((target, secret))
}

/// Takes it away; alerts that wait are posted nowhere.
///
/// # Errors
/// [`Error::Missing`] when there is none; [`Error::Denied`] as for [`find`].
pub async fn remove(directory: &Directory, permit: &Permit<SettingsWrite>, cx: &Cx) -> Result<()> {
    permit.whole()?;
    let (permit, cx) = (permit.clone(), cx.clone());
    let work = move |tx: &mut Tx<'_>| {
        let tenant = permit.tenant();
        tx.lock(Lock::Tenant(tenant))?;
        let before = rows::find(tx, tenant)?.ok_or(Error::Missing("webhook"))?;
        rows::delete(tx, tenant)?;
        record(tx, Author { actor: permit.actor(), cx: &cx, tenant }, Operation::Delete, Some(&before), None)
    };
    directory.store.write(work).await
}

fn record(
    tx: &mut Tx<'_>,
    author: Author<'_>,
    operation: Operation,
    before: Option<&Webhook>,
    after: Option<&Webhook>,
) -> Result<()> {
    let document = |webhook: Option<&Webhook>| {
        webhook.map(|webhook| ("url".to_owned(), webhook.url.clone().into())).into_iter().collect()
    };
    let mut diff: Diff = journal::between(&document(before), &document(after));
    if after.is_some() {
        diff.tell("secret", "made");
    }
    let change = Change {
        resource_type: "AlertWebhook",
        resource_id: author.tenant.to_string(),
        operation,
        diff,
        identity_source: None,
        reason: None,
    };
    journal::record(tx, author, change)
}
