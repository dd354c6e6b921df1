//! Whom a reset that waits is told to, and what they can do from there: its user objects by a link without signing in, and
//! those who may approve it hear that somebody must (IR-17).

use rollcall::directory::operators;
use rollcall::ids::{MfaResetId, UserId};
use rollcall::store::accounts::Account;
use rollcall::store::mfa_resets::{self, MfaReset};
use rollcall::store::one_time_links::Purpose;
use serde_json::{Value, json};

use crate::browser::Browser;
use crate::client::Answer;
use crate::persons::fresh;
use crate::reset_requests::{ANN, BOSS, CHIEF, HOUR, Scene, decide, path_of};
use crate::resets::told;
use crate::sent_codes::{PHONE, Sink, set_up};
use crate::server::{DEFAULT, Server, for_each_store};
use crate::signed_in::OTHER;

/// The tokens of the links to object in messages.
fn links(messages: &[String]) -> Vec<String> {
    let after = |message: &String| Some(message.split_once("http://x/link/object#token=")?.1.to_owned());
    let tokens = messages.iter().filter_map(after);
    tokens.map(|rest| rest.split_whitespace().next().unwrap().to_owned()).collect()
}

/// The token of the only mail of a reset that was asked for.
fn link(server: &Server, sink: &Sink) -> String {
    let mut tokens = links(&sink.messages(server, "mail"));
    assert_eq!(tokens.len(), 1);
    tokens.remove(0)
}

fn object(server: &Server, token: &str) -> Answer {
    server.rest(None).post("/auth/mfa-resets/object", &json!({ "token": token }))
}

#[test]
fn ir17_the_user_objects_by_the_link_in_the_notice_without_signing_in() {
    for_each_store(|server| {
        let scene = Scene::new(server, &json!({ "wait_hours": 24 }));
        let sink = Sink::new(server);
        set_up(server, &sink, &scene.session, "sms", "sms");
        sink.messages(server, "mail");
        let factors = scene.asked("");
        let (mails, texts) = (sink.messages(server, "mail"), sink.messages(server, "sms"));
        assert!(mails[0].starts_with(&format!("To: {ANN}\n")) && mails.len() == 1, "{mails:?}");
        let (by_mail, by_text) = (links(&mails).remove(0), links(&texts).remove(0));
        assert_ne!(by_mail, by_text, "each notice has a link of its own");
        assert!(!server.database.holds(PHONE) && !server.database.holds(&by_mail));
        // Another request has links of its own, which end no other.
        let path = format!("/admin/users/{}/mfa/enrolment-code", scene.ann);
        let code = path_of(&scene.boss.post(&path, &json!({})));
        let other = link(server, &sink);
        let rows = server.journal(DEFAULT).len();
        object(server, &by_text).is(204);
        assert_eq!((scene.status(&factors).as_str(), scene.status(&code).as_str()), ("cancelled", "waiting"));
        assert_eq!(server.journal(DEFAULT).len(), rows + 1);
        assert_eq!(scene.boss.get(&factors).is(200)["data"]["closed_by"]["user_name"], ANN);
        for token in [&by_text, &by_mail] {
            object(server, token).is(401);
        }
        assert_eq!((scene.status(&code).as_str(), server.journal(DEFAULT).len()), ("waiting", rows + 1));
        object(server, &other).is(204);
        assert_eq!(scene.status(&code), "cancelled");
    });
}

#[test]
fn ir17_the_page_of_the_link_in_the_notice_objects_by_its_button_alone() {
    for_each_store(|server| {
        let scene = Scene::new(server, &json!({ "wait_hours": 24 }));
        let sink = Sink::new(server);
        let path = scene.asked("");
        let token = link(server, &sink);
        let browser = Browser::new(server);
        let page = browser.get("/link/object");
        assert_eq!(scene.status(&path), "waiting", "looking at it decides nothing");
        let press = || browser.submit(&page, "/link/object", &[("pasted", &token)]);
        let done = press();
        assert_eq!((done.status, done.header("location")), (303, Some("/ui/done?done=objected")), "{}", done.text);
        assert_eq!(scene.status(&path), "cancelled");
        let again = press();
        assert!(again.status == 422 && again.text.contains("This link is over"), "{}", again.text);
    });
}

#[test]
fn ir17_whoever_acts_for_the_user_does_not_end_the_link_to_object() {
    for_each_store(|server| {
        let scene = Scene::new(server, &json!({ "wait_hours": 24 }));
        let sink = Sink::new(server);
        let path = scene.asked("");
        let token = link(server, &sink);
        let body = json!({ "new_password": OTHER, "require_password_change": false });
        server.owner().post(&format!("/admin/users/{}/reset-password", scene.ann), &body).is(200);
        let found = operators::find(server.directory(), server.operator(), server.tenant(DEFAULT).id, ANN);
        let account = server.wait(found).unwrap();
        server.wait(operators::sign_out(server.directory(), server.operator(), &server.cx(), &account)).unwrap();
        // It lives as long as the request.
        server.clock.advance(24 * HOUR + 6 * 24 * HOUR);
        object(server, &token).is(204);
        assert_eq!(scene.status(&path), "cancelled");
    });
}

#[test]
fn ir17_a_link_to_object_ends_with_its_request_and_every_bad_one_gets_the_same_answer() {
    for_each_store(|server| {
        let scene = Scene::new(server, &json!({ "reason_required": true }));
        let sink = Sink::new(server);
        let ask = || (scene.asked(""), link(server, &sink));
        let (path, rejected) = ask();
        decide(&scene.chief, &path, "reject").is(200);
        let (path, expired) = ask();
        server.clock.advance(7 * 24 * HOUR);
        assert_eq!(scene.status(&path), "expired");
        let boss = server.signed_in(DEFAULT, BOSS);
        let scene = Scene { boss, ..scene };
        let (path, done) = (scene.asked("?reason=lost"), link(server, &sink));
        decide(&scene.boss, &path, "execute").is(200);
        let ann = server.account_by(&scene.ann);
        let reset = server.link(&ann, Purpose::Reset);
        let altered = format!("{}x", server.objection(&ann));
        let rows = server.journal(DEFAULT).len();
        let answers: Vec<Value> =
            [&*rejected, &*expired, &*done, &*reset, &*altered, "x", "rc_link_0000000000000000.x"]
                .into_iter()
                .map(|token| {
                    let mut answer = object(server, token).is(401);
                    answer.as_object_mut().unwrap().remove("request_id");
                    answer
                })
                .collect();
        assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
        assert_eq!(server.journal(DEFAULT).len(), rows);
        // Nor is it good for anything else.
        let good = server.objection(&ann);
        for door in ["/auth/email/revert", "/auth/email/verify"] {
            server.rest(None).post(door, &json!({ "token": good })).is(401);
        }
        object(server, &good).is(204);
    });
}

/// Who is told that a request waits for their approval, in order.
fn asked_to_approve(server: &Server) -> Vec<UserId> {
    let wanted = told(server).into_iter().filter(|(purpose, ..)| purpose == "approval_wanted");
    wanted
        .map(|(_, user, payload)| {
            let names: Vec<_> = payload.as_object().unwrap().keys().cloned().collect();
            assert_eq!(names, ["reset"], "the outbox holds nothing of anybody");
            user
        })
        .collect()
}

#[test]
fn ir17_those_who_could_approve_a_reset_are_told_the_nearest_first_and_nobody_else() {
    for_each_store(|server| {
        let scene = Scene::new(server, &json!({ "approver_required": true }));
        let newcomer = |email: &str, role: &str| server.newcomer(DEFAULT, email, role);
        let chief = server.account_of(CHIEF).parse::<UserId>().unwrap();
        // Who has fewer permissions than the user, may not act, cannot be reached, or is of another tenant.
        newcomer("desk@example.org", "helpdesk");
        server.set_user(&newcomer("gone@example.org", "tenant_admin").id.to_string(), "status = 'DISABLED'");
        let silent = newcomer("silent@example.org", "tenant_admin").id.to_string();
        server.set_user(&silent, "email_verified = false, verified_email = NULL");
        server.newcomer("other", "far@example.org", "tenant_admin");
        let of_partner = newcomer("partner@example.org", "viewer").id;
        server.grant_over_partner(&of_partner.to_string(), server.partner_of(DEFAULT));
        let owner = server.new_owner("top@example.org").id;
        told(server);
        scene.asked("");
        assert_eq!(asked_to_approve(server), [chief, of_partner, owner]);
        // Nobody is told of it twice.
        scene.asked("");
        path_of(&scene.disable(&scene.chief, ""));
        assert_eq!(asked_to_approve(server), []);
    });
}

#[test]
fn ir17_nobody_is_asked_to_approve_what_lacks_its_reason_or_was_decided() {
    for_each_store(|server| {
        let scene = Scene::new(server, &json!({ "approver_required": true, "reason_required": true }));
        scene.asked("");
        assert_eq!(asked_to_approve(server), []);
        let path = scene.asked("?reason=lost");
        assert_eq!(asked_to_approve(server).len(), 1);
        decide(&scene.chief, &path, "reject").is(200);
        // What waits to be told is told as it is by then.
        let sink = Sink::new(server);
        let asks = |mails: Vec<String>| mails.into_iter().find(|mail| mail.contains("waits for approval"));
        scene.asked("?reason=lost");
        let mail = asks(sink.messages(server, "mail")).unwrap();
        assert!(mail.starts_with(&format!("To: {CHIEF}\n")), "{mail}");
        let words = format!("{BOSS} asked to remove the second factors of {ANN} at default.");
        assert!(mail.contains(&words) && !mail.contains("#token="), "{mail}");
        let code = format!("/admin/users/{}/mfa/enrolment-code?reason=lost", scene.ann);
        let path = path_of(&scene.boss.post(&code, &json!({})));
        decide(&scene.chief, &path, "approve").is(200);
        assert_eq!(asks(sink.messages(server, "mail")), None);
    });
}

#[test]
fn ir17_twenty_are_told_of_a_reset_at_the_most() {
    for_each_store(|server| {
        let scene = Scene::new(server, &json!({ "approver_required": true }));
        for place in 0..22 {
            server.newcomer(DEFAULT, &format!("admin{place}@example.org"), "tenant_admin");
        }
        told(server);
        scene.asked("");
        assert_eq!(asked_to_approve(server).len(), 20);
    });
}

#[test]
fn ir17_where_nobody_must_approve_nobody_is_asked_to() {
    for_each_store(|server| {
        let scene = Scene::new(server, &json!({ "wait_hours": 1 }));
        scene.asked("");
        assert_eq!(asked_to_approve(server), []);
    });
}

impl Server {
    /// The account of a user of the tenant `default`, as it is now.
    fn account_by(&self, user: &str) -> Account {
        let found = operators::find(self.directory(), self.operator(), self.tenant(DEFAULT).id, user);
        self.wait(found).unwrap()
    }

    /// The token of a link by which a user objects to a reset that waits.
    pub(crate) fn objection(&self, account: &Account) -> String {
        let now = self.cx().now;
        let request = MfaReset {
            id: MfaResetId::from(fresh()),
            tenant_id: account.tenant_id,
            user_id: account.id,
            what: "factors".to_owned(),
            passkey_id: None,
            keep_passkeys: false,
            deliver: "mail".to_owned(),
            reason: None,
            reason_required: false,
            approver_required: true,
            requested_by: account.id,
            requested: now,
            due: now,
            expires: now.plus_seconds(HOUR),
            approved_by: None,
            approver_tenant: None,
            approved: None,
            outcome: None,
            closed_by: None,
            closed: None,
        };
        let id = request.id;
        self.wait(self.store().write(move |tx| mfa_resets::insert(tx, &request))).unwrap();
        let token = self.link(account, Purpose::Object);
        let of = self.database.id(&account.id.to_string());
        let payload = json!({ "reset": id.to_string() });
        let statement = format!("UPDATE one_time_link SET payload = '{payload}' WHERE user_id = {of}");
        self.database.execute(&format!("{statement} AND purpose = 'object'"));
        token
    }
}
