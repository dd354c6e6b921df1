//! One user, and the groups it is in.

use crate::access::{
    Actor, ApplicationUsersRead, IdentitiesRead, MfaRead, PermissionType, Permit, Place, SessionsRead, UsersRead,
    decide,
};
use crate::directory::people::{self, Include};
use crate::directory::places;
use crate::error::{Error, Result};
use crate::http::rest::body::Words;
use crate::http::rest::{self, Parameters};
use crate::http::{Exchange, Reply};
use crate::ids::UserId;

use super::noted;
use super::shown::{self, Shown};

/// What else of a user can be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Groups,
    CustomAttributes,
    Identities,
    Mfa,
    Sessions,
}

const PARTS: &Words<Part> = &[
    ("groups", Part::Groups),
    ("custom_attributes", Part::CustomAttributes),
    ("identities", Part::Identities),
    ("mfa", Part::Mfa),
    ("sessions", Part::Sessions),
];

/// `GET /tenants/{tenant_id}/users/{user_id}`.
pub(super) async fn of_tenant(exchange: Exchange) -> Result<Reply> {
    let directory = &exchange.services.directory;
    let place = places::find(directory, exchange.path.get("tenant_id")).await?;
    if let Actor::Application(_) = exchange.actor()? {
        return for_application(&exchange, &place).await;
    }
    let permit = decide::<UsersRead>(exchange.actor()?, &place)?;
    let id = rest::id::<UserId>(&exchange, "user_id", "user")?;
    people::check(directory, &permit, id).await?;
    let parts = parts(&exchange)?;
    judge(&permit, &parts)?;
    let include = Include { identities: parts.contains(&Part::Identities), sessions: parts.contains(&Part::Sessions) };
    let shown = Shown { mfa: parts.contains(&Part::Mfa), ..Shown::USUAL };
    noted::user(&exchange, permit.tenant(), id);
    answer(&exchange, &permit, 200, id, include, shown).await
}

/// What an application is told of a user who is assigned to it: no more than it asks for.
async fn for_application(exchange: &Exchange, place: &Place) -> Result<Reply> {
    let permit = decide::<ApplicationUsersRead>(exchange.actor()?, place)?;
    let id = rest::id::<UserId>(exchange, "user_id", "user")?;
    let details = people::find_assigned(&exchange.services.directory, &permit, &exchange.cx, id).await?;
    let parts = parts(exchange)?;
    if parts.iter().any(|part| !matches!(part, Part::Groups | Part::CustomAttributes)) {
        return Err(Error::LacksScope);
    }
    let (groups, custom_attributes) = (parts.contains(&Part::Groups), parts.contains(&Part::CustomAttributes));
    noted::user(exchange, permit.tenant(), id);
    let shown = Shown { groups, custom_attributes, ..Shown::USUAL };
    rest::data(200, &shown::user(&place.types.user, details, shown), &exchange.cx)
}

/// `GET /admin/users/{user_id}`.
pub(super) async fn widely(exchange: Exchange) -> Result<Reply> {
    let id = rest::id::<UserId>(&exchange, "user_id", "user")?;
    let directory = &exchange.services.directory;
    let permit = people::permit::<UsersRead>(directory, exchange.actor()?, id).await?;
    noted::user(&exchange, permit.tenant(), id);
    answer(&exchange, &permit, 200, id, Include::default(), Shown::WIDELY).await
}

/// `GET /admin/users/{user_id}/groups`.
pub(super) async fn groups(exchange: Exchange) -> Result<Reply> {
    let id = rest::id::<UserId>(&exchange, "user_id", "user")?;
    let directory = &exchange.services.directory;
    let permit = people::permit::<UsersRead>(directory, exchange.actor()?, id).await?;
    noted::user(&exchange, permit.tenant(), id);
    let groups = people::memberships(directory, &permit, id).await?;
    rest::data(200, &shown::memberships(groups), &exchange.cx)
}

/// A user as an answer.
pub(super) async fn answer<P: PermissionType>(
    exchange: &Exchange,
    permit: &Permit<P>,
    status: u16,
    id: UserId,
    include: Include,
    shown: Shown,
) -> Result<Reply> {
    let details = people::find(&exchange.services.directory, permit, &exchange.cx, id, include).await?;
    rest::data(status, &shown::user(&permit.types().user, details, shown), &exchange.cx)
}

/// The words of `include`, separated by commas.
fn parts(exchange: &Exchange) -> Result<Vec<Part>> {
    let mut parameters = Parameters::of(&exchange.query);
    let words: Vec<String> = parameters
        .free_text("include", 200)
        .map(|text| text.split(',').map(|word| word.trim().to_owned()).filter(|word| !word.is_empty()).collect())
        .unwrap_or_default();
    let mut parts = Vec::with_capacity(words.len());
    for word in &words {
        match PARTS.iter().find(|(known, _)| known == word) {
            Some((_, part)) => parts.push(*part),
            None => {
                let known: Vec<&str> = PARTS.iter().map(|(word, _)| *word).collect();
                parameters.refuse("include", "enum", format!("must be some of {}", known.join(", ")));
                break;
            }
        }
    }
    parameters.finish()?;
    Ok(parts)
}

/// Asks for what the parts need beside seeing the user.
fn judge(permit: &Permit<UsersRead>, parts: &[Part]) -> Result<()> {
    let (actor, place) = (permit.actor(), permit.place());
    for part in parts {
        match part {
            Part::Groups | Part::CustomAttributes => {}
            Part::Identities => drop(decide::<IdentitiesRead>(actor, place)?),
            Part::Mfa => drop(decide::<MfaRead>(actor, place)?),
            Part::Sessions => drop(decide::<SessionsRead>(actor, place)?),
        }
    }
    Ok(())
}
