//! The users of all tenants, as the owners of the platform look at them (S1-01 to S1-03).

use crate::access::{PlatformRead, WidePermit};
use crate::clock::Instant;
use crate::directory::Directory;
use crate::directory::factors::owned;
use crate::directory::people::shown_email;
use crate::error::{Error, Result};
use crate::ids::UserId;
use crate::store::platform::{self, User};
use crate::store::{Tx, counters, owners as rows};

/// Lists that begin behind so many users are counted off in the lane for long reads.
const DEEP: i64 = 1_000;

/// A user of the platform.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlatformUser {
    /// The id.
    pub id: UserId,
    /// The e-mail that stands for it.
    pub email: String,
    /// Whether it owns the platform.
    pub is_owner: bool,
    /// When it was made.
    pub created: Instant,
}

/// Which second factors a user has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Factors {
    /// Any that is confirmed, passkeys included.
    pub enabled: bool,
    /// A recovery code that is not used yet.
    pub has_backup_codes: bool,
}

/// Some users in creation order, and how many there are.
///
/// # Errors
/// [`Error::LacksScope`] when the permit does not reach everywhere.
pub async fn list(
    directory: &Directory,
    permit: &WidePermit<PlatformRead>,
    offset: i64,
    limit: i64,
) -> Result<(Vec<PlatformUser>, i64)> {
    permit.everywhere()?;
    let work = move |tx: &mut Tx<'_>| {
        let users = platform::page(tx, offset, limit)?;
        Ok((shown(tx, users)?, counters::users_of(tx, None)?))
    };
    if offset > DEEP { directory.store.scan(work).await } else { directory.store.read(work).await }
}

/// Users by their id, or by a part of their e-mail or user name: those that it is, those that begin with it, those that
/// contain it.
///
/// # Errors
/// [`Error::LacksScope`] when the permit does not reach everywhere; [`Error::TooMany`] when it takes too long.
pub async fn search(
    directory: &Directory,
    permit: &WidePermit<PlatformRead>,
    text: &str,
    limit: i64,
) -> Result<Vec<PlatformUser>> {
    permit.everywhere()?;
    let (text, id) = (text.to_owned(), text.to_ascii_lowercase().parse::<UserId>().ok());
    directory
        .store
        .scan(move |tx| {
            let most = usize::try_from(limit).unwrap_or_default();
            let mut found: Vec<User> = Vec::new();
            if let Some(id) = id {
                found.extend(platform::find(tx, id)?);
            }
            for tier in 0..3 {
                if found.len() >= most {
                    break;
                }
                let more = match tier {
                    0 => platform::by_login(tx, &text, false, limit)?,
                    1 => platform::by_login(tx, &text, true, limit)?,
                    // Those of the tiers before may be among them.
                    _ => platform::containing(tx, &text, limit.saturating_mul(2))?,
                };
                for user in more {
                    if !found.iter().any(|known| known.id == user.id) {
                        found.push(user);
                    }
                }
            }
            found.truncate(most);
            shown(tx, found)
        })
        .await
}

/// One user.
///
/// # Errors
/// [`Error::Missing`] when there is none.
pub async fn find(directory: &Directory, permit: &WidePermit<PlatformRead>, id: UserId) -> Result<PlatformUser> {
    permit.everywhere()?;
    let found = directory.store.read(move |tx| {
        let user = platform::find(tx, id)?.ok_or(Error::Missing("user"))?;
        shown(tx, vec![user])
    });
    found.await?.into_iter().next().ok_or(Error::Missing("user"))
}

/// Whether a user has second factors, and codes for the day when none is at hand.
///
/// # Errors
/// [`Error::Missing`] when there is no such user.
pub async fn factors(directory: &Directory, permit: &WidePermit<PlatformRead>, id: UserId) -> Result<Factors> {
    permit.everywhere()?;
    let read = move |tx: &mut Tx<'_>| {
        platform::find(tx, id)?.ok_or(Error::Missing("user"))?;
        owned(tx, id)
    };
    let owned = directory.store.read_few(read).await?;
    Ok(Factors { enabled: owned.any(), has_backup_codes: owned.recovery_codes > 0 })
}

fn shown(tx: &mut Tx<'_>, users: Vec<User>) -> Result<Vec<PlatformUser>> {
    let ids: Vec<UserId> = users.iter().map(|user| user.id).collect();
    let owners = rows::among(tx, &ids)?;
    let shown = |user: User| PlatformUser {
        email: shown_email(user.email.as_deref(), &user.user_name, user.id),
        is_owner: owners.contains(&user.id),
        id: user.id,
        created: user.created,
    };
    Ok(users.into_iter().map(shown).collect())
}
