//! Accounts: what their status, e-mail and logins become by provisioning and by administrators. Tests are named by the
//! rules that they hold.

use rollcall::access::{
    Actor, PermissionType, Permit, UsersApprove, UsersDelete, UsersErase, UsersStatus, UsersUnlock, UsersWrite, decide,
};
use rollcall::directory::accounts::status::{Activation, Status};
use rollcall::directory::accounts::{self, Changed, Email, StatusChange};
use rollcall::directory::log::Wanted;
use rollcall::directory::places;
use rollcall::directory::users::{self, Beginning, Draft};
use rollcall::error::{Error, Result};
use rollcall::ids::UserId;
use serde_json::{Map, Value, json};

use crate::client::{Client, USER, group, id, members, user};
use crate::server::{DEFAULT, Server, for_each_store};

fn permit<P: PermissionType>(server: &Server) -> Permit<P> {
    let place = server.wait(places::find(server.directory(), DEFAULT)).unwrap();
    decide(&Actor::system("it"), &place).unwrap()
}

fn user_id(user: &str) -> UserId {
    user.parse().unwrap()
}

fn change(status: Status) -> StatusChange {
    StatusChange { status, reason: Some("a reason".to_owned()), until: None, terminate_sessions: false }
}

fn set(server: &Server, user: &str, change: StatusChange) -> Result<Changed> {
    let permit = permit::<UsersStatus>(server);
    server.wait(accounts::set_status(server.directory(), &permit, &server.cx(), user_id(user), change))
}

/// What administrators see of a user.
fn shown(server: &Server, user: &str) -> Value {
    server.owner().get(&format!("/admin/users/{user}")).is(200)["data"].clone()
}

fn status(server: &Server, user: &str) -> String {
    shown(server, user)["status"].as_str().unwrap().to_owned()
}

fn code<T: std::fmt::Debug>(result: Result<T>) -> &'static str {
    match result {
        Err(Error::Conflict(reason) | Error::Forbidden(reason)) => reason.code,
        Err(Error::Taken(_)) => "taken",
        Err(Error::Missing(_)) => "missing",
        other => panic!("{other:?}"),
    }
}

/// How often everything that was issued to a user ended.
fn endings(server: &Server, user: &str) -> usize {
    let rows = server.journal(DEFAULT).into_iter().filter(|row| row.resource_id == user);
    rows.filter(|row| row.paths.as_array().unwrap().contains(&json!("sessions"))).count()
}

/// The words that the log has of the last request.
fn words(server: &Server) -> Vec<String> {
    let log = server.log(DEFAULT, Wanted::default());
    log.last().unwrap().tolerated.as_deref().map_or(Vec::new(), |words| serde_json::from_str(words).unwrap())
}

fn path(user: &str) -> String {
    format!("/Users/{user}")
}

fn replace(client: &Client, user: &str, attribute: &str, value: Value) -> crate::client::Answer {
    client.patch(&path(user), json!([{ "op": "replace", "path": attribute, "value": value }]))
}

/// A user as a connection makes it.
fn provision(client: &Client, name: &str, email: &str) -> String {
    let emails = json!([{ "value": email, "primary": true, "type": "work" }]);
    id(&client.post("/Users", &json!({ "schemas": [USER], "userName": name, "emails": emails })).is(201))
}

fn move_email(client: &Client, user: &str, email: &str) -> crate::client::Answer {
    replace(client, user, "emails", json!([{ "value": email, "primary": true, "type": "work" }]))
}

/// A user as an administrator makes it.
fn make(server: &Server, name: &str, email: Option<&str>, activation: Activation) -> Result<String> {
    let document = Map::from_iter([("userName".to_owned(), Value::from(name))]);
    let draft = Draft {
        user_name: name.to_owned(),
        document,
        external_id: None,
        active: None,
        writes_active: false,
        email: Email::Is(email.map(str::to_owned)),
    };
    let beginning = Beginning { activation, ..Beginning::default() };
    let permit = permit::<UsersWrite>(server);
    let made = server.wait(users::create(server.directory(), &permit, &server.cx(), draft, beginning))?;
    Ok(made.user.id.to_string())
}

#[test]
fn ir4_administrators_and_sources_hold_an_account_apart() {
    for_each_store(|server| {
        let client = server.connect(DEFAULT, "hr");
        let ann = client.user("ann");
        assert_eq!(status(server, &ann), "ACTIVE");
        // What an administrator holds, a source does not lift.
        assert!(set(server, &ann, change(Status::Disabled)).unwrap().changed);
        assert!(!set(server, &ann, change(Status::Disabled)).unwrap().changed);
        assert_eq!((status(server, &ann).as_str(), endings(server, &ann)), ("DISABLED", 1));
        assert_eq!(client.get(&path(&ann)).is(200)["active"], true);
        let version = client.get(&path(&ann)).header("etag").unwrap().to_owned();
        replace(&client, &ann, "active", json!(true)).is(200);
        assert_eq!((status(server, &ann).as_str(), words(server)), ("DISABLED", vec!["held".to_owned()]));
        assert_eq!(client.get(&path(&ann)).header("etag"), Some(version.as_str()));
        set(server, &ann, change(Status::Active)).unwrap();
        assert_eq!(status(server, &ann), "ACTIVE");
        // What a source disables, it enables.
        replace(&client, &ann, "active", json!(false)).is(200);
        assert_eq!((status(server, &ann).as_str(), endings(server, &ann)), ("DISABLED", 2));
        replace(&client, &ann, "active", json!(true)).is(200);
        assert_eq!((status(server, &ann).as_str(), words(server)), ("ACTIVE", Vec::new()));
        // An administrator overrules it, until it says so again.
        replace(&client, &ann, "active", json!(false)).is(200);
        set(server, &ann, change(Status::Active)).unwrap();
        assert_eq!(status(server, &ann), "ACTIVE");
        assert_eq!(client.get(&path(&ann)).is(200)["active"], false);
        client.put(&path(&ann), &json!({ "schemas": [USER], "userName": "ann", "title": "Dr" })).is(200);
        assert_eq!(status(server, &ann), "ACTIVE");
        replace(&client, &ann, "active", json!(false)).is(200);
        assert_eq!(status(server, &ann), "DISABLED");
        let tenant = server.database.id(&server.tenant(DEFAULT).id.to_string());
        let enforced = "UPDATE tenant SET settings = '{\"source_lock\":\"enforce\"}' WHERE id =";
        server.database.execute(&format!("{enforced} {tenant}"));
        assert_eq!(code(set(server, &ann, change(Status::Active))), "source_locked");
        assert_eq!(status(server, &ann), "DISABLED");
    });
}

#[test]
fn ir4_active_left_out_or_removed_changes_nothing_about_the_account() {
    for_each_store(|server| {
        let client = server.connect(DEFAULT, "hr");
        let ann = client.user("ann");
        for active in [true, false] {
            replace(&client, &ann, "active", json!(active)).is(200);
            let before = status(server, &ann);
            client.patch(&path(&ann), json!([{ "op": "remove", "path": "active" }])).is(200);
            assert_eq!(client.get(&path(&ann)).is(200).get("active"), None);
            assert_eq!(status(server, &ann), before);
            client.put(&path(&ann), &user("ann")).is(200);
            assert_eq!(status(server, &ann), before);
        }
    });
}

#[test]
fn ir4_a_deactivated_account_stays_so() {
    for_each_store(|server| {
        let client = server.connect(DEFAULT, "hr");
        let ann = client.user("ann");
        let gone = || {
            let permit = permit::<UsersDelete>(server);
            server.wait(accounts::deactivate(server.directory(), &permit, &server.cx(), user_id(&ann), None)).unwrap()
        };
        assert!(gone().changed);
        assert!(!gone().changed);
        for status in [Status::Active, Status::Disabled, Status::Locked] {
            assert_eq!(code(set(server, &ann, change(status))), "final");
        }
        replace(&client, &ann, "active", json!(true)).is(200);
        assert_eq!((status(server, &ann).as_str(), endings(server, &ann)), ("DISABLED", 1));
        assert_eq!(code(set(server, "01890a5d-ac96-774b-bcce-b302099a8057", change(Status::Active))), "missing");
    });
}

#[test]
fn ir4_a_suspension_ends_by_itself_and_locks_do_not_sign_out() {
    for_each_store(|server| {
        let client = server.connect(DEFAULT, "hr");
        let bob = make(server, "bob", None, Activation::Done).unwrap();
        let active = || client.find("/Users", "active eq true");
        assert_eq!(active(), [bob.as_str()]);
        let until = Some(server.cx().now.plus_seconds(60));
        set(server, &bob, StatusChange { until, ..change(Status::Disabled) }).unwrap();
        assert_eq!((status(server, &bob).as_str(), active()), ("DISABLED", Vec::new()));
        assert_eq!(client.get(&path(&bob)).is(200)["active"], false);
        server.clock.advance(61);
        assert_eq!(status(server, &bob), "ACTIVE");
        let settle = || server.wait(accounts::settle(server.directory(), &Actor::system("it"), &server.cx())).unwrap();
        assert_eq!((settle(), settle()), (1, 0));
        assert_eq!((status(server, &bob).as_str(), active()), ("ACTIVE", vec![bob.clone()]));
        // A lock shows as active, and ends nothing unless that is asked for.
        set(server, &bob, change(Status::Locked)).unwrap();
        assert_eq!((status(server, &bob).as_str(), active(), endings(server, &bob)), ("LOCKED", vec![bob.clone()], 1));
        let unlock = || {
            let permit = permit::<UsersUnlock>(server);
            server.wait(accounts::unlock(server.directory(), &permit, &server.cx(), user_id(&bob))).unwrap()
        };
        assert!(unlock().changed);
        assert!(!unlock().changed);
        assert_eq!(status(server, &bob), "ACTIVE");
        set(server, &bob, StatusChange { terminate_sessions: true, ..change(Status::Locked) }).unwrap();
        assert_eq!(endings(server, &bob), 2);
    });
}

#[test]
fn ir4_who_waits_is_approved_or_comes() {
    for_each_store(|server| {
        let client = server.connect(DEFAULT, "hr");
        let waits = |name: &str, activation| make(server, name, None, activation).unwrap();
        let (invited, unverified, queued) =
            (waits("a", Activation::Invited), waits("b", Activation::Unverified), waits("c", Activation::Approval));
        let approve = |user: &str| {
            let permit = permit::<UsersApprove>(server);
            server.wait(accounts::approve(server.directory(), &permit, &server.cx(), user_id(user)))
        };
        for user in [&invited, &unverified] {
            assert_eq!(status(server, user), "PENDING_EMAIL_VERIFICATION");
            assert_eq!(code(approve(user)), "transition");
            assert_eq!(client.get(&path(user)).is(200)["active"], false);
        }
        assert_eq!(status(server, &queued), "PENDING_APPROVAL");
        assert_eq!(code(set(server, &queued, change(Status::PendingEmailVerification))), "transition");
        assert!(approve(&queued).unwrap().changed);
        assert_eq!(client.get(&path(&queued)).is(200)["active"], true);
        assert!(!approve(&queued).unwrap().changed);
        set(server, &invited, change(Status::Active)).unwrap();
        assert_eq!((status(server, &invited), status(server, &queued)), ("ACTIVE".to_owned(), "ACTIVE".to_owned()));
    });
}

#[test]
fn ir7_a_login_belongs_to_one_user_of_a_tenant() {
    for_each_store(|server| {
        let client = server.connect(DEFAULT, "hr");
        let ann = provision(&client, "ann", "ann@x.test");
        assert_eq!(shown(server, &ann)["email"], "ann@x.test");
        // A name that is somebody's e-mail is taken, by whatever door.
        client.post("/Users", &user("ANN@x.test")).refuses(409);
        let bob = client.user("bob");
        assert_eq!(replace(&client, &bob, "userName", json!("Ann@X.test")).json()["scimType"], "uniqueness");
        assert_eq!(code(make(server, "ann@x.test", None, Activation::Done)), "taken");
        // An e-mail that is taken: refused where it was asked for, left out where it only follows.
        assert_eq!(code(make(server, "eve", Some("ANN@x.test"), Activation::Done)), "taken");
        assert_eq!(client.find("/Users", "userName eq \"eve\""), [""; 0]);
        let cy = provision(&client, "cy", "Ann@x.test");
        assert_eq!(words(server), ["email_parked"]);
        assert_eq!(client.get(&path(&cy)).is(200)["emails"][0]["value"], "Ann@x.test");
        assert_ne!(shown(server, &cy)["email"], "Ann@x.test");
        // Names and e-mails are free again when they are given up.
        replace(&client, &ann, "userName", json!("ann2")).is(200);
        move_email(&client, &ann, "ann2@x.test").is(200);
        provision(&client, "ann@x.test", "ann@x.test");
        client.user("ann");
        client.delete(&path(&ann)).is(204);
        provision(&client, "ann2", "ann2@x.test");
    });
}

#[test]
fn ir8_the_accounts_email_follows_the_primary_one_of_who_made_the_user() {
    for_each_store(|server| {
        let client = server.connect(DEFAULT, "hr");
        let ann = provision(&client, "ann", "ann@x.test");
        server.set_user(&ann, "email_verified = true");
        move_email(&client, &ann, "new@x.test").is(200);
        let now = shown(server, &ann);
        assert_eq!((&now["email"], &now["email_verified"]), (&json!("new@x.test"), &json!(false)));
        assert_eq!((endings(server, &ann), words(server)), (1, Vec::new()));
        // Back to the one that was confirmed.
        move_email(&client, &ann, "ann@x.test").is(200);
        assert_eq!(shown(server, &ann)["email_verified"], true);
        // Other attributes do not touch it.
        replace(&client, &ann, "title", json!("Dr")).is(200);
        assert_eq!((endings(server, &ann), shown(server, &ann)["email"].clone()), (2, json!("ann@x.test")));
        // Inside of a domain of the tenant the source may move it without an end to anything.
        own_domain(server, "mine.test");
        move_email(&client, &ann, "ann@Mine.test").is(200);
        assert_eq!((endings(server, &ann), shown(server, &ann)["email"].clone()), (2, json!("ann@Mine.test")));
    });
}

pub(crate) fn own_domain(server: &Server, name: &str) {
    let (tenant, epoch) = (server.database.id(&server.tenant(DEFAULT).id.to_string()), server.database.epoch());
    server.database.execute(&format!(
        "INSERT INTO domain (tenant_id, name, challenge, created, verified) VALUES ({tenant}, '{name}', 'c', {epoch}, {epoch})"
    ));
}

fn give_password(server: &Server, user: &str) {
    let (own, epoch) = (server.database.id(user), server.database.epoch());
    server.database.execute(&format!(
        "INSERT INTO password (user_id, scheme, hash, changed, must_change, synced)
         VALUES ({own}, 'argon2id', 'x', {epoch}, false, false)"
    ));
}

#[test]
fn ir8_an_email_is_parked_where_a_source_may_not_move_it() {
    for_each_store(|server| {
        let client = server.connect(DEFAULT, "hr");
        own_domain(server, "mine.test");
        let keeps = |user: &str, email: &str, kept: &str| {
            let before = endings(server, user);
            let sent = move_email(&client, user, email).is(200);
            assert_eq!(sent["emails"][0]["value"], email);
            assert_eq!(words(server), ["email_parked"]);
            assert_eq!((shown(server, user)["email"].clone(), endings(server, user)), (json!(kept), before));
            // Sent again it is no change.
            let version = client.get(&path(user)).header("etag").unwrap().to_owned();
            move_email(&client, user, email).is(200);
            assert_eq!(client.get(&path(user)).header("etag"), Some(version.as_str()));
        };
        let ann = provision(&client, "ann", "ann@x.test");
        give_password(server, &ann);
        keeps(&ann, "evil@x.test", "ann@x.test");
        move_email(&client, &ann, "ann@mine.test").is(200);
        assert_eq!(shown(server, &ann)["email"], "ann@mine.test");
        let bob = provision(&client, "bob", "bob@x.test");
        server.grant(server.tenant(DEFAULT).id, &bob, "helpdesk", None);
        keeps(&bob, "evil@x.test", "bob@x.test");
        keeps(&bob, "bob@mine.test", "bob@x.test");
        let cy = provision(&client, "cy", "cy@x.test");
        keeps(&cy, "bob@x.test", "cy@x.test");
    });
}

#[test]
fn adopt_never_moves_email() {
    for_each_store(|server| {
        let first = server.connection(DEFAULT, "first", rollcall::access::Profile::Tolerant);
        let ann = provision(&server.client_of(&first), "ann", "ann@x.test");
        server.delete_connection(&first);
        let bob = make(server, "bob", Some("bob@x.test"), Activation::Done).unwrap();
        let client = server.connect(DEFAULT, "second");
        for (user, kept) in [(&ann, "ann@x.test"), (&bob, "bob@x.test")] {
            move_email(&client, user, "evil@x.test").is(200);
            assert_eq!(words(server), ["email_parked"]);
            assert_eq!(shown(server, user)["email"], kept);
            move_email(&client, user, "evil2@x.test").is(200);
            assert_eq!(shown(server, user)["email"], kept);
        }
        // Nobody with a password of their own is adopted at all, nor is an administrator.
        let cy = make(server, "cy", Some("cy@x.test"), Activation::Done).unwrap();
        give_password(server, &cy);
        move_email(&client, &cy, "evil@x.test").refuses(403);
        let dee = make(server, "dee", Some("dee@x.test"), Activation::Done).unwrap();
        server.grant(server.tenant(DEFAULT).id, &dee, "viewer", None);
        move_email(&client, &dee, "evil@x.test").refuses(403);
        client.post("/Groups", &group("crew", &[&dee])).refuses(403);
    });
}

#[test]
fn ir1_protected_users_are_not_moved_by_provisioning() {
    for_each_store(|server| {
        let (client, other) = (server.connect(DEFAULT, "hr"), server.connect(DEFAULT, "other"));
        let partner = server.partner_of(DEFAULT);
        let ann = provision(&client, "ann", "ann@x.test");
        let bob = client.user("bob");
        server.grant(server.tenant(DEFAULT).id, &bob, "viewer", None);
        server.grant_over_partner(&ann, partner);
        for user in [&ann, &bob] {
            replace(&client, user, "userName", json!("evil")).refuses(403);
            client.delete(&path(user)).refuses(403);
            replace(&other, user, "title", json!("x")).refuses(403);
            replace(&client, user, "title", json!("Dr")).is(200);
            let same = client.get(&path(user)).is(200);
            client.put(&path(user), &same).is(200);
            replace(&client, user, "active", json!(false)).is(200);
            assert_eq!((status(server, user).as_str(), endings(server, user)), ("DISABLED", 1));
        }
        // A source enables again who administers the tenant, but nobody who administers more.
        replace(&client, &ann, "active", json!(true)).refuses(403);
        replace(&client, &ann, "active", json!(false)).is(200);
        replace(&client, &bob, "active", json!(true)).is(200);
        assert_eq!((status(server, &ann), status(server, &bob)), ("DISABLED".to_owned(), "ACTIVE".to_owned()));
        move_email(&client, &ann, "evil@x.test").is(200);
        assert_eq!(
            (shown(server, &ann)["email"].clone(), words(server)),
            (json!("ann@x.test"), vec!["email_parked".to_owned()])
        );
    });
}

#[test]
fn immutable_fields() {
    for_each_store(|server| {
        let (client, ann) = (server.connect(DEFAULT, "hr"), server.connect(DEFAULT, "hr").user("ann"));
        let crew = client.group("crew", &[&ann]);
        let foreign = "01890a5d-ac96-774b-bcce-b302099a8057";
        for (place, body) in [(path(&ann), user("ann")), (format!("/Groups/{crew}"), group("crew", &[&ann]))] {
            let before = client.get(&place);
            for (name, value) in [
                ("id", json!(foreign)),
                ("meta", json!({ "created": "2000-01-01T00:00:00Z", "location": "/x", "version": "W/\"9\"" })),
                ("groups", json!([{ "value": foreign }])),
                ("identity_source", json!("LOCAL")),
                ("created_by", json!(foreign)),
                ("tenant_id", json!(foreign)),
                ("status", json!("LOCKED")),
                ("email_verified", json!(true)),
            ] {
                let mut changed = body.clone();
                changed[name] = value.clone();
                client.put(&place, &changed).is(200);
                let patched = client.patch(&place, json!([{ "op": "replace", "path": name, "value": value }]));
                assert!(matches!(patched.status, 200 | 204 | 400), "{name}: {}", patched.text);
                client.patch(&place, json!([{ "op": "replace", "value": { name: value } }]));
                let (now, was) = (client.get(&place).json(), before.json());
                for kept in ["id", "userName", "displayName", "groups", "members"] {
                    assert_eq!(now.get(kept), was.get(kept), "{place} {name}");
                }
                assert_eq!(now["meta"]["created"], was["meta"]["created"], "{place} {name}");
            }
        }
        let now = shown(server, &ann);
        assert_eq!((&now["identity_source"], &now["status"]), (&json!("SCIM"), &json!("ACTIVE")));
    });
}

#[test]
fn ir19_a_deleted_user_comes_back_with_what_still_fits_or_is_erased() {
    for_each_store(|server| {
        let client = server.connect(DEFAULT, "hr");
        let ann = provision(&client, "ann", "ann@x.test");
        client.patch(&path(&ann), json!([{ "op": "add", "path": "externalId", "value": "E1" }])).is(200);
        let (stays, goes) = (client.group("stays", &[&ann]), client.group("goes", &[&ann]));
        let unit = server.unit(DEFAULT, "Sales", None);
        server.put_into(&ann, &unit, true);
        client.delete(&path(&ann)).is(204);
        client.delete(&format!("/Groups/{goes}")).is(204);
        let restore = || {
            let permit = permit::<UsersDelete>(server);
            server.wait(users::restore(server.directory(), &permit, &server.cx(), &ann))
        };
        let taker = client.user("ANN");
        assert_eq!(code(restore()), "taken");
        client.delete(&path(&taker)).is(204);
        assert_eq!(restore().unwrap().id, user_id(&ann));
        assert_eq!(code(restore()), "not_deleted");
        let back = client.get(&path(&ann)).is(200);
        assert_eq!((&back["externalId"], &back["userName"]), (&json!("E1"), &json!("ann")));
        assert_eq!(members(&client.get(&format!("/Groups/{stays}")).is(200)), [ann.as_str()]);
        let seen = shown(server, &ann);
        assert_eq!((&seen["email"], &seen["ou_id"]), (&json!("ann@x.test"), &json!(unit.id)));
        client.post("/Users", &user("ann@x.test")).refuses(409);
        assert_eq!(client.find("/Users", "emails.value eq \"ann@x.test\""), [ann.as_str()]);
        assert_eq!(server.wrong_counters(), [""; 0]);
        // Erased, nothing of it is left, and it does not come back.
        let erase = || {
            let permit = permit::<UsersErase>(server);
            server.wait(users::erase(server.directory(), &permit, &server.cx(), &ann))
        };
        assert_eq!(code(erase()), "not_deleted");
        client.delete(&path(&ann)).is(204);
        erase().unwrap();
        assert_eq!((code(erase()), code(restore())), ("missing", "missing"));
        let rows = server.journal(DEFAULT).into_iter().filter(|row| row.resource_id == ann);
        let rows: Vec<_> = rows.collect();
        assert_eq!(rows.last().unwrap().operation, "erase");
        assert!(rows.iter().all(|row| !format!("{:?}{:?}", row.before, row.after).contains("ann@x.test")), "{rows:?}");
    });
}

#[test]
fn ir19_deleted_users_are_erased_after_thirty_days() {
    for_each_store(|server| {
        let client = server.connect(DEFAULT, "hr");
        let (ann, _) = (client.user("ann"), client.user("bob"));
        client.delete(&path(&ann)).is(204);
        let erase = || server.wait(users::erase_old(server.directory(), &Actor::system("it"), &server.cx())).unwrap();
        server.clock.advance(30 * 24 * 3600 - 1);
        assert_eq!(erase(), 0);
        server.clock.advance(2);
        assert_eq!((erase(), erase()), (1, 0));
        let permit = permit::<UsersDelete>(server);
        assert_eq!(code(server.wait(users::restore(server.directory(), &permit, &server.cx(), &ann))), "missing");
    });
}
