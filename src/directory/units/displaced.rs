//! Users whose org unit is deleted: the journal says of each in which units it was before, and in which after, as when it is
//! put into one or taken out by itself.

use std::collections::BTreeMap;

use crate::error::Result;
use crate::ids::{UnitId, UserId};
use crate::journal::Author;
use crate::store::{Tx, unit_members as rows};

use super::Unit;
use super::members::write_record;

/// Users that are looked at together.
const AT_ONCE: usize = 500;

/// The units of users, each with whether it is the home.
type Places = BTreeMap<UserId, Vec<(UnitId, bool)>>;

/// Who is in units that are about to go, and in which others.
pub(super) struct Displaced(Places);

impl Displaced {
    /// Reads it, and keeps it so until the transaction ends: nobody enters or leaves these units meanwhile.
    pub(super) fn from(tx: &mut Tx<'_>, gone: &[Unit]) -> Result<Self> {
        let units: Vec<UnitId> = gone.iter().map(|unit| unit.id).collect();
        let users = rows::users_kept(tx, &units)?;
        places(tx, &users).map(Self)
    }

    /// Records what became of them, once the units are gone.
    pub(super) fn record(&self, tx: &mut Tx<'_>, author: Author<'_>) -> Result<()> {
        let users: Vec<UserId> = self.0.keys().copied().collect();
        for some in users.chunks(AT_ONCE) {
            let after = places(tx, some)?;
            let of = |places: &Places, user: UserId| places.get(&user).cloned().unwrap_or_default();
            for user in some {
                write_record(tx, author, *user, &of(&self.0, *user), &of(&after, *user))?;
            }
        }
        Ok(())
    }
}

fn places(tx: &mut Tx<'_>, users: &[UserId]) -> Result<Places> {
    let mut places = Places::new();
    for (user, unit, is_home) in rows::of_users(tx, users)? {
        places.entry(user).or_default().push((unit, is_home));
    }
    Ok(places)
}
