//! Known fault `same_guard_all_doors`, for what is done to people (IR-1, IR-3): whoever holds less than a user, or does not
//! reach them, is refused each effect by whatever door; of somebody plain all doors do it. One row an effect and a door.
//! What gives permissions stands in `guards.rs`. By the command line an operator may do all of this: it needs the machine.
//! What is an owner's of the platform alone has a table of its own.

use rollcall::access::{Permission, PermissionSet, Scope, role};
use serde_json::{Value, json};

use crate::client::{Client, id, patch, user as scim_user};
use crate::persons::{Unit, holding};
use crate::program::for_each_place;
use crate::roles::having;
use crate::server::{DEFAULT, Server, for_each_store};

const BULK: &str = "urn:ietf:params:scim:api:messages:2.0:BulkRequest";
const PASSWORD: &str = "seven green bottles hum 41";

/// Who asks, what, and of whom.
struct Case<'a> {
    server: &'a Server,
    /// The provisioner who made the user.
    scim: &'a Client,
    /// A person without what the user has.
    person: &'a Client,
    /// Somebody who may do everything, for what must be there first.
    owner: &'a Client,
    /// An org unit of the tenant.
    unit: &'a Unit,
    user: &'a str,
    /// A word that nobody used yet.
    fresh: &'a str,
}

impl Case<'_> {
    fn rest(&self, method: &str, path: &str, body: Option<Value>) -> u16 {
        let path = path.replace("{u}", self.user).replace("{t}", "/tenants/default/users");
        self.person.send(method, &path, &[], body.as_ref()).status
    }

    fn platform(&self, method: &str, path: &str, body: Option<Value>) -> u16 {
        let base = format!("{}/api/platform", self.server.url());
        self.person.below(&base).send(method, &path.replace("{u}", self.user), &[], body.as_ref()).status
    }

    fn scim(&self, method: &str, body: Option<Value>) -> u16 {
        self.scim.send(method, &format!("/Users/{}", self.user), &[], body.as_ref()).status
    }

    /// The status of one operation by `/Bulk`.
    fn bulk(&self, method: &str, data: Option<Value>) -> u16 {
        let mut operation = json!({ "method": method, "path": format!("/Users/{}", self.user) });
        operation["data"] = data.unwrap_or_default();
        let answer = self.scim.post("/Bulk", &json!({ "schemas": [BULK], "Operations": [operation] })).is(200);
        answer["Operations"][0]["status"].as_str().unwrap().parse().unwrap()
    }

    fn email(&self) -> Value {
        json!({ "email": format!("{}@evil.test", self.fresh) })
    }

    fn name(&self) -> Value {
        json!({ "username": self.fresh })
    }

    fn rename(&self) -> Value {
        patch(json!([{ "op": "replace", "path": "userName", "value": self.fresh }]))
    }

    fn confirmed(&self) -> String {
        format!("{{t}}/{{u}}?confirm_email={}@x.test", self.user)
    }

    /// Something about the user that somebody mighty makes; gives its id.
    fn made(&self, path: &str, body: &Value) -> String {
        let tenant = self.server.tenant_of(self.user);
        id(&self.owner.post(&format!("/tenants/{tenant}/{path}"), body).is(201)["data"])
    }

    fn link(&self) -> Value {
        let provider = self.made("identity-providers", &json!({ "protocol": "OIDC", "name": self.fresh }));
        json!({ "provider_id": provider, "subject": self.fresh })
    }

    fn linked(&self) -> String {
        self.made(&format!("users/{}/identities", self.user), &self.link())
    }

    /// What is done to the user while it is deleted; it comes back when that was refused.
    fn deleted(&self, what: &str) -> u16 {
        let tenant = self.server.tenant_of(self.user);
        self.owner.delete(&format!("/admin/users/{}", self.user)).is(204);
        let status = self.rest("POST", &format!("{{t}}/{{u}}/{what}"), None);
        if status >= 300 {
            let path = format!("/tenants/{tenant}/users/{}/restore", self.user);
            self.owner.send("POST", &path, &[], None).is(200);
        }
        status
    }

    fn granted(&self) -> String {
        self.made("grants", &json!({ "subject": { "type": "user", "id": self.user }, "role": "viewer" }))
    }
}

/// An effect by a door: its name, and the status that comes out of it.
type Door = (&'static str, fn(&Case) -> u16);

const DOORS: &[Door] = &[
    ("change e-mail: REST over tenants", |case| case.rest("PATCH", "/admin/users/{u}", Some(case.email()))),
    ("change e-mail: REST", |case| case.rest("PATCH", "{t}/{u}", Some(case.email()))),
    ("change user name: REST over tenants", |case| case.rest("PATCH", "/admin/users/{u}", Some(case.name()))),
    ("change user name: REST", |case| case.rest("PATCH", "{t}/{u}", Some(case.name()))),
    ("change user name: SCIM PATCH", |case| case.scim("PATCH", Some(case.rename()))),
    ("change user name: SCIM PUT", |case| case.scim("PUT", Some(scim_user(case.fresh)))),
    ("change user name: SCIM Bulk", |case| case.bulk("PATCH", Some(case.rename()))),
    ("change telephone: REST over tenants", |case| {
        case.rest("PATCH", "/admin/users/{u}", Some(json!({ "phone": "+33123456789" })))
    }),
    ("change telephone: REST", |case| case.rest("PATCH", "{t}/{u}", Some(json!({ "phone": "+33123456789" })))),
    ("disable: REST", |case| case.rest("PUT", "{t}/{u}/status", Some(json!({ "status": "DISABLED" })))),
    ("lock: REST", |case| case.rest("PUT", "{t}/{u}/status", Some(json!({ "status": "LOCKED" })))),
    ("unlock: REST", |case| case.rest("POST", "/admin/users/{u}/unlock", None)),
    ("delete: REST over tenants", |case| case.rest("DELETE", "/admin/users/{u}", None)),
    ("delete: REST", |case| case.rest("DELETE", &case.confirmed(), None)),
    ("delete: SCIM DELETE", |case| case.scim("DELETE", None)),
    ("delete: SCIM Bulk", |case| case.bulk("DELETE", None)),
    ("set password: REST over tenants", |case| {
        case.rest("POST", "/admin/users/{u}/reset-password", Some(json!({ "new_password": PASSWORD })))
    }),
    ("set password: REST", |case| {
        let body = json!({ "method": "DIRECT", "new_password": PASSWORD });
        case.rest("POST", "{t}/{u}/password/reset", Some(body))
    }),
    ("set temporary password: REST", |case| {
        case.rest("POST", "{t}/{u}/password/reset", Some(json!({ "method": "TEMPORARY" })))
    }),
    ("mail a reset: REST", |case| case.rest("POST", "{t}/{u}/password/reset", Some(json!({})))),
    ("remove factors: REST", |case| case.rest("POST", "/admin/users/{u}/mfa/disable", None)),
    ("give out an enrolment code: REST", |case| case.rest("POST", "/admin/users/{u}/mfa/enrolment-code", None)),
    ("forget devices: REST", |case| case.rest("DELETE", "/admin/users/{u}/devices", None)),
    ("link an identity: REST", |case| case.rest("POST", "{t}/{u}/identities", Some(case.link()))),
    ("unlink an identity: REST", |case| {
        let link = case.linked();
        case.rest("DELETE", &format!("{{t}}/{{u}}/identities/{link}"), None)
    }),
    ("grant a role: REST", |case| {
        let scope = json!({ "type": "org_unit", "id": case.unit.id });
        let subject = json!({ "type": "user", "id": case.user });
        case.rest(
            "POST",
            "/tenants/default/grants",
            Some(json!({ "subject": subject, "role": "viewer", "scope": scope })),
        )
    }),
    ("take a role back: REST", |case| {
        let grant = case.granted();
        case.rest("DELETE", &format!("/tenants/default/grants/{grant}"), None)
    }),
    ("correct the identity source: REST", |case| {
        case.server.set_user(case.user, "identity_source = 'SAML'");
        let body = json!({ "tenant_id": DEFAULT, "user_ids": [case.user] });
        case.rest("POST", "/admin/users/identity-source/mismatches/fix", Some(body))
    }),
    ("let a connection adopt: REST", |case| {
        let connection = case.made("connections", &json!({ "name": case.fresh }));
        case.server.ask_to_adopt(case.user, &connection);
        let body = json!({ "connection_id": connection, "user_ids": [case.user], "decision": "approve" });
        case.rest("POST", "/tenants/default/adoptions/decide", Some(body))
    }),
    ("restore: REST", |case| case.deleted("restore")),
    ("erase: REST", |case| case.deleted("erase")),
];

/// The same by the doors that are for owners of the platform alone.
const OF_OWNERS: &[Door] = &[
    ("remove factors: platform REST", |case| case.platform("DELETE", "/users/{u}/mfa", None)),
    ("make an owner: platform REST", |case| case.platform("POST", "/owners", Some(json!({ "user_id": case.user })))),
    ("unmake an owner: platform REST", |case| case.platform("DELETE", "/owners/{u}", None)),
];

/// A user whom the provisioner made, who may sign in with a password.
fn person(server: &Server, scim: &Client, name: &str) -> String {
    let user = scim.user(name);
    let columns = format!("email = '{user}@x.test', email_verified = true, verified_email = '{user}@x.test'");
    server.set_user(&user, &format!("{columns}, identity_source = 'LOCAL'"));
    user
}

/// What is recorded of a user, and what the account is.
fn state(server: &Server, user: &str) -> (usize, String) {
    let (slug, own) = (server.tenant_of(user), server.database.id(user));
    let rows = server.journal(&slug).into_iter().filter(|row| row.resource_id == user).count();
    let of = |what: &str, table: &str, column: &str| {
        server.database.number(&format!("SELECT {what} FROM {table} WHERE {column} = {own}"))
    };
    let numbers = [
        of("epoch", "users", "id"),
        of("count(*)", "password", "user_id"),
        of("count(*)", "login_id", "user_id"),
        of("count(*)", "role_grant", "subject_id"),
        of("count(*)", "identity", "user_id"),
    ];
    (rows, format!("{numbers:?}"))
}

#[test]
fn same_guard_all_doors_to_people() {
    for_each_store(|server| {
        let (scim, owner) = (server.client(), server.owner());
        let foreign_scim = server.connect("other", "hr");
        let unit = server.unit(DEFAULT, "Sales", None);
        let all = role::built_in("tenant_admin").unwrap().permissions();
        let without = all.without(PermissionSet::of([Permission::ExportsMake]));
        let (small, admin) =
            (having(server, &without.iter().collect::<Vec<_>>()), server.administrator(DEFAULT, "tenant_admin"));
        let mighty = person(server, &scim, "mighty");
        server.grant(server.tenant(DEFAULT).id, &mighty, "auditor", None);
        let of_partner = person(server, &scim, "of_partner");
        let partner = server.partner_of(DEFAULT);
        server.grant_over_partner(&of_partner, partner);
        let owners = ["owner", "standing"].map(|name| person(server, &scim, name));
        owners.iter().for_each(|user| server.make_owner(user));
        let foreign = person(server, &foreign_scim, "foreign");
        for (turn, (door, pass)) in DOORS.iter().enumerate() {
            let try_by = |of: &str, person: &Client, user: &str| {
                let fresh = format!("d{turn}{of}");
                pass(&Case { server, scim: &scim, person, owner: &owner, unit: &unit, user, fresh: &fresh })
            };
            // What must be there first is made by somebody else.
            let prepared = ["take", "unlink", "link", "restore", "erase"].iter().any(|effect| door.starts_with(effect));
            for (of, person, user, status) in [
                ("mighty", &small, &mighty, 403),
                ("partner", &admin, &of_partner, 403),
                ("owner", &admin, &owners[0], 403),
                ("foreign", &admin, &foreign, 404),
            ] {
                let before = state(server, user);
                assert_eq!(try_by(of, person, user), status, "{door} of {of}");
                if !prepared {
                    assert_eq!(state(server, user), before, "{door} of {of} changed something");
                }
                server.set_user(user, "identity_source = 'LOCAL'");
            }
            let plain = self::person(server, &scim, &format!("plain{turn}"));
            let done = try_by("plain", &small, &plain);
            assert!((200..300).contains(&done), "{door} of somebody plain: {done}");
        }
    });
}

#[test]
fn same_guard_all_doors_of_the_platform() {
    for_each_store(|server| {
        let (scim, owner) = (server.client(), server.owner());
        let unit = server.unit(DEFAULT, "Sales", None);
        let partner = server.partner_of(DEFAULT);
        let lesser = [
            ("tenant_admin", server.administrator(DEFAULT, "tenant_admin")),
            ("partner_admin", server.person("other", vec![holding("partner_admin", Scope::Partner(partner))])),
            ("unit_admin", server.unit_administrator(DEFAULT, "tenant_admin", &unit)),
        ];
        let owners = ["owner", "standing"].map(|name| person(server, &scim, name));
        owners.iter().for_each(|user| server.make_owner(user));
        let plain = person(server, &scim, "plain");
        for (door, pass) in OF_OWNERS {
            let try_by = |person: &Client, user: &str| {
                pass(&Case { server, scim: &scim, person, owner: &owner, unit: &unit, user, fresh: "x" })
            };
            for (by, person) in &lesser {
                for user in [&plain, &owners[0]] {
                    let before = state(server, user);
                    assert_eq!(try_by(person, user), 403, "{door} by {by}");
                    assert_eq!(state(server, user), before, "{door} by {by} changed something");
                }
            }
            // In the order of the table: the user is made an owner and is none again.
            assert_eq!(try_by(&owner, &plain), 200, "{door}");
        }
    });
}

/// IR-16: by the command line an operator does all of it, to whomever, in a name of its own; what no door does is to leave
/// the platform without an owner.
#[test]
fn ir16_by_the_command_line_an_operator_does_it_to_whomever_and_leaves_an_owner() {
    for_each_place(|place| {
        let server = place.serve();
        let create = |email: &str, role: &str| {
            let arguments =
                ["user", "create", "--tenant", DEFAULT, "--email", email, "--role", role, "--password-stdin"];
            place.typed(&arguments, PASSWORD).succeeds().trim().to_owned()
        };
        let standing = create("standing@x.test", "platform_owner");
        let sign_in = json!({ "email": "standing@x.test", "password": PASSWORD });
        let tokens = server.rest(None).post("/auth/login", &sign_in).is(200);
        let owner = server.rest(tokens["access_token"].as_str());
        let status = |user: &str| owner.get(&format!("/admin/users/{user}")).is(200)["data"]["status"].clone();
        let set = |user: &str, status: &str| {
            owner.put(&format!("/tenants/default/users/{user}/status"), &json!({ "status": status })).is(200)
        };
        let run = |command: &str, user: &str| place.run(&["user", command, "--tenant", DEFAULT, user]);
        for role in ["viewer", "tenant_admin", "platform_owner"] {
            let user = create(&format!("{role}@x.test"), role);
            run("reset-mfa", &user).succeeds();
            run("sign-out", &user).succeeds();
            set(&user, "LOCKED");
            run("unlock", &user).succeeds();
            assert_eq!(status(&user), "ACTIVE", "{role}");
            run("disable", &user).succeeds();
            assert_eq!(status(&user), "DISABLED", "{role}");
            // Readers of the journal wait for whoever else writes to the database server.
            let by_operator = || {
                let rows = owner.get(&format!("/admin/users/{user}/audit")).is(200)["data"].clone();
                let rows = rows.as_array().unwrap().iter().filter(|row| {
                    row["actor"]["type"] == "system" && row["actor"]["id"].as_str().unwrap().starts_with("cli:")
                });
                rows.count()
            };
            assert!((0..10_000).any(|_| by_operator() >= 4), "{role}: {}", by_operator());
        }
        assert!(run("disable", &standing).fails().contains("without an owner"));
        assert_eq!(status(&standing), "ACTIVE");
        drop(owner);
        server.stop();
    });
}

/// IR-1: what a provisioner may still write of those above tenants, and what is parked.
#[test]
fn ir1_a_provisioner_parks_the_address_of_the_mighty_and_writes_their_profile() {
    for_each_store(|server| {
        let scim = server.client();
        let owners = ["owner", "standing"].map(|name| person(server, &scim, name));
        owners.iter().for_each(|user| server.make_owner(user));
        let path = format!("/Users/{}", owners[0]);
        let account = || {
            let shown = server.owner().get(&format!("/admin/users/{}", owners[0])).is(200)["data"].clone();
            (shown["email"].clone(), shown["display_name"].clone(), shown["status"].clone())
        };
        let before = account();
        let moved = json!([
            { "op": "replace", "path": "emails", "value": [{ "value": "evil@x.test", "primary": true }] },
            { "op": "replace", "path": "displayName", "value": "Somebody" },
        ]);
        let shown = scim.patch(&path, moved).is(200);
        assert_eq!(shown["emails"][0]["value"], "evil@x.test");
        assert_eq!(account(), (before.0.clone(), json!("Somebody"), json!("ACTIVE")));
        // Another connection neither adopts nor disables; the one that made the user may disable.
        let other = server.connect(DEFAULT, "other");
        let off = json!([{ "op": "replace", "path": "active", "value": false }]);
        other.patch(&path, off.clone()).refuses(403);
        assert_eq!(account().2, "ACTIVE");
        scim.patch(&path, off).is(200);
        assert_eq!(account(), (before.0, json!("Somebody"), json!("DISABLED")));
        let on = json!([{ "op": "replace", "path": "active", "value": true }]);
        scim.patch(&path, on).refuses(403);
    });
}
