//! Roles of a tenant made, changed and deleted. Whoever does it holds what the role allows, before and after: otherwise a
//! role that somebody has already would be the way to give more than one has.

use serde_json::{Map, Value, json};

use crate::access::{Held, Holdings, PermissionSet, Permit, RolesWrite, role as built_in};
use crate::context::Cx;
use crate::directory::Directory;
use crate::directory::grants::{self, holdings};
use crate::error::{Error, Reason, Result};
use crate::ids::RoleId;
use crate::journal::{self, Author, Change, Operation};
use crate::store::roles::{self as rows, Role as Row};
use crate::store::{Lock, Tx};

use super::{MOST, Role, is_of_tenants};

/// How long a chain of roles that inherit from each other may be.
const LONGEST_CHAIN: usize = 16;

/// A role to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// Its key.
    pub key: String,
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// What it allows by itself.
    pub permissions: PermissionSet,
    /// Keys of the roles that it inherits from.
    pub inherits: Vec<String>,
}

/// What is to change of a role; `None` leaves it as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RoleChange {
    /// Its name.
    pub name: Option<String>,
    /// What it is for; the inner `None` clears it.
    pub description: Option<Option<String>>,
    /// What it allows by itself.
    pub permissions: Option<PermissionSet>,
    /// Keys of the roles that it inherits from.
    pub inherits: Option<Vec<String>>,
}

/// Makes a role.
///
/// # Errors
/// [`Error::Unprocessable`] for a key or permissions that cannot be; [`Error::Taken`] for a key in use;
/// [`Error::Forbidden`] for more than the actor holds; [`Error::Conflict`] when there are too many.
pub async fn create(directory: &Directory, permit: &Permit<RolesWrite>, cx: &Cx, draft: Draft) -> Result<Role> {
    permit.whole()?;
    judge_key(&draft.key)?;
    let Draft { key, name, description, permissions, inherits } = draft;
    let id = RoleId::new(cx.now, directory.sources.random()?);
    let new = Row { id, key, name, description, permissions, inherits, version: 1, created: cx.now, modified: cx.now };
    let (permit, cx) = (permit.clone(), cx.clone());
    directory
        .store
        .write(move |tx| {
            // Whoever changes roles meanwhile waits: together two changes could close a circle.
            tx.lock(Lock::Tenant(permit.tenant()))?;
            let mut all = rows::list(tx, permit.tenant())?;
            if all.len() >= MOST {
                return Err(Error::conflict("too_many", format!("a tenant has at most {MOST} roles of its own")));
            }
            rows::insert(tx, permit.tenant(), &new)?;
            all.push(new.clone());
            judge(&all, &new)?;
            may_hold(tx, &permit, &all, &new)?;
            record(tx, &permit, &cx, Operation::Create, None, Some(&new))?;
            Ok(Role::of_row(&all, &new))
        })
        .await
}

/// Changes a role.
///
/// # Errors
/// [`Error::Missing`] when the tenant made none of that key; else as [`create`].
pub async fn change(
    directory: &Directory,
    permit: &Permit<RolesWrite>,
    cx: &Cx,
    key: &str,
    change: RoleChange,
) -> Result<Role> {
    permit.whole()?;
    let (permit, cx, key) = (permit.clone(), cx.clone(), key.to_owned());
    directory
        .store
        .write(move |tx| {
            tx.lock(Lock::Tenant(permit.tenant()))?;
            let mut all = rows::list(tx, permit.tenant())?;
            let before = own(&all, &key)?.clone();
            let after = applied(&before, &change);
            if after == before {
                return Ok(Role::of_row(&all, &before));
            }
            let allows_other = after.permissions != before.permissions || after.inherits != before.inherits;
            may_hold(tx, &permit, &all, &before)?;
            let after = Row { version: before.version + 1, modified: cx.now, ..after };
            all.iter_mut().filter(|role| role.id == after.id).for_each(|role| *role = after.clone());
            if allows_other {
                judge(&all, &after)?;
                may_hold(tx, &permit, &all, &after)?;
                grants::all_changed(tx, permit.tenant())?;
            }
            rows::update(tx, &after)?;
            record(tx, &permit, &cx, Operation::Update, Some(&before), Some(&after))?;
            Ok(Role::of_row(&all, &after))
        })
        .await
}

fn applied(before: &Row, change: &RoleChange) -> Row {
    let change = change.clone();
    Row {
        name: change.name.unwrap_or_else(|| before.name.clone()),
        description: change.description.unwrap_or_else(|| before.description.clone()),
        permissions: change.permissions.unwrap_or(before.permissions),
        inherits: change.inherits.unwrap_or_else(|| before.inherits.clone()),
        ..before.clone()
    }
}

/// Deletes a role. One that somebody has, or that another inherits from, only when that is forced: its grants go with it.
///
/// # Errors
/// [`Error::Missing`] when the tenant made none of that key; [`Error::Forbidden`] for more than the actor holds;
/// [`Error::Conflict`] for one that is in use.
pub async fn remove(directory: &Directory, permit: &Permit<RolesWrite>, cx: &Cx, key: &str, force: bool) -> Result<()> {
    permit.whole()?;
    let (permit, cx, key) = (permit.clone(), cx.clone(), key.to_owned());
    directory
        .store
        .write(move |tx| {
            tx.lock(Lock::Tenant(permit.tenant()))?;
            let all = rows::list(tx, permit.tenant())?;
            let gone = own(&all, &key)?;
            may_hold(tx, &permit, &all, gone)?;
            let heirs: Vec<&Row> = all.iter().filter(|role| role.inherits.contains(&key)).collect();
            let granted = rows::grants(tx, permit.tenant(), &key)?;
            if !force && (granted > 0 || !heirs.is_empty()) {
                return Err(in_use(granted, &heirs));
            }
            for heir in heirs {
                let inherits = heir.inherits.iter().filter(|other| **other != key).cloned().collect();
                let after = Row { inherits, version: heir.version + 1, modified: cx.now, ..heir.clone() };
                rows::update(tx, &after)?;
                record(tx, &permit, &cx, Operation::Update, Some(heir), Some(&after))?;
            }
            let author = Author { actor: permit.actor(), cx: &cx, tenant: permit.tenant() };
            grants::forget_role(tx, author, &key)?;
            rows::delete(tx, gone)?;
            grants::all_changed(tx, permit.tenant())?;
            record(tx, &permit, &cx, Operation::Delete, Some(gone), None)
        })
        .await
}

fn in_use(granted: i64, heirs: &[&Row]) -> Error {
    let heirs: Vec<&str> = heirs.iter().map(|role| role.key.as_str()).collect();
    let reason =
        Reason::new("in_use", "the role is granted, or another inherits from it: take it back first, or force it");
    Error::Conflict(reason.with("grants", granted).with("inherited_by", json!(heirs)))
}

fn own<'a>(all: &'a [Row], key: &str) -> Result<&'a Row> {
    all.iter().find(|role| role.key == key).ok_or_else(|| match built_in::built_in(key) {
        Some(_) => Error::conflict("built_in", "a built-in role cannot be changed: make one that inherits from it"),
        None => Error::Missing("role"),
    })
}

fn judge_key(key: &str) -> Result<()> {
    if built_in::built_in(key).is_some() {
        return Err(Error::Taken(format!("there is a role `{key}` already")));
    }
    let allowed = |character: char| character.is_ascii_lowercase() || character.is_ascii_digit() || character == '_';
    if (1..=63).contains(&key.len())
        && key.starts_with(|first: char| first.is_ascii_lowercase())
        && key.chars().all(allowed)
    {
        return Ok(());
    }
    let why = "must be 1 to 63 of a-z, 0-9 and _, beginning with a letter";
    Err(Error::fault(["body", "key"], "value_error", why))
}

/// Judges what a role allows and inherits, among all roles of its tenant.
fn judge(all: &[Row], role: &Row) -> Result<()> {
    if let Some(wide) = role.permissions.iter().find(|permission| !is_of_tenants(*permission)) {
        let why = format!("a role of a tenant cannot allow `{wide}`, which concerns more than one");
        return Err(Error::fault(["body", "permissions"], "value_error", why));
    }
    let refuse = |why: String| Err(Error::fault(["body", "inherits"], "value_error", why));
    for key in &role.inherits {
        let known = match built_in::built_in(key) {
            Some(other) => other.tier.is_none(),
            None => all.iter().any(|other| other.key == *key),
        };
        if !known {
            return refuse(format!("names no role that one can inherit from: `{}`", scim_core::error::clip(key)));
        }
    }
    if is_too_deep(all) {
        return refuse(format!("must not close a circle, nor make a chain of more than {LONGEST_CHAIN} roles"));
    }
    Ok(())
}

/// Whether roles inherit from each other in a chain that is too long, as a circle is. Each round leaves those that inherit
/// from one that was left before, so that many ways to the same role cost nothing.
fn is_too_deep(all: &[Row]) -> bool {
    let mut left: Vec<&Row> = all.iter().collect();
    for _ in 0..LONGEST_CHAIN {
        let keys: Vec<&str> = left.iter().map(|role| role.key.as_str()).collect();
        left = all.iter().filter(|role| role.inherits.iter().any(|key| keys.contains(&key.as_str()))).collect();
    }
    !left.is_empty()
}

/// Asks that the actor hold over the tenant what a role allows: whoever has it already holds that at once.
fn may_hold(tx: &mut Tx<'_>, permit: &Permit<RolesWrite>, all: &[Row], role: &Row) -> Result<()> {
    let permissions = holdings::permissions(all, &role.key);
    let held = Held { role: role.key.as_str().into(), permissions, scope: permit.place().scope(), expires: None };
    grants::may_give(tx, permit.actor(), &Holdings::new(vec![held]))
}

fn record(
    tx: &mut Tx<'_>,
    permit: &Permit<RolesWrite>,
    cx: &Cx,
    operation: Operation,
    before: Option<&Row>,
    after: Option<&Row>,
) -> Result<()> {
    let Some(subject) = after.or(before) else { return Ok(()) };
    let change = Change {
        resource_type: "Role",
        resource_id: subject.id.to_string(),
        operation,
        diff: journal::between(&document(before), &document(after)),
        identity_source: None,
        reason: None,
    };
    journal::record(tx, Author { actor: permit.actor(), cx, tenant: permit.tenant() }, change)
}

fn document(role: Option<&Row>) -> Map<String, Value> {
    let Some(role) = role else { return Map::new() };
    let permissions: Vec<&str> = role.permissions.iter().map(|permission| permission.as_str()).collect();
    let document = json!({
        "key": role.key,
        "name": role.name,
        "description": role.description,
        "permissions": permissions,
        "inherits": role.inherits,
    });
    document.as_object().cloned().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::Permission;
    use crate::clock::Instant;

    fn role(key: &str, inherits: &[&str]) -> Row {
        let now = Instant::from_micros(0);
        Row {
            id: RoleId::new(now, [0; 10]),
            key: key.to_owned(),
            name: key.to_owned(),
            description: None,
            permissions: PermissionSet::NONE,
            inherits: inherits.iter().map(|key| (*key).to_owned()).collect(),
            version: 1,
            created: now,
            modified: now,
        }
    }

    fn judged(all: &[Row], key: &str) -> bool {
        judge(all, own(all, key).unwrap()).is_ok()
    }

    #[test]
    fn circles_unknown_and_wide_roles_are_not_inherited() {
        let all = [role("a", &["b"]), role("b", &["c", "viewer"]), role("c", &[]), role("d", &["d"])];
        assert!(judged(&all[..3], "a"));
        assert!(!judged(&all, "d"));
        assert!(!judged(&[role("a", &["b"]), role("b", &["a"])], "a"));
        assert!(!judged(&[role("a", &["gone"])], "a"));
        assert!(!judged(&[role("a", &["platform_owner"])], "a"));
        assert!(!judged(&[role("a", &["partner_admin"])], "a"));
        let wide = Row { permissions: PermissionSet::of([Permission::OwnersWrite]), ..role("a", &[]) };
        assert!(!judged(&[wide], "a"));
    }

    #[test]
    fn chains_end() {
        let chain = |length: usize| -> Vec<Row> {
            let key = |number: usize| format!("r{number}");
            (0..length).map(|number| role(&key(number), &[&key(number + 1)])).chain([role(&key(length), &[])]).collect()
        };
        assert!(judged(&chain(LONGEST_CHAIN - 1), "r0"));
        assert!(!judged(&chain(LONGEST_CHAIN), "r0"));
        assert!(!judged(&chain(LONGEST_CHAIN), "r5"), "a longer chain above is seen too");
    }

    #[test]
    fn keys_are_words() {
        for good in ["a", "desk_2"] {
            assert!(judge_key(good).is_ok());
        }
        for bad in ["", "A", "2a", "a-b", "a b", "é", &"a".repeat(64), "viewer"] {
            assert!(judge_key(bad).is_err(), "{bad}");
        }
    }
}
