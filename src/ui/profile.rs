//! One's own profile: e-mail, names, telephone, language and time zone. What is written is only what differs from what stands
//! there, so that nobody writes over what they did not touch.

use serde_json::{Map, Value};

use crate::auth::profile as own;
use crate::directory::users::{self, Want};
use crate::error::{Error, Result};
use crate::http::Reply;
use crate::http::profile::{Profile, Shown};
use crate::http::rest::{Fields, body};

use super::forms::Form;
use super::sign_in::{is_ours, waiting};
use super::view::{self, Field, Kind, Look, Page, Part};
use super::visit::Visit;
use super::words;

/// The fields by their names, which are those of the REST API.
const NAMES: [&str; 7] = ["email", "first_name", "last_name", "display_name", "phone", "locale", "timezone"];

/// The page.
pub(super) async fn look(visit: Visit) -> Result<Reply> {
    let known = known(&visit).await?;
    let told = visit.done().map(|text| Part::Notice(text.to_owned()));
    show(visit, 200, known, told, None)
}

/// What stands there, in the order of [`NAMES`].
async fn known(visit: &Visit) -> Result<[String; NAMES.len()]> {
    let person = visit.person()?;
    let user = users::oneself(&visit.services().directory, person, Want { groups: false }).await?;
    let email = crate::auth::account(visit.auth(), person).await?.0.email.unwrap_or_default();
    let shown = Shown::of(&user.document);
    let text = |value: Option<String>| value.unwrap_or_default();
    let names = (text(shown.first_name), text(shown.last_name), text(shown.display_name));
    Ok([email, names.0, names.1, names.2, text(shown.phone), shown.locale, shown.timezone])
}

fn fields() -> [Field; NAMES.len()] {
    let [email, first, last, display, phone, locale, timezone] = NAMES;
    let name = |name, label, autocomplete| Field {
        most: 200,
        capitals: "words",
        ..Field::line(name, label, autocomplete).optional()
    };
    let address = Field::line(email, "E-mail address", "email").or_says("Please type the address.");
    [
        Field { kind: Kind::Line("email"), ..address }
            .hinted("Another one is confirmed by a link that is mailed there. All sessions end."),
        name(first, "Given name", "given-name"),
        name(last, "Family name", "family-name"),
        name(display, "Name that others see", "name"),
        Field { kind: Kind::Line("tel"), most: 32, ..Field::line(phone, "Telephone number", "tel").optional() }
            .hinted("With the country code: +49 151 23456789"),
        Field { most: 35, ..Field::line(locale, "Language", "language").optional() }.hinted("Such as en or pt-BR"),
        Field { most: 64, ..Field::line(timezone, "Time zone", "off").optional() }.hinted("Such as Europe/Paris"),
    ]
}

fn show(
    visit: Visit,
    status: u16,
    values: [String; NAMES.len()],
    told: Option<Part>,
    error: Option<&Error>,
) -> Result<Reply> {
    let mut form = view::Form::new("/ui/profile", "Save", Look::Primary);
    form.fields = fields().into_iter().zip(values).map(|(field, value)| field.holding(value)).collect();
    let told = error.and_then(|error| form.blame(error)).map(Part::Alert).or(told);
    visit.show(status, &Page::new("Your profile", told.into_iter().chain([form.into()]).collect()))
}

/// Writes what was changed.
pub(super) async fn change(visit: Visit, form: Form) -> Result<Reply> {
    let before = known(&visit).await?;
    match write(&visit, &form, &before).await {
        Ok(Written { moved: true, .. }) => Ok(visit.left().go("/ui/?done=email-changed")),
        Ok(Written { overruled: true, .. }) => Ok(visit.go("/ui/profile?done=profile-overruled")),
        Ok(_) => Ok(visit.go("/ui/profile?done=profile-saved")),
        Err(Error::StepUp(lacking)) => Err(Error::StepUp(lacking)),
        Err(error) if is_ours(&error) => Err(error),
        Err(error) => {
            let typed = NAMES.map(|name| form.text(name).to_owned());
            show(visit, words::status(&error), typed, None, Some(&error)).map(|reply| waiting(reply, &error))
        }
    }
}

/// What became of a change.
struct Written {
    /// Whether the e-mail is another one, which ended all sessions.
    moved: bool,
    /// Whether the user's source owns what was written.
    overruled: bool,
}

async fn write(visit: &Visit, form: &Form, before: &[String; NAMES.len()]) -> Result<Written> {
    let mut fields = changed(form, before)?;
    let email = match fields.has("email") && form.text("email").trim().is_empty() {
        true => {
            fields.refuse("email", "missing", "is required");
            None
        }
        false => fields.optional("email", body::email),
    };
    let profile = Profile::read(&mut fields);
    fields.finish()?;
    let moved = email.is_some();
    let edit = (email.as_deref(), profile.edit(email.clone()));
    let done = own::change(visit.auth(), &visit.cx, visit.person()?, edit, &visit.client()).await?;
    Ok(Written { moved, overruled: done.overruled.is_some() })
}

/// What differs from before, as the REST API takes it: what was emptied is cleared.
fn changed(form: &Form, before: &[String; NAMES.len()]) -> Result<Fields> {
    let differing = NAMES.iter().zip(before).filter_map(|(name, before)| {
        let typed = form.text(name).trim();
        let typed = if *name == "phone" { typed.replace(char::is_whitespace, "") } else { typed.to_owned() };
        let value = if typed.is_empty() { Value::Null } else { Value::from(typed.as_str()) };
        (typed != *before).then(|| ((*name).to_owned(), value))
    });
    let members: Map<String, Value> = differing.collect();
    Fields::of_body(Value::Object(members).to_string().as_bytes())
}
