//! Users whose recorded identity source and links differ: found, told with what stands behind it, and corrected. A
//! correction changes the recorded source only, never a link or a credential (S4-03, IR-11).

mod decide;
mod find;
mod fix;

use crate::directory::grants;
use crate::error::Result;
use crate::ids::{ProviderId, TenantId, UserId};
use crate::store::Tx;
use crate::store::identities::{self as rows, Identity, Suspect};
use crate::store::providers;

pub use decide::{Claim, Facts, Judgement, LOCAL, SCIM, Verdict, judge};
pub use find::{Listing, Summary, find};
pub use fix::{Choice, MOST_A_CALL, fix};

/// A user whose recorded source and links differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mismatch {
    /// The user.
    pub user: UserId,
    /// Its tenant.
    pub tenant: TenantId,
    /// Its account's e-mail.
    pub email: Option<String>,
    /// Its name.
    pub user_name: String,
    /// The recorded source.
    pub recorded: String,
    /// Its living links.
    pub links: Vec<Link>,
    /// What they come to.
    pub judgement: Judgement,
    /// Whether the source was corrected just now.
    pub fixed: bool,
}

/// A living link of a user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// The link as it is kept.
    pub identity: Identity,
    /// The name of its provider.
    pub provider: Option<String>,
}

/// Looks at suspects closely, all of one tenant; those whose links agree after all are left out.
fn examine(tx: &mut Tx<'_>, tenant: TenantId, suspects: Vec<Suspect>) -> Result<Vec<Mismatch>> {
    let users: Vec<UserId> = suspects.iter().map(|suspect| suspect.id).collect();
    let identities = rows::of_many(tx, &users)?;
    let passwords = rows::with_local_password(tx, &users)?;
    let provisioned = providers::provisioned_for(tx, tenant)?;
    let names = providers::list(tx, tenant)?;
    let name = |id: ProviderId| names.iter().find(|provider| provider.id == id).map(|provider| provider.name.clone());
    let mut found = Vec::with_capacity(suspects.len());
    for suspect in suspects {
        let own: Vec<&Identity> = identities.iter().filter(|identity| identity.user_id == suspect.id).collect();
        let claim = |identity: &&Identity| Claim {
            identity: identity.id,
            protocol: identity.protocol.clone(),
            provider: identity.provider_id,
            connection: identity.connection_id,
            provisions_for: provisioned
                .iter()
                .find(|(connection, _)| Some(*connection) == identity.connection_id)
                .map(|(_, provider)| *provider),
        };
        let mut facts = Facts {
            recorded: suspect.identity_source.clone(),
            claims: own.iter().map(claim).collect(),
            has_local_password: passwords.contains(&suspect.id),
            has_role: false,
        };
        // Mostly nothing can be corrected, and then nobody asks for roles.
        if judge(&facts).verdict == Verdict::Fixable {
            facts.has_role = !grants::of_user(tx, tenant, suspect.id)?.is_empty();
        }
        let judgement = judge(&facts);
        if judgement.verdict == Verdict::Agrees {
            continue;
        }
        let link =
            |identity: &Identity| Link { provider: identity.provider_id.and_then(name), identity: identity.clone() };
        found.push(Mismatch {
            user: suspect.id,
            tenant: suspect.tenant_id,
            email: suspect.email,
            user_name: suspect.user_name,
            recorded: suspect.identity_source,
            links: own.into_iter().map(link).collect(),
            judgement,
            fixed: false,
        });
    }
    Ok(found)
}
