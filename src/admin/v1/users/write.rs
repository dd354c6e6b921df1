//! Users made, changed and deleted. What stands in a document is written into it; the directory does the rest, as it does
//! for every other door.

use std::sync::Arc;

use serde_json::{Map, Value};

use crate::access::{MembersWrite, PasswordsSet, Permit, UsersDelete, UsersErase, UsersWrite, decide, decide_widely};
use crate::admin::v1::shared;
use crate::directory::accounts::Email;
use crate::directory::accounts::status::Activation;
use crate::directory::passwords::{self, Chosen, Kind};
use crate::directory::people::{self, Include};
use crate::directory::units::Rehoming;
use crate::directory::users::{self, Beginning, Draft, Edit, User, Want};
use crate::directory::{Precondition, places};
use crate::error::{Error, Result};
use crate::http::profile::{warned, write_primary};
use crate::http::rest::{self, Field, Parameters};
use crate::http::{Exchange, Reply};
use crate::ids::UserId;
use crate::notify::Purpose;

use super::input::{self, Creation, Update};
use super::read::answer;
use super::shown::{self, Shown};

/// The longest e-mail that a deletion is confirmed with, in characters.
const LONGEST_EMAIL: usize = 254;

/// `POST /tenants/{tenant_id}/users`.
pub(super) async fn create_in_tenant(exchange: Exchange) -> Result<Reply> {
    let place = places::find(&exchange.services.directory, exchange.path.get("tenant_id")).await?;
    let permit = decide::<UsersWrite>(exchange.actor()?, &place)?;
    create(&exchange, &permit, Shown::USUAL).await
}

/// `POST /admin/users`.
pub(super) async fn create_widely(exchange: Exchange) -> Result<Reply> {
    let directory = &exchange.services.directory;
    let wide = decide_widely::<UsersWrite>(exchange.actor()?)?;
    let place = match input::tenant(&exchange.body)? {
        Some(named) => places::find(directory, &named).await?,
        None => {
            let only = people::only_tenant(directory, &wide).await?;
            only.ok_or_else(|| Error::fault(["body", "tenant_id"], "missing", "is required: you look after several"))?
        }
    };
    // A tenant out of reach is not there.
    let permit = decide::<UsersWrite>(wide.actor(), &place).map_err(|_| Error::Missing("tenant"))?;
    create(&exchange, &permit, Shown::WIDELY).await
}

async fn create(exchange: &Exchange, permit: &Permit<UsersWrite>, shown: Shown) -> Result<Reply> {
    let (directory, cx) = (&exchange.services.directory, &exchange.cx);
    let creation = input::creation(&exchange.body)?;
    let document = input::document(&permit.types().user, &creation)?;
    let password = first_password(exchange, permit, &creation, &document).await?;
    let (activation, mail) = match (&password, creation.send_welcome_email) {
        (_, false) => (Activation::Done, None),
        // Reset links go to an address that is proven only.
        (Some(_), true) => (Activation::Done, Some(Purpose::Verify)),
        (None, true) => (Activation::Invited, Some(Purpose::Welcome)),
    };
    let draft = Draft {
        user_name: creation.user_name,
        document,
        external_id: None,
        active: None,
        writes_active: false,
        email: Email::Is(Some(creation.email)),
    };
    let (home_unit, groups) = (creation.unit, creation.groups);
    let beginning = Beginning { activation, home_unit, groups, password, mail, ..Beginning::default() };
    let made = users::create(directory, permit, cx, draft, beginning).await.map_err(input::placed)?;
    exchange.note.about("User", made.user.id.to_string());
    answer(exchange, permit, 201, made.user.id, Include::default(), shown).await
}

/// The password that a new user begins with.
async fn first_password(
    exchange: &Exchange,
    permit: &Permit<UsersWrite>,
    creation: &Creation,
    document: &Map<String, Value>,
) -> Result<Option<(Chosen, Kind)>> {
    let Some(password) = &creation.password else { return Ok(None) };
    decide::<PasswordsSet>(permit.actor(), permit.place())?;
    let typed = input::typed(password, "password")?;
    let mut known = passwords::names(document);
    known.extend([creation.user_name.clone(), creation.email.clone()]);
    let place = ["body", "password"];
    let chosen =
        passwords::choose_for(&exchange.services.directory, (permit.tenant(), None), known, typed, &place).await?;
    Ok(Some((chosen, if creation.require_password_change { Kind::Given } else { Kind::Set })))
}

/// `PATCH /tenants/{tenant_id}/users/{user_id}`.
pub(super) async fn update_in_tenant(exchange: Exchange) -> Result<Reply> {
    let place = places::find(&exchange.services.directory, exchange.path.get("tenant_id")).await?;
    let permit = decide::<UsersWrite>(exchange.actor()?, &place)?;
    let id = rest::id::<UserId>(&exchange, "user_id", "user")?;
    update(&exchange, &permit, id, Shown::USUAL).await
}

/// `PATCH /admin/users/{user_id}`.
pub(super) async fn update_widely(exchange: Exchange) -> Result<Reply> {
    let id = rest::id::<UserId>(&exchange, "user_id", "user")?;
    let permit = people::permit::<UsersWrite>(&exchange.services.directory, exchange.actor()?, id).await?;
    update(&exchange, &permit, id, Shown::WIDELY).await
}

async fn update(exchange: &Exchange, permit: &Permit<UsersWrite>, id: UserId, shown: Shown) -> Result<Reply> {
    let (directory, cx) = (&exchange.services.directory, &exchange.cx);
    people::check(directory, permit, id).await?;
    let update = input::update(&exchange.body)?;
    let members = match update.unit {
        Field::Absent => None,
        Field::Null | Field::Value(_) => Some(decide::<MembersWrite>(permit.actor(), permit.place())?),
    };
    if let (Field::Value(unit), Some(members)) = (&update.unit, &members) {
        people::check_unit(directory, members, *unit).await?;
    }
    let (name, home, edit) = (id.to_string(), update.unit.value(), edit(permit, update));
    let changed = match members {
        Some(members) => {
            let rehoming = Rehoming { permit: members, home };
            users::change_and_move(directory, permit, cx, &name, edit, rehoming).await
        }
        None => users::change(directory, permit, cx, &name, Precondition::None, Want { groups: false }, edit).await,
    };
    let changed = changed.map_err(input::placed)?;
    let details = people::find_changed(directory, permit, cx, id).await?;
    let reply = rest::data(200, &shown::user(&permit.types().user, details, shown), cx)?;
    Ok(match &changed.overruled {
        Some(overruled) => warned(reply, &overruled.source, &overruled.attributes.join(" ")),
        None => reply,
    })
}

/// What an update makes of a user as it is then.
fn edit(permit: &Permit<UsersWrite>, update: Update) -> Edit {
    let types = Arc::clone(permit.types());
    Arc::new(move |user: &User| {
        let mut draft = Draft::keeping(user);
        update.profile.write(&types.user, &mut draft.document)?;
        // What answers show of a user without an e-mail comes back from whoever changes something else.
        let sent = update.email.as_ref().filter(|email| **email != people::no_email(user.id));
        if let Some(email) = sent {
            write_primary(&mut draft.document, "emails", email);
        }
        let email = sent.cloned().or_else(|| user.email.clone());
        match &update.user_name {
            Field::Absent => {}
            Field::Value(name) => draft.user_name.clone_from(name),
            Field::Null => {
                draft.user_name = email.clone().ok_or_else(|| {
                    let why = "cannot be null: there is no e-mail to go back to";
                    Error::fault(["body", "username"], "value_error", why)
                })?;
            }
        }
        draft.document.insert("userName".to_owned(), draft.user_name.as_str().into());
        Ok(Draft { email: Email::Is(email), ..draft })
    })
}

/// `DELETE /tenants/{tenant_id}/users/{user_id}`.
pub(super) async fn remove_in_tenant(exchange: Exchange) -> Result<Reply> {
    let directory = &exchange.services.directory;
    let place = places::find(directory, exchange.path.get("tenant_id")).await?;
    let permit = decide::<UsersDelete>(exchange.actor()?, &place)?;
    let id = rest::id::<UserId>(&exchange, "user_id", "user")?;
    let user = people::find(directory, &permit, &exchange.cx, id, Include::default()).await?;
    let mut parameters = Parameters::of(&exchange.query);
    let given = parameters.free_text("confirm_email", LONGEST_EMAIL);
    let given = parameters.demand("confirm_email", given);
    if given.is_some_and(|given| given.to_lowercase() != user.listed.email.to_lowercase()) {
        parameters.refuse("confirm_email", "value_error", "is not the e-mail of this user");
    }
    parameters.finish()?;
    remove(&exchange, &permit, id).await
}

/// `DELETE /admin/users/{user_id}`.
pub(super) async fn remove_widely(exchange: Exchange) -> Result<Reply> {
    let id = rest::id::<UserId>(&exchange, "user_id", "user")?;
    let permit = people::permit::<UsersDelete>(&exchange.services.directory, exchange.actor()?, id).await?;
    remove(&exchange, &permit, id).await
}

async fn remove(exchange: &Exchange, permit: &Permit<UsersDelete>, id: UserId) -> Result<Reply> {
    let (directory, cx) = (&exchange.services.directory, &exchange.cx);
    users::remove(directory, permit, cx, &id.to_string(), Precondition::None).await?;
    Ok(Reply::empty(204))
}

/// `POST /tenants/{tenant_id}/users/{user_id}/restore`.
pub(super) async fn restore(exchange: Exchange) -> Result<Reply> {
    let permit = shared::whole_permit::<UsersDelete>(&exchange).await?;
    let id = rest::id::<UserId>(&exchange, "user_id", "user")?;
    users::restore(&exchange.services.directory, &permit, &exchange.cx, &id.to_string()).await?;
    answer(&exchange, &permit, 200, id, Include::default(), Shown::USUAL).await
}

/// `POST /tenants/{tenant_id}/users/{user_id}/erase`.
pub(super) async fn erase(exchange: Exchange) -> Result<Reply> {
    let permit = shared::whole_permit::<UsersErase>(&exchange).await?;
    let id = rest::id::<UserId>(&exchange, "user_id", "user")?;
    users::erase(&exchange.services.directory, &permit, &exchange.cx, &id.to_string()).await?;
    Ok(Reply::empty(204))
}
