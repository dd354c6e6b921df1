//! Which users are in an org unit.

use utoipa::ToSchema;

use crate::access::{MembersWrite, UsersRead};
use crate::directory::{people, units};
use crate::error::Result;
use crate::http::rest::{self, Fields, Parameters, body};
use crate::http::{Exchange, Reply};

use super::shown;
use crate::admin::v1::shared::{done, id, once_there, page, permit, window};

/// How a user belongs to an org unit.
#[derive(ToSchema)]
#[expect(dead_code, reason = "for the document of the API")]
pub(super) struct OrgUnitMemberUpdate {
    /// Whether the org unit is the user's home; the old home stays one of the user's units.
    #[schema(nullable = false)]
    is_home: Option<bool>,
}

pub(super) async fn list(exchange: Exchange) -> Result<Reply> {
    let permit = permit::<UsersRead>(&exchange).await?;
    let unit = id(&exchange, "unit_id", "org unit")?;
    let mut parameters = Parameters::of(&exchange.query);
    let (paging, below) = (parameters.paging(), parameters.boolean("include_children").unwrap_or(false));
    parameters.finish()?;
    let (offset, limit) = window(paging);
    let found = units::members(&exchange.services.directory, &permit, &unit, below, offset, limit).await?;
    page(&exchange, found, paging, shown::member)
}

pub(super) async fn put(exchange: Exchange) -> Result<Reply> {
    let permit = permit::<MembersWrite>(&exchange).await?;
    let (unit, user) = (id(&exchange, "unit_id", "org unit")?, id(&exchange, "user_id", "user")?);
    let there = async {
        units::check(&exchange.services.directory, &permit, &unit).await?;
        people::check(&exchange.services.directory, &permit, rest::id(&exchange, "user_id", "user")?).await
    };
    let home = once_there(home(&exchange), there).await?;
    units::enter(&exchange.services.directory, &permit, &exchange.cx, &unit, &user, home).await?;
    Ok(done())
}

fn home(exchange: &Exchange) -> Result<Option<bool>> {
    let mut fields = Fields::of_optional_body(&exchange.body)?;
    let home = fields.optional("is_home", body::boolean);
    fields.finish()?;
    Ok(home)
}

pub(super) async fn remove(exchange: Exchange) -> Result<Reply> {
    let permit = permit::<MembersWrite>(&exchange).await?;
    let (unit, user) = (id(&exchange, "unit_id", "org unit")?, id(&exchange, "user_id", "user")?);
    units::leave(&exchange.services.directory, &permit, &exchange.cx, &unit, &user).await?;
    Ok(done())
}
