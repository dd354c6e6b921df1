//! The pages for people, rendered here, and what mailed links lead to. A page asks the same services as every other door and
//! decides nothing. Who is signed in is told by a cookie (`cookies`); what a form holds is given by `forms::open` alone, which
//! takes no form that another site made.

mod account;
mod assets;
mod confirm;
mod cookies;
mod factors;
mod forms;
mod links;
mod passkeys;
mod profile;
mod refusals;
mod second_step;
mod security;
mod sign_in;
mod step_up;
mod view;
mod visit;
mod words;

use futures_util::FutureExt as _;

use crate::access::Needs;
use crate::auth::pages;
use crate::http::{Answering, BodyRule, Carrier, Endpoint, Face, Handler, Method, Reply, activity};

use forms::Form;
use visit::{Visit, leading};

/// The longest body, in bytes: what an authenticator makes is the longest of all.
const BODY: BodyRule = BodyRule::Form { limit: 64 * 1024 };

const ANYBODY: Needs = Needs::Public("whoever signs in is not known yet");
const LINK: Needs = Needs::Public("the mailed token is the credential");

/// What takes a form.
type Act = fn(Visit, Form) -> Answering;

/// What is done by a form: a row of the table, and its handler once more for whoever had to prove first who they are.
struct Action {
    row: Endpoint,
    act: Act,
}

/// A page that is looked at.
macro_rules! get {
    ($path:literal, $needs:expr, $look:path) => {
        row(Method::Get, $path, $needs, false, |exchange| async move { $look(Visit::of(exchange)?).await }.boxed())
    };
}

/// What is done by a form; `change` where the journal tells of it.
macro_rules! post {
    ($path:literal, $needs:expr, $change:literal, $act:path) => {
        Action {
            row: row(Method::Post, $path, $needs, $change, |exchange| {
                async move {
                    let (visit, form) = forms::open(exchange)?;
                    step_up::carry_out($path, |visit, form| $act(visit, form).boxed(), visit, form).await
                }
                .boxed()
            }),
            act: |visit, form| $act(visit, form).boxed(),
        }
    };
}

/// The faces: where the root leads, the pages, and what mailed links lead to.
pub fn faces() -> Vec<Face> {
    let root = || {
        row(Method::Get, "/", ANYBODY, false, |exchange| {
            async move { Ok::<Reply, _>(leading(&exchange.services.public_url, sign_in::START)) }.boxed()
        })
    };
    let rows = |actions: Vec<Action>| actions.into_iter().map(|action| action.row);
    let pages = looks().into_iter().chain(rows(open_actions())).chain(rows(own_actions())).collect();
    let links = [get!("/{purpose}", LINK, links::look)].into_iter().chain(rows(link_actions())).collect();
    vec![face("root", "", vec![root()]), face("pages", "/ui", pages), face("links", "/link", links)]
}

fn face(name: &'static str, prefix: &'static str, endpoints: Vec<Endpoint>) -> Face {
    Face {
        name,
        prefix,
        endpoints,
        carrier: Carrier::Cookie(cookies::session),
        authenticate: |services, cx, credential| {
            async move { pages::authenticate(&services.auth, &cx, credential.bearer()).await }.boxed()
        },
        refuse: refusals::refuse,
        record: |services, answered| activity::record(services, &answered),
    }
}

/// A row without a description: the OpenAPI document is about what programs ask.
fn row(method: Method, path: &'static str, needs: Needs, change: bool, handler: Handler) -> Endpoint {
    let body = if method == Method::Post { BODY } else { BodyRule::None };
    Endpoint { method, path, needs, body, change, handler, document: None }
}

fn looks() -> Vec<Endpoint> {
    use Needs::{Enrolling, SignedIn};
    let files = Needs::Public("files that come with the program");
    vec![
        get!("/", ANYBODY, sign_in::look),
        get!("/forgot", ANYBODY, sign_in::look_forgotten),
        get!("/forgot/mailed", ANYBODY, sign_in::look_mailed),
        get!("/done", ANYBODY, sign_in::look_done),
        get!("/security", Enrolling, security::look),
        get!("/security/address", Enrolling, factors::look_address),
        get!("/security/passkeys/rename", SignedIn, passkeys::look_rename),
        get!("/security/passkeys/remove", SignedIn, passkeys::look_remove),
        get!("/security/password", SignedIn, account::look_password),
        get!("/security/confirm/{what}", SignedIn, confirm::look),
        get!("/profile", SignedIn, profile::look),
        row(Method::Get, "/files/{file}", files, false, |exchange| async move { assets::look(&exchange) }.boxed()),
    ]
}

/// What is done by whoever is not signed in yet, and how proofs are given.
fn open_actions() -> Vec<Action> {
    use Needs::{Enrolling, SignedIn};
    vec![
        post!("/sign-in", ANYBODY, false, sign_in::sign_in),
        post!("/sign-in/passkey-options", ANYBODY, false, sign_in::passkey_options),
        post!("/sign-in/passkey", ANYBODY, false, sign_in::by_credential),
        post!("/sign-in/choose", ANYBODY, false, second_step::choose),
        post!("/sign-in/prove", ANYBODY, false, second_step::prove),
        post!("/sign-in/password", ANYBODY, true, sign_in::choose_password),
        post!("/forgot", ANYBODY, false, sign_in::forgot),
        post!("/sign-out", Enrolling, false, sign_in::sign_out),
        post!("/step-up", SignedIn, false, step_up::prove),
        post!("/step-up/choose", SignedIn, false, step_up::choose),
    ]
}

/// What people do with what is theirs. All of it may have to wait for a fresh proof.
fn own_actions() -> Vec<Action> {
    use Needs::{Enrolling, SignedIn};
    vec![
        post!("/security/passkeys/add", Enrolling, false, passkeys::add),
        post!("/security/passkeys/finish", Enrolling, true, passkeys::finish),
        post!("/security/passkeys/rename", SignedIn, true, passkeys::rename),
        post!("/security/passkeys/remove", SignedIn, true, passkeys::remove),
        post!("/security/totp/start", Enrolling, false, factors::start_totp),
        post!("/security/totp/verify", Enrolling, true, factors::verify_totp),
        post!("/security/address/start", Enrolling, false, factors::start_address),
        post!("/security/address/verify", Enrolling, true, factors::verify_address),
        post!("/security/factors/remove", SignedIn, true, factors::remove),
        post!("/security/recovery-codes", SignedIn, true, factors::make_codes),
        post!("/security/preferred", SignedIn, true, factors::prefer),
        post!("/security/password", SignedIn, true, account::change_password),
        post!("/security/sessions/end", SignedIn, false, account::end_session),
        post!("/security/sessions/end-all", SignedIn, false, account::end_all),
        post!("/security/devices/forget", SignedIn, true, account::forget_device),
        post!("/security/devices/forget-all", SignedIn, true, account::forget_devices),
        post!("/security/resets/object", SignedIn, true, account::object),
        post!("/profile", SignedIn, true, profile::change),
    ]
}

fn link_actions() -> Vec<Action> {
    vec![post!("/{purpose}", LINK, true, links::use_up)]
}

/// What waited for a fresh proof, by its path.
fn act_at(path: &str) -> Option<(&'static str, Act)> {
    let found = own_actions().into_iter().find(|action| action.row.path == path)?;
    Some((found.row.path, found.act))
}
