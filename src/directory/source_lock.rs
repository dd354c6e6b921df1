//! The source lock: which attributes of a user its source owns, and whether others may write them (IR-4, IR-12). Decided for
//! whatever door the write comes through. It judges attributes only: what a status may become stands in `accounts::status`.

use scim_core::schema::builtin::ENTERPRISE_USER;

use crate::access::Connection;
use crate::directory::settings::{self, SourceLock};
use crate::error::{Error, Reason, Result};
use crate::ids::{ConnectionId, TenantId};
use crate::store::identities::{self, Identity, SCIM};
use crate::store::users::User;
use crate::store::{Tx, journal, providers};

/// What a source writes of its users.
enum Owned {
    /// All that SCIM itself and the enterprise extension define.
    BuiltIn,
    /// These, and those of the enterprise extension where it is named.
    These(&'static [&'static str]),
}

/// What comes with a sign-in.
const CLAIMS: &[&str] = &["userName", "name", "displayName", "emails"];
/// What stands in the entry of a directory.
const ENTRY: &[&str] = &["userName", "name", "displayName", "emails", "phoneNumbers", "title", ENTERPRISE_USER];

/// Which attributes which source owns; a source that is not here owns none. The tenant's own attributes are nobody's until
/// a connection writes one.
const OWNED: &[(&str, Owned)] = &[
    (SCIM, Owned::BuiltIn),
    ("OIDC", Owned::These(CLAIMS)),
    ("SAML", Owned::These(CLAIMS)),
    ("LDAP", Owned::These(ENTRY)),
];

/// What belongs to the link of a connection and not to the user.
const OF_LINK: &str = "externalId";

/// What was written although the source owns it, in a tenant that only warns of that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Overruled {
    /// The source.
    pub source: String,
    /// The attributes, as SCIM names them.
    pub attributes: Vec<String>,
}

impl Overruled {
    /// One attribute.
    pub(super) fn of(source: &str, attribute: &str) -> Self {
        Self { source: source.to_owned(), attributes: vec![attribute.to_owned()] }
    }

    /// What the journal says of it.
    pub(super) fn reason(&self) -> String {
        format!("written although the source {} owns it: {}", self.source, self.attributes.join(", "))
    }
}

/// Refuses a write to what the user's source owns, unless it comes from the source; or tells of it, as the tenant wants.
/// `paths` are those that the journal will name.
///
/// # Errors
/// [`Error::Conflict`] with `source_locked`, and the source and the attribute as members.
pub(super) fn judge<'a>(
    tx: &mut Tx<'_>,
    tenant: TenantId,
    user: &User,
    writer: Option<&Connection>,
    paths: impl Iterator<Item = &'a str>,
) -> Result<Option<Overruled>> {
    let source = user.identity_source.as_str();
    let Some((_, owned)) = OWNED.iter().find(|(protocol, _)| *protocol == source) else { return Ok(None) };
    let made_it = writer.is_some_and(|writer| source == SCIM && user.created_by == Some(writer.id));
    let lock = if made_it { SourceLock::Off } else { settings::of(tx, tenant)?.source_lock };
    if lock == SourceLock::Off || !is_others(tx, tenant, user, writer)? {
        return Ok(None);
    }
    let mut attributes = Vec::new();
    for path in paths {
        if !attributes.iter().any(|known| known == path) && is_owned(tx, tenant, user, owned, path)? {
            attributes.push(path.to_owned());
        }
    }
    let Some(first) = attributes.first() else { return Ok(None) };
    if lock == SourceLock::Warn {
        return Ok(Some(Overruled { source: source.to_owned(), attributes }));
    }
    Err(Error::Conflict(refusal(source, first)))
}

/// Why an attribute is not written.
pub(super) fn refusal(source: &str, attribute: &str) -> Reason {
    let detail =
        format!("source_locked: `{attribute}` belongs to the source of this user, {source}, which alone writes it");
    Reason::new("source_locked", detail).with("source", source).with("attribute", attribute)
}

/// Whether the source is there and somebody else than the writer. One that no link stands for any more owns nothing.
fn is_others(tx: &mut Tx<'_>, tenant: TenantId, user: &User, writer: Option<&Connection>) -> Result<bool> {
    let claims = identities::of(tx, user.id)?;
    let mut of_source = claims.iter().filter(|claim| claim.protocol == user.identity_source).peekable();
    if of_source.peek().is_none() {
        return Ok(false);
    }
    let Some(writer) = writer else { return Ok(true) };
    if user.identity_source == SCIM {
        return Ok(!owners(user, &claims).contains(&writer.id));
    }
    // A connection that provisions for the provider speaks for it.
    let spoken_for = providers::provisioned_for(tx, tenant)?;
    let ours = |claim: &Identity| claim.provider_id.is_some_and(|provider| spoken_for.contains(&(writer.id, provider)));
    Ok(!of_source.any(ours))
}

/// The connections that a provisioned user belongs to: the one that made it, or, when that is gone, those that claim it.
fn owners(user: &User, claims: &[Identity]) -> Vec<ConnectionId> {
    let all: Vec<ConnectionId> = claims.iter().filter_map(|claim| claim.connection_id).collect();
    match user.created_by {
        Some(maker) if all.contains(&maker) => vec![maker],
        _ => all,
    }
}

fn is_owned(tx: &mut Tx<'_>, tenant: TenantId, user: &User, owned: &Owned, path: &str) -> Result<bool> {
    if path == OF_LINK {
        return Ok(false);
    }
    let enterprise = path.strip_prefix(ENTERPRISE_USER).is_some_and(|rest| rest.is_empty() || rest.starts_with(':'));
    if path.contains(':') && !enterprise {
        let writer = journal::last_writer(tx, tenant, &user.id.to_string(), path)?;
        return Ok(writer.as_deref() == Some("connection"));
    }
    let name = if enterprise { ENTERPRISE_USER } else { path };
    Ok(match owned {
        Owned::BuiltIn => true,
        Owned::These(names) => names.contains(&name),
    })
}
