//! Microsoft Entra ID: what it asks before it writes (rows E-Q1 to E-Q10).

use super::context::{ENTERPRISE, enterprise, replace};
use super::{Applies, Case, Check, ensure};
use crate::client::encode;
use serde_json::json;

const fn row(id: &'static str, title: &'static str, run: Check) -> Case {
    Case::new("Microsoft Entra ID: queries", Applies::Lenient, id, title, run)
}

pub(super) const CASES: &[Case] = &[
    row("E-Q1", "a filter without a match is an empty list, not a 404", |cx| {
        cx.find("/Users", &format!("userName eq \"{}\"", cx.name("nobody"))).list(0)?;
        cx.find("/Groups", &format!("displayName eq \"{}\"", cx.name("nobody"))).list(0)?;
        Ok(())
    }),
    row("E-Q2", "userName compares without regard to case", |cx| {
        let user = cx.user("mixed")?;
        cx.finds("/Users", &format!("userName eq \"{}\"", user.name.to_uppercase()), &[&user])
    }),
    row("E-Q3", "externalId compares exactly", |cx| {
        let user = cx.user_with("ext", json!({"externalId": cx.name("ExtId")}))?;
        cx.finds("/Users", &format!("externalId eq \"{}\"", cx.name("ExtId")), &[&user])?;
        cx.finds("/Users", &format!("externalId eq \"{}\"", cx.name("extid")), &[])
    }),
    row("E-Q4", "an unquoted literal is read as text", |cx| {
        let user = cx.user_with("unquoted", json!({"externalId": cx.name("jyoung")}))?;
        cx.finds("/Users", &format!("externalId eq {}", cx.name("jyoung")), &[&user])?;
        cx.finds("/Users", &format!("externalId eq {}", cx.name("other")), &[])
    }),
    row("E-Q5", "a value path followed by a comparison judges one element", |cx| {
        let (work, home) = (cx.mail("work"), cx.mail("home"));
        let emails = json!([{"type": "work", "value": work}, {"type": "home", "value": home}]);
        let user = cx.user_with("both", json!({"emails": emails}))?;
        cx.finds("/Users", &format!("emails[type eq \"work\"].value eq \"{work}\""), &[&user])?;
        cx.finds("/Users", &format!("emails[type eq \"work\"].value eq \"{home}\""), &[])
    }),
    row("E-Q6", "id and manager in either order, with attributes=id", |cx| {
        let manager = cx.user("boss")?;
        let user = cx.user_with("report", json!({ENTERPRISE: {"manager": {"value": manager.id}}}))?;
        let (by_id, by_manager) = (format!("id eq \"{}\"", user.id), format!("manager eq \"{}\"", manager.id));
        for filter in [format!("{by_id} and {by_manager}"), format!("{by_manager} and {by_id}")] {
            let answer = cx.get(&format!("/Users?filter={}&attributes=id", encode(&filter)));
            answer.list(1)?.equals("/Resources/0/id", &json!(user.id))?;
            ensure(answer.at("/Resources/0/userName").is_null(), &answer, "only id beside schemas")?;
        }
        cx.finds("/Users", &format!("{by_id} and manager eq \"{}\"", user.id), &[])
    }),
    row("E-Q7", "an inactive user is still there, with active false", |cx| {
        let user = cx.user("inactive")?;
        cx.patch_user(&user, &json!([replace("active", json!(false))]))?;
        cx.read(&user)?.equals("/active", &json!(false))?;
        Ok(())
    }),
    row("E-Q8", "an unknown user is a 404 with an Error", |cx| {
        cx.get("/Users/7f1f4a7e-0000-4000-8000-000000000000").error(404, "")
    }),
    row("E-Q9", "a group without its members on request", |cx| {
        let user = cx.user("member")?;
        let group = cx.group("hidden", &[&user])?;
        let answer = cx.get(&format!("{}?excludedAttributes=members", group.path));
        answer.status(200)?.equals("/displayName", &json!(group.name))?.absent("/members")?;
        Ok(())
    }),
    row("E-Q10", "a list of groups by name without members", |cx| {
        let user = cx.user("member")?;
        let group = cx.group("listed", &[&user])?;
        let filter = encode(&format!("displayName eq \"{}\"", group.name));
        let answer = cx.get(&format!("/Groups?excludedAttributes=members&filter={filter}"));
        answer.list(1)?.equals("/Resources/0/id", &json!(group.id))?.absent("/Resources/0/members")?;
        Ok(())
    }),
    row("rule-manager-qualified", "manager is found by its qualified name too", |cx| {
        let manager = cx.user("boss")?;
        let user = cx.user_with("report", json!({ENTERPRISE: {"manager": {"value": manager.id}}}))?;
        cx.read(&user)?.equals(&enterprise("/manager/value"), &json!(manager.id))?;
        cx.finds("/Users", &format!("{ENTERPRISE}:manager.value eq \"{}\"", manager.id), &[&user])
    }),
];
