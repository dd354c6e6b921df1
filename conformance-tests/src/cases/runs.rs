//! The acceptance runs: what a client does in order, on the same users and groups (run-1 to run-10).

use super::commercial::walk;
use super::context::{GROUP, add, enterprise, merge, qualified, remove, replace};
use super::okta::okta_user;
use super::{Applies, Case, Check, Context, Outcome, Problem, Resource, ensure, failed, in_turn};
use crate::client::{Request, encode};
use serde_json::{Value, json};

const fn row(id: &'static str, title: &'static str, run: Check) -> Case {
    Case::new("Acceptance runs", Applies::Lenient, id, title, run).alone()
}

pub(super) const CASES: &[Case] = &[
    row("run-1", "Entra's default dialect, from the first lookup to the delete", entra_default),
    row("run-2", "Entra with the flag, then both dialects on the same objects", entra_flag),
    row("run-3", "Entra's roles on one user", entra_roles),
    row("run-4", "what the SCIM Validator checks", |cx| {
        in_turn(
            cx,
            &["E-V1", "E-V2", "E-V3", "E-V4", "E-V5", "E-V6", "E-V7", "E-V8", "E-V9", "E-V10", "E-V11", "E-S1", "E-S2"],
        )
    }),
    row("run-5", "Okta's SPEC test", |cx| {
        in_turn(cx, &["O-T1", "O-T2", "O-T3", "O-T4", "O-T5", "O-T6", "O-T7", "O-T8", "O-T9", "O-T10"])
    }),
    row("run-6", "Okta's integrations, and an import of 250 users by hundreds", |cx| {
        okta_integration(cx)?;
        okta_wizard(cx)?;
        okta_import(cx)
    }),
    row("run-7", "authentik, rauthy with 250 groups, Keycloak", |cx| {
        in_turn(cx, &["A-1", "A-2", "A-3", "A-4", "A-5", "A-6", "A-7", "A-8", "A-9"])?;
        in_turn(cx, &["Y-1", "Y-2", "Y-3", "Y-4", "Y-5", "K-1", "K-2", "K-3", "K-4"])?;
        rauthy_groups(cx)
    }),
    row("run-8", "JumpCloud's connect, within a minute", |cx| {
        let started = std::time::Instant::now();
        in_turn(cx, &["J-1", "J-3", "J-4"])?;
        let answer = cx.get("/Users?count=0");
        ensure(started.elapsed().as_secs() < 60, &answer, "all of it within a minute")
    }),
    row("run-9", "fifty parallel additions to one group all survive", parallel_members),
    row("run-10", "what must be refused is, and changes nothing", refusals),
];

/// One value of `members` by Entra's default dialect.
fn listed(op: &str, user: &Resource) -> Value {
    json!([{"op": op, "path": "members", "value": [{"$ref": null, "value": user.id}]}])
}

fn entra_create(cx: &Context, stem: &str) -> Result<Resource, Problem> {
    let filter = format!("userName eq \"{}\"", cx.mail(stem));
    cx.find("/Users", &filter).list(0)?;
    let mut body = cx.user_body(stem);
    body["externalId"] = json!(cx.name(stem));
    body["roles"] = json!([]);
    body["meta"] = json!({"resourceType": "User"});
    let user = cx.make("/Users", &body)?;
    cx.finds("/Users", &filter.to_uppercase().replace("USERNAME EQ", "userName eq"), &[&user])?;
    Ok(user)
}

fn entra_group(cx: &Context, stem: &str) -> Result<Resource, Problem> {
    let filter = encode(&format!("displayName eq \"{}\"", cx.name(stem)));
    cx.get(&format!("/Groups?excludedAttributes=members&filter={filter}")).list(0)?;
    let microsoft = "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group";
    let body = json!({"schemas": [GROUP, microsoft], "externalId": cx.name("gid"), "displayName": cx.name(stem)});
    cx.make("/Groups", &body)
}

fn remove_both(cx: &Context, user: &Resource, group: &Resource) -> Outcome {
    cx.delete(&user.path).status(204)?;
    cx.holds(group, &[])?;
    cx.delete(&group.path).status(204)?;
    cx.get(&group.path).error(404, "")
}

fn entra_default(cx: &Context) -> Outcome {
    let (user, boss) = (entra_create(cx, "run1")?, cx.user("boss")?);
    let work = "emails[type eq \"work\"].value";
    let one = |op: &str, path: &str, value: &str| json!([{"op": op, "path": path, "value": value}]);
    cx.patch_user(&user, &one("Replace", "active", "False"))?.equals("/active", &json!(false))?;
    cx.patch_user(&user, &one("Replace", "active", "True"))?.equals("/active", &json!(true))?;
    cx.patch_user(&user, &one("Replace", work, "n@b.example"))?.typed(
        "/emails",
        "work",
        &json!({"value": "n@b.example"}),
    )?;
    let home = cx.patch_user(&user, &one("Replace", "emails[type eq \"home\"].value", "h@b.example"))?;
    home.counts("/emails", 2)?.typed("/emails", "home", &json!({"value": "h@b.example"}))?;
    let managed = cx.patch_user(&user, &one("Add", &qualified("manager"), &boss.id))?;
    managed.equals(&enterprise("/manager/value"), &json!(boss.id))?;
    let group = entra_group(cx, "run1")?;
    cx.patch_group(&group, &listed("Add", &boss))?;
    cx.patch_group(&group, &listed("Add", &user))?;
    cx.patch_group(&group, &listed("Remove", &boss))?;
    cx.holds(&group, &[&user])?;
    cx.get(&format!("{}?excludedAttributes=members", group.path)).status(200)?.absent("/members")?;
    remove_both(cx, &user, &group)
}

fn entra_flag(cx: &Context) -> Outcome {
    let (user, other) = (entra_create(cx, "run2")?, cx.user("other")?);
    let group = entra_group(cx, "run2")?;
    cx.patch_user(&user, &json!([replace("active", json!(false))]))?.equals("/active", &json!(false))?;
    let value = json!({"active": true, "name.givenName": "K", qualified("department"): "D"});
    let now = cx.patch_user(&user, &json!([merge(value)]))?;
    now.equals("/active", &json!(true))?.equals("/name/givenName", &json!("K"))?;
    now.equals(&enterprise("/department"), &json!("D"))?;
    cx.patch_group(&group, &json!([add("members", json!([{"value": user.id}, {"value": other.id}]))]))?;
    cx.patch_group(&group, &json!([remove(&format!("members[value eq \"{}\"]", other.id))]))?;
    cx.holds(&group, &[&user])?;
    let on_demand =
        json!([{"op": "Replace", "path": "active", "value": "False"}, {"op": "Add", "path": "title", "value": "T"}]);
    cx.patch_user(&user, &on_demand)?.equals("/active", &json!(false))?.equals("/title", &json!("T"))?;
    cx.patch_group(&group, &listed("Add", &other))?;
    cx.patch_group(&group, &listed("Remove", &user))?;
    cx.holds(&group, &[&other])?;
    cx.patch_group(&group, &json!([remove(&format!("members[value eq \"{}\"]", other.id))]))?;
    remove_both(cx, &user, &group)
}

fn entra_roles(cx: &Context) -> Outcome {
    let user = entra_create(cx, "run3")?;
    let text = "{\"id\":\"g\",\"value\":\"25\",\"displayName\":\"R\"}";
    let now = cx.patch_user(&user, &json!([{"op": "Add", "path": "roles", "value": [{"value": text}]}]))?;
    now.counts("/roles", 1)?.equals("/roles/0/value", &json!("25"))?;
    let role = json!({"primary": false, "type": "WindowsAzureActiveDirectoryRole", "display": "U", "value": "U"});
    cx.patch_user(&user, &json!([replace("roles", json!([role]))]))?.equals("/roles", &json!([role]))?;
    for value in ["first", "second"] {
        let operation = json!([{"op": "Replace", "path": "roles[primary eq \"True\"].value", "value": value}]);
        let now = cx.patch_user(&user, &operation)?;
        let primary = now.element("/roles", "primary", &json!(true))?;
        ensure(primary["value"] == json!(value), &now, format!("the primary role {value}"))?;
        now.counts("/roles", 2)?;
    }
    Ok(())
}

fn okta_integration(cx: &Context) -> Outcome {
    in_turn(cx, &["O-Q1", "O-Q2"])?;
    let user = cx.make("/Users", &okta_user(cx, "oin", "uT7!xk29fQ"))?;
    for active in [false, true] {
        cx.patch_user(&user, &json!([merge(json!({"active": active}))]))?.equals("/active", &json!(active))?;
    }
    let group = cx.group("oin", &[])?;
    let other = cx.user("other")?;
    let rename = || json!([merge(json!({"id": group.id, "displayName": cx.name("renamed")}))]);
    cx.patch_group(&group, &json!([add("members", json!([{"value": user.id, "display": "x"}]))]))?;
    cx.patch_group(&group, &rename())?;
    let out = remove(&format!("members[value eq \"{}\"]", user.id));
    cx.patch_group(&group, &json!([out, add("members", json!([{"value": other.id, "display": "y"}]))]))?;
    cx.patch_group(&group, &rename())?;
    cx.holds(&group, &[&other])?;
    cx.patch_group(&group, &json!([replace("members", json!([{"value": user.id, "display": "x"}]))]))?;
    cx.holds(&group, &[&user])?;
    cx.patch_group(&group, &json!([replace("members", json!([]))]))?;
    cx.holds(&group, &[])?;
    cx.delete(&group.path).status(204)?;
    Ok(())
}

fn okta_wizard(cx: &Context) -> Outcome {
    in_turn(cx, &["O-U4", "O-G7"])
}

fn okta_import(cx: &Context) -> Outcome {
    let own = cx.fresh();
    let outcome = own.users(250).and_then(|users| {
        let mine = encode(&format!("userName co \"{}\"", own.tag()));
        own.get(&format!("/Users?filter={mine}")).page(250, 100)?;
        let seen = walk(&own, &format!("/Users?filter={mine}&"), 100)?;
        let all = users.iter().all(|user| seen.contains(&user.id));
        ensure(all && seen.len() == 250, &own.get("/Users?count=0"), "all 250 users, each once")
    });
    own.clean();
    outcome
}

fn rauthy_groups(cx: &Context) -> Outcome {
    for number in 0..250 {
        cx.group(&format!("many{number}-"), &[])?;
    }
    let mine = encode(&format!("displayName co \"{}\"", cx.tag()));
    for (start, items) in [(1, 100), (101, 100), (201, 50)] {
        cx.get(&format!("/Groups?filter={mine}&startIndex={start}&count=100")).page(250, items)?;
    }
    Ok(())
}

fn parallel_members(cx: &Context) -> Outcome {
    let users = cx.users(50)?;
    let group = cx.group("crowd", &[])?;
    let outcomes: Vec<Outcome> = std::thread::scope(|scope| {
        let (group, add) = (&group, |user: &Resource| listed("Add", user));
        let waiting: Vec<_> = users.iter().map(|user| scope.spawn(move || cx.patch_group(group, &add(user)))).collect();
        waiting.into_iter().map(|thread| thread.join().unwrap_or_else(|_| Err(lost()))).collect()
    });
    outcomes.into_iter().collect::<Outcome>()?;
    cx.holds(&group, &users.iter().collect::<Vec<_>>())
}

fn lost() -> Problem {
    Problem::Skipped("a thread of the case broke".to_owned())
}

fn refusals(cx: &Context) -> Outcome {
    let user = cx.user("kept")?;
    let group = cx.group("kept", &[&user])?;
    cx.find("/Users", "userName eq").error(400, "invalidFilter")?;
    let unknown = "7f1f4a7e-0000-4000-8000-000000000000";
    cx.patch(&group.path, &json!([add("members", json!([{"value": unknown}]))])).error(400, "invalidValue")?;
    let malformed = json!([{"op": "remove", "path": "members", "value": {"nothing": "x"}}]);
    cx.patch(&group.path, &malformed).error(400, "")?;
    cx.holds(&group, &[&user])?;
    cx.read(&group)?.equals("/meta", &group.body["meta"])?;
    cx.get(&format!("/Users/{unknown}")).error(404, "")?;
    cx.get(&format!("/Users/{}", group.id)).error(404, "")?;
    let answer = cx.send(&Request::new("GET", "/Users").authorization("Bearer not-a-token"));
    answer.error(401, "")?;
    if answer.header("www-authenticate").is_empty() {
        return Err(failed(&answer, "WWW-Authenticate"));
    }
    let body = json!({"schemas": [GROUP], "displayName": cx.name("bad"), "members": [{"value": unknown}]});
    cx.post("/Groups", &body).error(400, "invalidValue")?;
    cx.finds("/Groups", &format!("displayName eq \"{}\"", cx.name("bad")), &[])
}
