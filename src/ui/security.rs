//! One's own security on one page: what there is to prove who one is with, the password, and where one is signed in. Whoever
//! is to set up a factor first sees nothing but the factors.

use crate::auth;
use crate::clock::Instant;
use crate::directory::factors::devices::Device;
use crate::directory::factors::requests::{self, Named};
use crate::directory::people::Session;
use crate::directory::settings::Requirement;
use crate::error::Result;
use crate::http::Reply;
use crate::ids::SessionId;
use crate::mfa::overview::{self, Factor, Overview};
use crate::mfa::{Method, security};

use super::factors::ADDRESSES;
use super::passkeys;
use super::view::{Action, Badge, Field, Form, Item, Kind, Link, Look, Page, Part, Section};
use super::visit::Visit;
use super::words;

/// So few recovery codes are left that new ones are due.
const FEW: i64 = 3;

/// The page.
pub(super) async fn look(visit: Visit) -> Result<Reply> {
    page(visit, 200, None).await
}

/// The page, with what went wrong.
pub(super) async fn page(visit: Visit, status: u16, alert: Option<String>) -> Result<Reply> {
    let notice = visit.done().map(|text| Part::Notice(text.to_owned()));
    let mut parts: Vec<Part> = alert.map(Part::Alert).or(notice).into_iter().collect();
    if visit.person()?.enrolling {
        let overview = overview::own(visit.mfa(), visit.person()?).await?;
        parts.push(Part::Due("Set up a second factor now. Everything else opens after that.".to_owned()));
        parts.extend(factors(&visit, &overview).into_iter().map(Part::Section));
    } else {
        parts.extend(everything(&visit).await?);
    }
    visit.show(status, &Page { wide: true, ..Page::new("Your security", parts) })
}

async fn everything(visit: &Visit) -> Result<Vec<Part>> {
    let person = visit.person()?;
    let (found, (account, home)) =
        (security::own(visit.mfa(), &visit.cx, person).await?, auth::account(visit.auth(), person).await?);
    let waiting = requests::own(visit.mfa().directory(), person, &visit.cx).await?;
    let who = account.email.unwrap_or(account.user_name);
    let overview = &found.overview;
    let said = Part::text(format!("Signed in as {who}, organisation {}.", home.slug));
    let sections = resets(&waiting)
        .into_iter()
        .chain(factors(visit, overview))
        .chain(recovery(overview))
        .chain(preferred(overview))
        .chain([password(), sessions(&found.sessions.unwrap_or_default(), person.session)])
        .chain(devices(&found.devices));
    Ok([said, asked(overview)].into_iter().chain(sections.map(Part::Section)).collect())
}

/// What is asked of whoever looks, and what protects them.
fn asked(overview: &Overview) -> Part {
    let phishing = overview.asked == Requirement::PhishingResistant;
    let what = if phishing { "a passkey" } else { "a second factor" };
    match (overview.due, overview.enabled) {
        (Some(due), _) => {
            Part::Due(format!("Your organisation asks for {what}. Please set it up before {}.", words::time(due)))
        }
        (None, true) => Part::text("Your account is protected by more than a password."),
        (None, false) => Part::text(
            "Your account is protected by a password alone. A passkey or an authenticator app makes it much safer.",
        ),
    }
}

/// The badge of what is set up.
pub(super) fn on(is: bool) -> Option<Badge> {
    is.then(|| Badge::good("On"))
}

fn factors(visit: &Visit, overview: &Overview) -> Vec<Section> {
    let offered = |method: Method| overview.allowed.contains(&method);
    let has = |method: Method| overview.factors.iter().find(|factor| factor.kind == method.as_str());
    // Whoever is to set up a factor first does not see which passkeys there are.
    let shown = if visit.person().is_ok_and(|person| person.enrolling) { &[] } else { overview.passkeys.as_slice() };
    let keys = passkeys::section(visit, shown, !overview.passkeys.is_empty(), offered(Method::Passkey));
    let app = app(has(Method::Totp), offered(Method::Totp));
    let addresses = ADDRESSES.iter().filter_map(|kind| {
        let factor = has(kind.method);
        let text = if factor.is_some() { "Use another one" } else { kind.add };
        let add = Link::new(format!("/ui/security/address?method={}", kind.method), text, Look::Plain);
        let add = offered(kind.method).then_some(Action::Link(add));
        section(factor, add, (kind.method, kind.title, kind.text))
    });
    keys.into_iter().chain(app).chain(addresses).collect()
}

/// A method that the tenant does not allow is shown only if it is there all the same.
fn section(
    factor: Option<&Factor>,
    add: Option<Action>,
    (method, title, text): (Method, &'static str, &'static str),
) -> Option<Section> {
    if factor.is_none() && add.is_none() {
        return None;
    }
    let remove = || {
        let link = Link::new(format!("/ui/security/confirm/{method}"), "Remove", Look::Plain);
        Action::Link(link.about(words::method(method)))
    };
    Some(Section {
        id: method.as_str(),
        title,
        badge: on(factor.is_some()),
        text: text.to_owned(),
        items: factor.map(details).into_iter().collect(),
        actions: add.into_iter().chain(factor.map(|_| remove())).collect(),
    })
}

fn details(factor: &Factor) -> Item {
    let used = factor.last_used.map_or_else(String::new, |at| format!(", last used {}", words::time(at)));
    let facts = format!("Set up {}{used}", words::time(factor.created));
    Item { title: factor.hint.clone().unwrap_or_default(), facts, ..Item::default() }
}

fn app(factor: Option<&Factor>, offered: bool) -> Option<Section> {
    let text = if factor.is_some() { "Set up another app" } else { "Set up an app" };
    let add = offered.then(|| Form::new("/ui/security/totp/start", text, Look::Plain).into());
    let said = "An app on your telephone shows a new code every half minute.";
    section(factor, add, (Method::Totp, words::method(Method::Totp), said))
}

/// Codes stand in for a factor, and mean nothing without one.
fn recovery(overview: &Overview) -> Option<Section> {
    let left = overview.recovery_codes;
    let text = match left > FEW {
        true => "Each gets you in once when nothing else is at hand. Keep them where nobody else looks.",
        false => "Few are left. Make new ones now, so that you are not locked out one day.",
    };
    let again = Link::new("/ui/security/confirm/recovery-codes", "Make new codes", Look::Plain);
    overview.enabled.then(|| Section {
        id: "recovery",
        title: "Recovery codes",
        badge: Some(Badge { good: left > FEW, text: format!("{left} left") }),
        text: text.to_owned(),
        items: Vec::new(),
        actions: vec![Action::Link(again)],
    })
}

/// Which method is offered first; there is nothing to choose among fewer than two.
fn preferred(overview: &Overview) -> Option<Section> {
    let has = |method: &Method| match method {
        Method::Passkey => !overview.passkeys.is_empty(),
        other => overview.factors.iter().any(|factor| factor.kind == other.as_str()),
    };
    let owned: Vec<Method> = Method::FACTORS.into_iter().filter(has).collect();
    if owned.len() < 2 {
        return None;
    }
    let first = [(String::new(), "The safest one".to_owned())];
    let others = owned.into_iter().map(|method| (method.as_str().to_owned(), words::method(method).to_owned()));
    let choices = first.into_iter().chain(others).collect();
    let field = Field::line("preferred", "When you sign in, offer first", "off");
    let field = Field { kind: Kind::Choice(choices), ..field }
        .holding(overview.preferred.map(Method::as_str).unwrap_or_default());
    let form = Form::new("/ui/security/preferred", "Save", Look::Plain).field(field);
    Some(Section { id: "offered-first", title: "Offered first", actions: vec![form.into()], ..Section::default() })
}

fn password() -> Section {
    let change = Link::new("/ui/security/password", "Change the password", Look::Plain);
    Section {
        id: "password",
        title: "Password",
        text: "With a new password, every other session ends.".to_owned(),
        actions: vec![Action::Link(change)],
        ..Section::default()
    }
}

fn sessions(found: &[Session], current: SessionId) -> Section {
    let item = |session: &Session| {
        let name = words::device(session.user_agent.as_deref());
        let from = session.address.as_ref().map_or_else(String::new, |address| format!(" from {address}"));
        let used = words::time(session.last_used);
        let facts = format!("Since {}, last used {used}{from}", words::time(session.created));
        let is_this = session.id == current;
        let end = || {
            let form = Form::new("/ui/security/sessions/end", "End", Look::Quiet).with("id", session.id.to_string());
            form.about(&format!("{name}, last used {used}")).into()
        };
        let actions = (!is_this).then(end).into_iter().collect();
        Item { title: name.clone(), badge: is_this.then(|| Badge::good("This one")), facts, actions }
    };
    let all = Link::new("/ui/security/confirm/everywhere", "Sign out everywhere", Look::Plain);
    Section {
        id: "sessions",
        title: "Where you are signed in",
        text: "End what you do not know, and change your password then.".to_owned(),
        items: found.iter().map(item).collect(),
        actions: vec![Action::Link(all)],
        ..Section::default()
    }
}

/// Devices on which a second factor need not be proven again; there is no section without one.
fn devices(found: &[(Device, Instant)]) -> Option<Section> {
    let item = |(device, ends): &(Device, Instant)| {
        let name = device.name.clone().unwrap_or_else(|| "Unknown device".to_owned());
        let method = device.method.parse().map_or("a second factor", words::method);
        let used = device.last_used.map(|at| format!("last used {}", words::time(at)));
        let used = used.unwrap_or_else(|| "not used yet".to_owned());
        let form = Form::new("/ui/security/devices/forget", "Forget", Look::Quiet).with("id", device.id.to_string());
        let actions = vec![form.about(&name).into()];
        let facts = format!("Stands in for: {method}, until {}, {used}", words::time(*ends));
        Item { title: name, badge: None, facts, actions }
    };
    let all = Link::new("/ui/security/confirm/devices", "Forget all", Look::Plain);
    (!found.is_empty()).then(|| Section {
        id: "devices",
        title: "Remembered devices",
        text: "Here the password is enough. Forget what you do not know or do not use any more.".to_owned(),
        items: found.iter().map(item).collect(),
        actions: (found.len() > 1).then_some(Action::Link(all)).into_iter().collect(),
        ..Section::default()
    })
}

/// What administrators asked for that lets somebody past one's own second factors.
fn resets(found: &[Named]) -> Option<Section> {
    let item = |Named { request, .. }: &Named| {
        let what = match request.what.as_str() {
            "passkey" => "An administrator asked to remove one of your passkeys.",
            "enrolment_code" => {
                "An administrator asked for a code by which a second factor can be set up for your account."
            }
            _ => "An administrator asked to remove all of your second factors.",
        };
        let reason = request.reason.as_ref().map_or_else(String::new, |reason| format!(" Reason: {reason}"));
        let (asked, due) = (words::time(request.requested), words::time(request.due));
        let object = Link::new(format!("/ui/security/confirm/reset?id={}", request.id), "Object", Look::Danger);
        Item {
            title: what.to_owned(),
            badge: None,
            facts: format!("Asked for {asked}. It can be done from {due} on.{reason}"),
            actions: vec![Action::Link(object)],
        }
    };
    (!found.is_empty()).then(|| Section {
        id: "resets",
        title: "Somebody wants to get past your second factors",
        text: "If you did not ask for it, object. Then nothing becomes of it.".to_owned(),
        items: found.iter().map(item).collect(),
        ..Section::default()
    })
}
