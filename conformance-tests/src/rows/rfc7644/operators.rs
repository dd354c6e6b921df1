//! What each operator means for each type (RFC 7644 section 3.4.2.2, table 3).

use super::filters::{finds_each, finds_none, refused};
use super::{implied, must, needing, same, shall};
use crate::cases::context::{ENTERPRISE, replace};
use crate::cases::{Case, Context, Outcome, Profile, Resource, ensure};
use serde_json::json;

const OPERATORS: &str = "RFC 7644 3.4.2.2";

const fn rule(case: Case) -> Case {
    needing("/filter/supported", case)
}

fn case_rule(cx: &Context) -> Outcome {
    let user = cx.user_with("Case", json!({"externalId": cx.name("CaSe")}))?;
    finds_each(cx, &user, &[&format!("userName eq \"{}\"", user.name.to_uppercase())])?;
    finds_each(cx, &user, &[&format!("externalId eq \"{}\"", cx.name("CaSe"))])?;
    finds_none(cx, &user, &[&format!("externalId eq \"{}\"", cx.name("case"))])
}

fn text_as_boolean(cx: &Context) -> Outcome {
    let user = cx.user("active")?;
    finds_each(cx, &user, &["active eq true", "active ne false"])?;
    finds_none(cx, &user, &["active eq false"])?;
    match cx.profile() {
        Profile::Rfc => refused(cx, &["active eq \"true\""]),
        _ => Ok(()),
    }
}

/// `meta.created`, and the same instant as seen two hours further east.
fn instants(cx: &Context) -> Outcome {
    let user = cx.user("instant")?;
    let answer = cx.read(&user)?;
    let created = answer.text_at("/meta/created")?.at("/meta/created").as_str().unwrap_or_default();
    finds_each(cx, &user, &[&format!("meta.created eq \"{created}\"")])?;
    let Some(east) = two_hours_east(created) else {
        return ensure(false, &answer, "meta.created in UTC, as YYYY-MM-DDThh:mm:ss with a fraction and Z");
    };
    finds_each(cx, &user, &[&format!("meta.created eq \"{east}\""), &format!("meta.created ge \"{east}\"")])?;
    finds_none(cx, &user, &[&format!("meta.created gt \"{east}\"")])
}

/// The same instant written with the offset +02:00. After 21:59 the offset -02:00 keeps the day.
fn two_hours_east(created: &str) -> Option<String> {
    let (day, time) = created.strip_suffix('Z')?.split_once('T')?;
    let (hour, rest) = time.split_once(':')?;
    let hour: u32 = hour.parse().ok()?;
    let (local, offset) = if hour < 22 { (hour + 2, "+02:00") } else { (hour - 2, "-02:00") };
    Some(format!("{day}T{local:02}:{rest}{offset}"))
}

fn exact_references(cx: &Context) -> Outcome {
    let user = cx.user_with("url", json!({"profileUrl": "https://example.org/Path"}))?;
    finds_each(cx, &user, &["profileUrl eq \"https://example.org/Path\""])?;
    finds_none(cx, &user, &["profileUrl eq \"https://example.org/path\""])
}

fn parts_of_text(cx: &Context) -> Outcome {
    let user = cx.user_with("parts", json!({"title": "Tour Guide", "profileUrl": "https://example.org/Path"}))?;
    let yes = [
        "title co \"r G\"",
        "title sw \"tour\"",
        "title ew \"GUIDE\"",
        "title sw \"Tour Guide\"",
        "title ew \"Tour Guide\"",
        "title co \"Tour Guide\"",
        "profileUrl sw \"https://\"",
    ];
    finds_each(cx, &user, &yes)?;
    finds_none(cx, &user, &["title co \"Tour Guides\"", "title sw \"Guide\"", "title ew \"Tour\""])
}

fn present(cx: &Context) -> Outcome {
    let user = cx.user("present")?;
    finds_each(cx, &user, &["emails pr", "name pr", "emails.value pr", "not (title pr)", "not (roles pr)"])?;
    cx.patch_user(&user, &json!([replace("nickName", json!(""))]))?;
    finds_none(cx, &user, &["title pr", "nickName pr", "roles pr", "phoneNumbers.value pr"])
}

fn two_addresses(cx: &Context) -> Outcome {
    let emails = json!([{"value": "work@one.example", "type": "work"}, {"value": "home@two.example", "type": "home"}]);
    let user = cx.user_with("two", json!({"emails": emails}))?;
    finds_each(cx, &user, &["emails.type eq \"work\" and emails.value co \"two\""])?;
    finds_each(cx, &user, &["emails[type eq \"work\" and value co \"one\"]"])?;
    finds_none(cx, &user, &["emails[type eq \"work\" and value co \"two\"]"])
}

fn returned_default(cx: &Context) -> Outcome {
    let user = cx.bare_user("default")?;
    let answer = cx.read(&user)?;
    match answer.at("/active").as_bool() {
        Some(active) => {
            finds_each(cx, &user, &[&format!("active eq {active}")])?;
            finds_none(cx, &user, &[&format!("active eq {}", !active)])
        }
        None => finds_none(cx, &user, &["active eq true", "active eq false"]),
    }
}

/// A filter on a password is refused, or tells a user that has it from one that has none by nothing.
fn told_apart(cx: &Context, filters: &[&str]) -> Outcome {
    let bare = cx.bare_user("without")?;
    let secret = cx.user_with("with", json!({"password": "a"}))?;
    for filter in filters {
        let found = |user: &Resource| {
            let answer = cx.find("/Users", &format!("userName eq \"{}\" and {filter}", user.name));
            if answer.status == 200 {
                Ok(Some(answer.is_list()?.at("/totalResults").clone()))
            } else {
                answer.error(400, "invalidFilter").map(|()| None)
            }
        };
        let same = found(&bare)? == found(&secret)?;
        ensure(same, &cx.find("/Users", filter), format!("no difference by {filter}"))?;
    }
    Ok(())
}

pub(super) const CASES: &[Case] = &[
    rule(implied(OPERATORS, "7644-3.4.2.2o-01", "eq on text follows the attribute's case rule", case_rule)),
    rule(implied(OPERATORS, "7644-3.4.2.2o-02", "eq on a boolean takes true and false", text_as_boolean)),
    rule(implied(OPERATORS, "7644-3.4.2.2o-04", "eq on times goes by the instant", instants)),
    rule(implied(OPERATORS, "7644-3.4.2.2o-05", "eq on references is exact", exact_references)),
    rule(implied(OPERATORS, "7644-3.4.2.2o-06", "ne is what eq is not, absent values too", |cx| {
        let user = cx.user_with("ne", json!({"title": "T"}))?;
        finds_each(cx, &user, &["title ne \"x\"", "userType ne \"x\"", "emails.type ne \"home\""])?;
        finds_none(cx, &user, &["title ne \"t\"", "emails.type ne \"work\""])
    })),
    rule(implied(OPERATORS, "7644-3.4.2.2o-07", "co, sw and ew look for the whole operand", parts_of_text)),
    rule(implied(OPERATORS, "7644-3.4.2.2o-08", "wildcards of a database are ordinary characters", |cx| {
        same(cx, &["rule-filter-wildcards"])
    })),
    rule(implied(OPERATORS, "7644-3.4.2.2o-09", "co, sw and ew need text", |cx| {
        refused(
            cx,
            &["active co true", "active sw true", "active ew \"true\"", "name co \"x\"", "meta.created sw \"2\""],
        )
    })),
    rule(implied(OPERATORS, "7644-3.4.2.2o-10", "pr is false for what is empty", present)),
    rule(implied(OPERATORS, "7644-3.4.2.2o-11", "pr takes no operand", |cx| {
        refused(cx, &["title pr \"x\"", "title pr true"])
    })),
    rule(implied(OPERATORS, "7644-3.4.2.2o-12", "order on text is the sort's", |cx| {
        let user = cx.user_with("order", json!({"title": "Mango"}))?;
        finds_each(cx, &user, &["title gt \"lemon\"", "title ge \"MANGO\"", "title le \"mango\"", "title lt \"Nut\""])?;
        finds_none(cx, &user, &["title gt \"mango\"", "title lt \"MANGO\"", "title gt \"nut\"", "userType gt \"a\""])
    })),
    rule(implied(OPERATORS, "7644-3.4.2.2o-13", "order on times is the clock's", |cx| {
        let user = cx.user("clock")?;
        let yes = ["meta.lastModified ge \"2011-05-13T04:42:34Z\"", "meta.created lt \"2999-01-01T00:00:00+14:00\""];
        finds_each(cx, &user, &yes)?;
        finds_none(
            cx,
            &user,
            &["meta.lastModified lt \"2011-05-13T04:42:34Z\"", "meta.created ge \"2999-01-01T00:00:00Z\""],
        )
    })),
    rule(shall(OPERATORS, "7644-3.4.2.2o-15", "booleans and binary values have no order", |cx| {
        for operator in ["gt", "ge", "lt", "le"] {
            refused(cx, &[&format!("active {operator} false"), &format!("x509Certificates.value {operator} \"a\"")])?;
        }
        Ok(())
    })),
    rule(implied(OPERATORS, "7644-3.4.2.2o-16", "a time that is none is refused", |cx| {
        refused(cx, &["meta.created gt \"yesterday\"", "meta.created eq \"2020-13-01T00:00:00Z\"", "meta.created lt 5"])
    })),
    rule(implied(OPERATORS, "7644-3.4.2.2o-17", "null is absence, for eq and ne only", |cx| {
        let user = cx.user_with("null", json!({"title": "T"}))?;
        finds_each(cx, &user, &["userType eq null", "title ne null"])?;
        finds_none(cx, &user, &["title eq null", "userType ne null"])?;
        refused(cx, &["title co null", "title sw null", "title gt null", "meta.created le null"])
    })),
    rule(implied(OPERATORS, "7644-3.4.2.2o-18", "a complex attribute without value is not compared", |cx| {
        refused(cx, &["name eq \"x\"", "name gt \"x\"", "meta eq \"x\""])
    })),
    rule(implied(OPERATORS, "7644-3.4.2.2o-19", "a list of complex values is compared by value", |cx| {
        let user = cx.user("bare")?;
        finds_each(cx, &user, &["emails co \"example.org\"", &format!("emails eq \"{}\"", cx.mail("bare"))])?;
        finds_none(cx, &user, &["emails co \"example.net\"", "emails eq \"work\""])
    })),
    rule(implied(OPERATORS, "7644-3.4.2.2o-20", "a list of plain values is compared by its elements", |cx| {
        let (user, plain) = (cx.user_with("more", json!({ENTERPRISE: {"department": "D"}}))?, cx.user("plain")?);
        let filter = format!("schemas eq \"{ENTERPRISE}\"");
        finds_each(cx, &user, &[&filter])?;
        finds_none(cx, &plain, &[&filter])
    })),
    rule(implied(OPERATORS, "7644-3.4.2.2o-21", "one fitting value of many is enough", |cx| {
        let emails = json!([{"value": "first@example.org"}, {"value": "second@example.org"}]);
        let user = cx.user_with("many", json!({"emails": emails}))?;
        finds_each(cx, &user, &["emails.value eq \"second@example.org\"", "emails.value eq \"first@example.org\""])
    })),
    rule(implied(OPERATORS, "7644-3.4.2.2o-22", "brackets ask of one value, plain terms of any", two_addresses)),
    rule(shall(OPERATORS, "7644-3.4.2.2o-23", "a default is filtered as it is returned", returned_default)),
    rule(must(OPERATORS, "7644-3.4.2.2o-24", "caseExact decides about case", |cx| {
        let user = cx.user_with("exact", json!({"externalId": "MiXeD", "title": "MiXeD"}))?;
        finds_each(
            cx,
            &user,
            &["title co \"ixe\"", "title sw \"mi\"", "externalId sw \"Mi\"", "externalId ew \"XeD\""],
        )?;
        finds_none(cx, &user, &["externalId co \"ixe\"", "externalId sw \"mi\"", "externalId eq \"mixed\""])
    })),
    rule(must(OPERATORS, "7644-3.4.2.2o-25", "a password cannot be guessed by filters", |cx| {
        let filters = ["password sw \"a\"", "password pr", "password eq \"a\"", "not (password pr)"];
        if cx.profile() == Profile::Rfc { told_apart(cx, &filters) } else { refused(cx, &filters) }
    })),
];

#[cfg(test)]
mod tests {
    use super::two_hours_east;

    #[test]
    fn the_same_instant_is_on_the_same_day() {
        assert_eq!(two_hours_east("2026-01-02T03:04:05.678Z").as_deref(), Some("2026-01-02T05:04:05.678+02:00"));
        assert_eq!(two_hours_east("2026-01-02T23:04:05Z").as_deref(), Some("2026-01-02T21:04:05-02:00"));
        assert_eq!(two_hours_east("2026-01-02"), None);
    }
}
