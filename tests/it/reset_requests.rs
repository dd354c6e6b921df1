//! Letting somebody past the second factors of another where the tenant wants that considered: a reason, somebody else who
//! agrees, time in which the user can object; each rule asked again when it is carried out (IR-17).

use std::thread;

use serde_json::{Value, json};

use crate::client::{Answer, Client};
use crate::mfa::{due, enrol, prove};
use crate::passkeys::{authenticator, register};
use crate::resets::{above, told};
use crate::server::{DEFAULT, Server, for_each_store};
use crate::signed_in::text;

pub(crate) const ANN: &str = "ann@example.org";
pub(crate) const BOSS: &str = "boss@example.org";
pub(crate) const CHIEF: &str = "chief@example.org";
pub(crate) const HOUR: i64 = 3600;

/// Ann with an authenticator, and two administrators, where the tenant's policy says what must come before a reset.
pub(crate) struct Scene<'a> {
    pub(crate) server: &'a Server,
    pub(crate) ann: String,
    pub(crate) session: Client,
    pub(crate) boss: Client,
    pub(crate) chief: Client,
}

impl<'a> Scene<'a> {
    pub(crate) fn new(server: &'a Server, policy: &Value) -> Self {
        let ann = server.newcomer(DEFAULT, ANN, "viewer").id.to_string();
        let session = server.signed_in(DEFAULT, ANN);
        enrol(server, &session);
        for email in [BOSS, CHIEF] {
            server.newcomer(DEFAULT, email, "tenant_admin");
        }
        let (boss, chief) = (server.signed_in(DEFAULT, BOSS), server.signed_in(DEFAULT, CHIEF));
        let settings = json!({ "mfa": { "reset": policy } });
        above(server).send("PATCH", "/tenants/default/settings", &[], Some(&settings)).is(200);
        told(server);
        Self { server, ann, session, boss, chief }
    }

    pub(crate) fn disable(&self, who: &Client, query: &str) -> Answer {
        who.post(&format!("/admin/users/{}/mfa/disable{query}", self.ann), &json!({}))
    }

    /// Asks for a reset; gives the path of the request.
    pub(crate) fn asked(&self, query: &str) -> String {
        path_of(&self.disable(&self.boss, query))
    }

    pub(crate) fn status(&self, path: &str) -> String {
        text(&self.server.owner().get(path).is(200)["data"], "status").to_owned()
    }
}

/// The path of the request that was made in place of the effect.
pub(crate) fn path_of(answer: &Answer) -> String {
    let refused = answer.is(409);
    assert_eq!(refused["code"], "approval_required", "{refused}");
    text(&refused, "path").strip_prefix("/api/v1").unwrap().to_owned()
}

pub(crate) fn decide(who: &Client, path: &str, word: &str) -> Answer {
    who.post(&format!("{path}/{word}"), &json!({}))
}

/// The code of a refusal.
fn refusal(answer: &Answer, status: u16) -> String {
    text(&answer.is(status), "code").to_owned()
}

#[test]
fn ir17_nothing_changes_until_somebody_else_approves_and_then_once() {
    for_each_store(|server| {
        let scene = Scene::new(server, &json!({ "approver_required": true }));
        let (boss, chief) = (&scene.boss, &scene.chief);
        let path = scene.asked("?deliver=show&reason=lost");
        scene.session.get("/me").is(200);
        let notices: Vec<_> = told(server).into_iter().map(|(purpose, ..)| purpose).collect();
        assert_eq!(notices, ["reset_requested", "approval_wanted"]);
        let rows = server.journal(DEFAULT).len();
        assert_eq!(scene.asked(""), path, "what is asked for already is asked for once");
        assert_eq!(path_of(&scene.disable(chief, "")), path);
        let platform = server.owner().below(&format!("{}/api/platform", server.url()));
        assert_eq!(path_of(&platform.delete(&format!("/users/{}/mfa", scene.ann))), path);
        assert_eq!((told(server).len(), server.journal(DEFAULT).len()), (0, rows), "nothing changed");

        let shown = boss.get(&path).is(200)["data"].clone();
        assert_eq!((&shown["status"], &shown["reason"]), (&json!("pending"), &json!("lost")), "{shown}");
        assert_eq!(shown["requested_by"]["user_name"], BOSS);
        assert_eq!(refusal(&decide(boss, &path, "execute"), 409), "approval_required");
        assert_eq!(refusal(&decide(boss, &path, "approve"), 403), "requester");
        server.administrator(DEFAULT, "viewer").get(&path).is(403);
        decide(&server.administrator("other", "tenant_admin"), &path, "approve").is(404);
        // Whoever has fewer permissions than the user does not agree to it either.
        assert_eq!(
            refusal(&decide(&server.administrator(DEFAULT, "helpdesk"), &path, "approve"), 403),
            "mightier_user"
        );
        assert_eq!(scene.status(&path), "pending");
        assert_eq!(decide(chief, &path, "approve").is(200)["data"]["status"], "ready");
        let rows = server.journal(DEFAULT).len();
        decide(chief, &path, "approve").is(200);
        assert_eq!(server.journal(DEFAULT).len(), rows, "agreeing twice changes nothing");
        scene.session.get("/me").is(200);
        assert_eq!(refusal(&decide(chief, &path, "execute"), 403), "approver");
        let done = decide(boss, &path, "execute").is(200)["data"].clone();
        assert_eq!(done["mfa_enabled"], false);
        scene.session.get("/me").is(401);
        prove(server, &due(server, ANN), "enrolment_code", text(&done, "enrolment_code")).is(200);
        assert_eq!(refusal(&decide(boss, &path, "execute"), 409), "closed");
        assert_eq!(refusal(&decide(chief, &path, "reject"), 409), "closed");
        let listed = |query: &str| chief.get(&format!("/admin/mfa-resets{query}")).is(200)["pagination"].clone();
        assert_eq!(listed("?status=done")["total_items"], 1);
        assert_eq!(listed("?status=ready")["total_items"], 0);
        assert_eq!(listed(&format!("?user_id={}&tenant_id=default", scene.ann))["total_items"], 1);
        let stranger = server.administrator("other", "tenant_admin");
        assert_eq!(stranger.get("/admin/mfa-resets").is(200)["pagination"]["total_items"], 0);
        stranger.get("/admin/mfa-resets?tenant_id=default").is(404);
    });
}

#[test]
fn ir17_the_user_can_object_while_a_reset_waits() {
    for_each_store(|server| {
        let scene = Scene::new(server, &json!({ "wait_hours": 24 }));
        let path = scene.asked("");
        let early = decide(&scene.boss, &path, "execute").is(409);
        assert_eq!((&early["code"], early["due_at"].is_string()), (&json!("too_early"), true), "{early}");
        let own = scene.session.get("/me/mfa/resets").is(200)["data"].clone();
        assert_eq!((&own[0]["what"], &own[0]["status"]), (&json!("factors"), &json!("waiting")), "{own}");
        let cancel = format!("/me/mfa/resets/{}/cancel", text(&own[0], "id"));
        scene.boss.post(&cancel, &json!({})).is(404);
        scene.session.post(&cancel, &json!({})).is(204);
        assert_eq!(refusal(&scene.session.post(&cancel, &json!({})), 409), "closed");
        assert_eq!(scene.session.get("/me/mfa/resets").is(200)["data"], json!([]));
        assert_eq!(scene.status(&path), "cancelled");
        server.clock.advance(24 * HOUR);
        let boss = server.signed_in(DEFAULT, BOSS);
        assert_eq!(refusal(&decide(&boss, &path, "execute"), 409), "closed");
        // One that nobody objects to is carried out in its time, and not for ever.
        let next = path_of(&scene.disable(&boss, ""));
        assert_ne!(next, path);
        server.clock.advance(24 * HOUR - 1);
        let boss = server.signed_in(DEFAULT, BOSS);
        assert_eq!(refusal(&decide(&boss, &next, "execute"), 409), "too_early");
        server.clock.advance(1);
        assert_eq!(scene.status(&next), "ready");
        server.clock.advance(7 * 24 * HOUR);
        let boss = server.signed_in(DEFAULT, BOSS);
        assert_eq!(scene.status(&next), "expired");
        assert_eq!(refusal(&decide(&boss, &next, "execute"), 409), "closed");
        let last = path_of(&scene.disable(&boss, ""));
        assert_ne!(last, next);
        server.clock.advance(24 * HOUR);
        decide(&server.signed_in(DEFAULT, CHIEF), &last, "execute").is(200);
        assert_eq!(due(server, ANN)["methods"], json!(["enrolment_code"]));
    });
}

#[test]
fn ir17_a_reason_may_come_later_and_stands_in_the_journal() {
    for_each_store(|server| {
        let scene = Scene::new(server, &json!({ "reason_required": true }));
        let path = scene.asked("");
        assert_eq!(scene.status(&path), "reason_missing");
        assert_eq!(refusal(&decide(&scene.boss, &path, "execute"), 409), "reason_missing");
        assert_eq!(refusal(&decide(&scene.chief, &path, "approve"), 409), "reason_missing");
        path_of(&scene.disable(&scene.chief, "?reason=mine"));
        assert_eq!(scene.status(&path), "reason_missing", "why is for whoever asked to say");
        assert_eq!(scene.asked("?reason=telephone%20stolen"), path);
        assert_eq!(scene.asked("?reason=another"), path);
        decide(&scene.boss, &path, "execute").is(200);
        let told: Vec<_> = server.journal(DEFAULT).into_iter().filter_map(|row| row.reason).collect();
        assert!(told.iter().any(|reason| reason == "telephone stolen"), "{told:?}");
        assert!(told.iter().all(|reason| reason != "another" && reason != "mine"), "{told:?}");
    });
}

#[test]
fn ir17_who_may_is_asked_again_when_it_is_carried_out() {
    for_each_store(|server| {
        let scene = Scene::new(server, &json!({ "approver_required": true }));
        let path = scene.asked("");
        decide(&scene.chief, &path, "approve").is(200);
        let chief = server.account_of(CHIEF);
        let take = |user: &str| {
            server.database.execute(&format!("DELETE FROM role_grant WHERE subject_id = {}", server.database.id(user)));
        };
        take(&chief);
        assert_eq!(refusal(&decide(&scene.boss, &path, "execute"), 409), "approval_lapsed");
        scene.session.get("/me").is(200);
        // Somebody else agrees in place of whoever may not any more.
        let other = server.newcomer(DEFAULT, "other@example.org", "tenant_admin");
        decide(&server.signed_in(DEFAULT, "other@example.org"), &path, "approve").is(200);
        server.set_user(&other.id.to_string(), "status = 'DISABLED'");
        assert_eq!(refusal(&decide(&scene.boss, &path, "execute"), 409), "approval_lapsed");
        server.set_user(&other.id.to_string(), "status = 'ACTIVE'");
        // The user became mightier than whoever asks.
        let partner = server.partner_of(DEFAULT);
        server.grant_over_partner(&scene.ann, partner);
        assert_eq!(refusal(&decide(&scene.boss, &path, "execute"), 403), "mightier_user");
        assert_eq!(scene.status(&path), "ready");
        scene.session.get("/me").is(200);
        take(&scene.ann);
        decide(&scene.boss, &path, "execute").is(200);
        scene.session.get("/me").is(401);
    });
}

#[test]
fn ir17_of_two_who_carry_it_out_at_once_one_does() {
    for_each_store(|server| {
        let scene = Scene::new(server, &json!({ "reason_required": true }));
        let path = scene.asked("?reason=lost&deliver=show");
        let answers: Vec<(u16, Value)> = thread::scope(|scope| {
            let both = [&scene.boss, &scene.chief, &scene.boss, &scene.chief].map(|who| {
                let path = &path;
                scope.spawn(move || {
                    let answer = decide(who, path, "execute");
                    (answer.status, answer.json())
                })
            });
            both.into_iter().map(|one| one.join().unwrap()).collect()
        });
        let done: Vec<_> = answers.iter().filter(|(status, _)| *status == 200).collect();
        assert_eq!(done.len(), 1, "{answers:?}");
        assert_eq!(answers.iter().filter(|(status, _)| *status == 409).count(), 3, "{answers:?}");
        assert_eq!(told(server).iter().filter(|(purpose, ..)| purpose == "factors_removed").count(), 1);
        let code = text(&done[0].1["data"], "enrolment_code");
        prove(server, &due(server, ANN), "enrolment_code", code).is(200);
    });
}

#[test]
fn ir17_no_other_door_leads_past_the_factors() {
    for_each_store(|server| {
        let scene = Scene::new(server, &json!({ "approver_required": true }));
        let made = register(server, &scene.session, &mut authenticator(), "Key");
        let passkey = format!("/admin/users/{}/passkeys/{}", scene.ann, text(&made["passkey"], "id"));
        let code = format!("/admin/users/{}/mfa/enrolment-code", scene.ann);
        let paths = [
            path_of(&scene.boss.delete(&passkey)),
            path_of(&scene.boss.post(&format!("{code}?deliver=show"), &json!({}))),
            scene.asked("?keep_passkeys=true"),
        ];
        assert!(paths[0] != paths[1] && paths[1] != paths[2] && paths[0] != paths[2], "{paths:?}");
        scene.boss.delete(&format!("/admin/users/{}/passkeys/{}", scene.ann, crate::persons::fresh())).is(404);
        assert_eq!(scene.session.get("/me/passkeys").is(200)["data"].as_array().unwrap().len(), 1);
        decide(&scene.boss, &paths[2], "reject").is(200);
        assert_eq!(scene.status(&paths[2]), "rejected");
        for path in [&paths[1], &paths[0]] {
            decide(&scene.chief, path, "approve").is(200);
            let done = decide(&scene.boss, path, "execute").is(200)["data"].clone();
            assert_eq!(done["mfa_enabled"], true, "{done}");
        }
        assert_eq!(
            due(server, ANN)["methods"],
            json!(["totp", "recovery_code"]),
            "the passkey is gone, and nothing else"
        );
        // Where there is nothing to reset there is nothing to ask for.
        let bob = server.newcomer(DEFAULT, "bob@example.org", "viewer").id;
        scene.boss.post(&format!("/admin/users/{bob}/mfa/disable"), &json!({})).is(200);
        let wrong = json!({ "mfa": { "reset": { "wait_hours": 721 } } });
        let faults = above(server).send("PATCH", "/tenants/default/settings", &[], Some(&wrong)).is(422);
        assert_eq!(faults["detail"][0]["loc"], json!(["body", "mfa", "reset", "wait_hours"]));
    });
}

impl Server {
    /// The id of the user of the tenant `default` with that e-mail.
    pub(crate) fn account_of(&self, email: &str) -> String {
        let found = self.owner().get(&format!("/tenants/default/users?search={email}")).is(200);
        text(&found["data"][0], "id").to_owned()
    }
}
