//! What a deleted user had beside its own row, as the journal keeps it for a restoration.

use serde_json::{Map, Value, json};

use crate::access::Holdings;
use crate::clock::Instant;
use crate::directory::grants;
use crate::error::Result;
use crate::ids::{GrantId, GroupId, IdentityId, SubjectId, TenantId, UserId};
use crate::store::Tx;
use crate::store::belongings::Belongings;
use crate::store::grants::Grant;
use crate::store::identities::Identity;

/// What a user had.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Had {
    /// The groups that it was a member of itself.
    pub(super) groups: Vec<GroupId>,
    /// Who claimed it.
    pub(super) links: Vec<Identity>,
    /// Roles, org units and applications.
    pub(super) belongings: Belongings,
}

impl Had {
    /// As the journal keeps it; what there was none of is left out.
    pub(super) fn recorded(&self) -> Result<Map<String, Value>> {
        let Belongings { grants, units, applications } = &self.belongings;
        let parts = [
            ("groups", self.groups.iter().map(|id| json!(id.to_string())).collect()),
            ("links", self.links.iter().map(link).collect()),
            ("roles", grants.iter().map(grant).collect()),
            ("org_units", units.iter().map(|(id, home)| json!({ "id": id.to_string(), "home": home })).collect()),
            ("applications", applications.iter().map(|id| json!(id.to_string())).collect()),
        ];
        let there = parts.into_iter().filter(|(_, all): &(&str, Vec<Value>)| !all.is_empty());
        Ok(there.map(|(name, all)| (name.to_owned(), Value::Array(all))).collect())
    }

    /// What the user held by all that: by grants of its own, of the groups it was in and of its org units.
    pub(super) fn holdings(self, tx: &mut Tx<'_>, tenant: TenantId) -> Result<Holdings> {
        let mut held = vec![grants::of_grants(tx, tenant, self.belongings.grants)?];
        for group in self.groups {
            held.push(grants::given_by_group(tx, tenant, group)?);
        }
        for (unit, _) in self.belongings.units {
            held.push(grants::given_by_unit(tx, tenant, unit)?);
        }
        Ok(Holdings::new(held.iter().flat_map(Holdings::iter).cloned().collect()))
    }

    /// From what the journal kept; what cannot be read is left out.
    pub(super) fn read(kept: &Value, tenant: TenantId, user: UserId) -> Self {
        let part = |name: &str| kept.get(name).and_then(Value::as_array).into_iter().flatten();
        Self {
            groups: part("groups").filter_map(id).collect(),
            links: part("links").filter_map(|kept| read_link(kept, user)).collect(),
            belongings: Belongings {
                grants: part("roles").filter_map(|kept| read_grant(kept, tenant, user)).collect(),
                units: part("org_units").filter_map(|kept| Some((id(kept.get("id")?)?, flag(kept, "home")))).collect(),
                applications: part("applications").filter_map(id).collect(),
            },
        }
    }
}

fn link(link: &Identity) -> Value {
    json!({
        "id": link.id.to_string(),
        "protocol": link.protocol,
        "connection": link.connection_id.map(|id| id.to_string()),
        "subject": link.subject,
        "first_seen": link.first_seen.micros(),
        "last_seen": link.last_seen.micros(),
    })
}

fn read_link(kept: &Value, user: UserId) -> Option<Identity> {
    Some(Identity {
        id: id::<IdentityId>(kept.get("id")?)?,
        user_id: user,
        protocol: text(kept, "protocol")?,
        connection_id: Some(id(kept.get("connection")?)?),
        subject: text(kept, "subject"),
        hidden: false,
        first_seen: instant(kept, "first_seen")?,
        last_seen: instant(kept, "last_seen")?,
        // A federated identity is a credential: it is not brought back, but made anew.
        provider_id: None,
        asserted: false,
    })
}

fn grant(grant: &Grant) -> Value {
    json!({
        "id": grant.id.to_string(),
        "role": grant.role,
        "scope_kind": grant.scope_kind,
        "scope": grant.scope_id.to_string(),
        "origin": grant.origin,
        "created": grant.created.micros(),
        "created_by": grant.created_by,
        "expires": grant.expires.map(Instant::micros),
    })
}

fn read_grant(kept: &Value, tenant: TenantId, user: UserId) -> Option<Grant> {
    Some(Grant {
        id: id::<GrantId>(kept.get("id")?)?,
        tenant_id: tenant,
        subject_kind: "user".to_owned(),
        subject_id: SubjectId::from(user.uuid()),
        role: text(kept, "role")?,
        scope_kind: text(kept, "scope_kind")?,
        scope_id: id(kept.get("scope")?)?,
        origin: text(kept, "origin")?,
        created: instant(kept, "created")?,
        created_by: text(kept, "created_by")?,
        expires: instant(kept, "expires"),
    })
}

fn id<T: std::str::FromStr>(value: &Value) -> Option<T> {
    value.as_str()?.parse().ok()
}

fn text(kept: &Value, name: &str) -> Option<String> {
    kept.get(name)?.as_str().map(str::to_owned)
}

fn flag(kept: &Value, name: &str) -> bool {
    kept.get(name).and_then(Value::as_bool).unwrap_or_default()
}

fn instant(kept: &Value, name: &str) -> Option<Instant> {
    kept.get(name)?.as_i64().map(Instant::from_micros)
}
