//! Reports on second factors by role say what `grants::of_user` says of one user after the other: of random small tenants with
//! grants to users, groups within groups and org units, over whatever, some of which have ended or reach nothing (S0-19, IR-3).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rollcall::access::role;
use rollcall::directory::grants;
use rollcall::ids::UserId;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::client::Client;
use crate::dice::{Dice, seeds};
use crate::persons::{Unit, fresh};
use crate::server::{DEFAULT, Server, for_each_store};

const USERS: usize = 14;
const ROLES: [&str; 7] = ["viewer", "analyst", "helpdesk", "tenant_admin", "reader", "heir", "gone"];
/// Marks: nothing, an authenticator, a telephone with and without recovery codes, a bound passkey, a passkey and a mailbox.
const MARKS: [i32; 6] = [0, 1 + 16, 2, 2 + 16, 8 + 32, 4 + 8 + 16];

/// A user as it was made, and what it then turns out to hold.
struct Member {
    id: String,
    marks: i32,
    /// Whether reports count it.
    counts: bool,
    unit: Option<usize>,
    roles: BTreeSet<String>,
    administers: bool,
}

impl Member {
    fn has(&self, mark: i32) -> bool {
        self.marks & mark != 0
    }
}

/// Grants a role to anybody, over anything.
fn grant(server: &Server, slug: &str, (kind, subject): (&str, &str), role: &str, over: (&str, &str), expires: &str) {
    let (database, id) = (&server.database, fresh().to_string());
    let (own, subject, scope) = (database.id(&id), database.id(subject), database.id(over.1));
    let (tenant, epoch) = (database.id(&server.tenant(slug).id.to_string()), database.epoch());
    database.execute(&format!(
        "INSERT INTO role_grant VALUES
           ({own}, {tenant}, '{kind}', {subject}, '{role}', '{}', {scope}, 'direct', {epoch}, 'test', {expires})",
        over.0
    ));
}

fn users(server: &Server, client: &Client, dice: &mut Dice) -> Vec<Member> {
    let one = |number: usize| {
        let (id, marks, kind) = (client.user(&format!("u{number}")), MARKS[dice.roll(MARKS.len())], dice.roll(8));
        let status = if kind == 0 { "DISABLED" } else { "ACTIVE" };
        server.set_user(&id, &format!("factors = {marks}, status = '{status}', is_test = {}", kind == 1));
        Member { id, marks, counts: kind > 1, unit: None, roles: BTreeSet::new(), administers: false }
    };
    (0..USERS).map(one).collect()
}

/// Groups of some users and some of the groups before.
fn groups(client: &Client, members: &[Member], dice: &mut Dice) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for number in 0..5 {
        let mut inside: BTreeSet<&str> = BTreeSet::new();
        for _ in 0..dice.roll(4) {
            inside.insert(&members[dice.roll(USERS)].id);
        }
        if !all.is_empty() && !dice.once_in(3) {
            inside.insert(&all[dice.roll(all.len())]);
        }
        let inside: Vec<&str> = inside.into_iter().collect();
        all.push(client.group(&format!("g{number}"), &inside));
    }
    all
}

/// A tree of org units; each user is in one of them, or in none.
fn units(server: &Server, slug: &str, members: &mut [Member], dice: &mut Dice) -> Vec<Unit> {
    let mut all: Vec<Unit> = Vec::new();
    for number in 0..5 {
        let above = if all.is_empty() || dice.once_in(4) { None } else { Some(&all[dice.roll(all.len())]) };
        let made = server.unit(slug, &format!("Unit {number}"), above);
        all.push(made);
    }
    for member in members {
        if !dice.once_in(3) {
            let unit = dice.roll(all.len());
            member.unit = Some(unit);
            server.put_into(&member.id, &all[unit], true);
        }
    }
    all
}

fn grants_of(server: &Server, slug: &str, members: &[Member], groups: &[String], units: &[Unit], dice: &mut Dice) {
    let (tenant, nil) = (server.tenant(slug).id.to_string(), Uuid::nil().to_string());
    let later = server.database.after_start(1_000_000);
    let mut seen = BTreeSet::new();
    for _ in 0..12 {
        let subject = match dice.roll(3) {
            0 => ("user", members[dice.roll(USERS)].id.clone()),
            1 => ("group", groups[dice.roll(groups.len())].clone()),
            _ => ("org_unit", units[dice.roll(units.len())].id.clone()),
        };
        let over = match dice.roll(6) {
            0 => ("platform", nil.clone()),
            1 => ("partner", fresh().to_string()),
            2 => ("org_unit", units[dice.roll(units.len())].id.clone()),
            3 => (dice.pick(&["tenant", "org_unit"]), fresh().to_string()),
            _ => ("tenant", tenant.clone()),
        };
        let expires = match dice.roll(4) {
            0 => server.database.epoch().to_owned(),
            1 => later.clone(),
            _ => "NULL".to_owned(),
        };
        let role = ROLES[dice.roll(ROLES.len())];
        if seen.insert((subject.1.clone(), role, over.clone())) {
            grant(server, slug, (subject.0, &subject.1), role, (over.0, &over.1), &expires);
        }
    }
}

/// Asks of one user after the other what they hold.
fn look_up(server: &Server, slug: &str, members: &mut [Member]) {
    let tenant = server.tenant(slug).id;
    for member in members {
        let user: UserId = member.id.parse().unwrap();
        let held = server.wait(server.store().read(move |tx| grants::of_user(tx, tenant, user))).unwrap();
        let held = Arc::new(held).at(server.cx().now);
        member.roles = held.iter().map(|held| held.role.to_string()).collect();
        member.administers = held.iter().any(|held| role::changes(held.permissions));
    }
}

/// The ids of a list that is walked through in small pages.
fn listed(who: &Client, slug: &str, query: &str) -> BTreeSet<String> {
    let (mut all, mut cursor, mut total) = (Vec::new(), String::new(), None);
    loop {
        let page = who.get(&format!("/tenants/{slug}/reports/mfa/users?per_page=2&{query}{cursor}")).is(200);
        total = total.or_else(|| page["pagination"]["total_items"].as_u64());
        let ids = page["data"].as_array().unwrap().iter().map(|user| user["id"].as_str().unwrap().to_owned());
        all.extend(ids);
        match page["pagination"]["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    let (found, once) = (all.len(), all.into_iter().collect::<BTreeSet<_>>());
    assert_eq!((Some(found as u64), found), (total, once.len()), "{query}");
    once
}

/// Users with any factor, with an authenticator, with a telephone, in all.
fn numbers(members: &[&Member]) -> [usize; 4] {
    let count = |holds: &dyn Fn(&Member) -> bool| members.iter().filter(|member| holds(member)).count();
    [count(&|one| one.has(15)), count(&|one| one.has(1)), count(&|one| one.has(2)), members.len()]
}

fn by_role(members: &[&Member]) -> BTreeMap<String, [usize; 4]> {
    let roles: BTreeSet<&String> = members.iter().flat_map(|member| &member.roles).collect();
    let of = |role: &String| members.iter().filter(|member| member.roles.contains(role)).copied().collect::<Vec<_>>();
    roles.into_iter().map(|role| (role.clone(), numbers(&of(role)))).collect()
}

fn reported(who: &Client, slug: &str) -> BTreeMap<String, [usize; 4]> {
    let page = who.get(&format!("/tenants/{slug}/reports/mfa/roles?per_page=100")).is(200);
    let number = |one: &Value, place: &str| usize::try_from(one.pointer(place).unwrap().as_u64().unwrap()).unwrap();
    let one = |one: &Value| {
        let numbers = ["/enabled", "/methods/totp", "/methods/sms", "/users"].map(|place| number(one, place));
        (one["role"].as_str().unwrap().to_owned(), numbers)
    };
    page["data"].as_array().unwrap().iter().map(one).collect()
}

fn ids(members: &[&Member], holds: impl Fn(&Member) -> bool) -> BTreeSet<String> {
    members.iter().filter(|member| holds(member)).map(|member| member.id.clone()).collect()
}

/// What a tenant's reports must say of those in reach.
fn check(who: &Client, slug: &str, members: &[&Member]) {
    assert_eq!(reported(who, slug), by_role(members));
    let weak = ids(members, |one| one.administers && one.marks & 15 == 2);
    let report = who.get(&format!("/tenants/{slug}/reports/mfa")).is(200)["data"].clone();
    assert_eq!(report["sms_only_administrators"], weak.len(), "{report}");
    assert_eq!(listed(who, slug, "kind=sms_only"), weak);
    let fragile = |one: &Member| weak.contains(&one.id) || one.marks == 8 + 32 || one.has(15) && !one.has(16);
    assert_eq!(listed(who, slug, "kind=fragile"), ids(members, fragile));
    for role in ROLES {
        let without = ids(members, |one| one.roles.contains(role) && !one.has(15));
        assert_eq!(listed(who, slug, &format!("role={role}&without=any")), without, "{role}");
        let weak = ids(members, |one| one.roles.contains(role) && one.administers && one.marks & 15 == 2);
        assert_eq!(listed(who, slug, &format!("role={role}&kind=sms_only")), weak, "{role}");
    }
}

fn run(server: &Server, seed: u64) {
    let (slug, mut dice) = (format!("t{seed}"), Dice::new(seed));
    let client = server.connect(&slug, "hr");
    let owner = server.owner();
    let roles = format!("/tenants/{slug}/roles");
    owner.post(&roles, &json!({ "key": "reader", "name": "Reader", "permissions": ["users.read"] })).is(201);
    owner.post(&roles, &json!({ "key": "heir", "name": "Heir", "inherits": ["helpdesk"] })).is(201);
    let mut members = users(server, &client, &mut dice);
    let groups = groups(&client, &members, &mut dice);
    let units = units(server, &slug, &mut members, &mut dice);
    grants_of(server, &slug, &members, &groups, &units, &mut dice);
    look_up(server, &slug, &mut members);
    let counted: Vec<&Member> = members.iter().filter(|member| member.counts).collect();
    check(&server.administrator(&slug, "analyst"), &slug, &counted);
    // The same for whoever sees some of them only.
    let within = |member: &&Member| member.unit.is_some_and(|unit| units[unit].lineage.starts_with(&units[0].lineage));
    let inside: Vec<&Member> = counted.iter().copied().filter(within).collect();
    check(&server.unit_administrator(&slug, "analyst", &units[0]), &slug, &inside);
}

#[test]
fn s0_19_reports_by_role_say_what_each_user_holds() {
    for_each_store(|server| seeds(6).for_each(|seed| run(server, seed)));
}

/// A group and its members as they are found in a large tenant: what the role is granted to is one row.
#[test]
fn s0_19_a_role_of_a_group_within_a_group_is_everybodys_in_it() {
    for_each_store(|server| {
        let client = server.client();
        let users = client.many_users("u", 300);
        let inner = client.group("inner", &users.iter().map(String::as_str).collect::<Vec<_>>());
        let outer = client.group("outer", &[&inner]);
        let admin = server.administrator(DEFAULT, "tenant_admin");
        let body = json!({ "subject": { "type": "group", "id": outer }, "role": "helpdesk" });
        admin.post("/tenants/default/grants", &body).is(201);
        server.set_user(&users[0], "factors = 2");
        let roles = admin.get("/tenants/default/reports/mfa/roles").is(200)["data"].clone();
        assert_eq!((&roles[0]["role"], &roles[0]["users"]), (&json!("helpdesk"), &json!(300)), "{roles}");
        assert_eq!(admin.get("/tenants/default/reports/mfa").is(200)["data"]["sms_only_administrators"], 1);
        let lacking = json!({ "without": "any", "role": "helpdesk" });
        assert_eq!(admin.post("/tenants/default/mfa/reminders", &lacking).is(200)["data"]["matched"], 299);
        client.delete(&format!("/Groups/{outer}")).is(204);
        assert_eq!(admin.get("/tenants/default/reports/mfa/roles").is(200)["data"], json!([]));
    });
}
