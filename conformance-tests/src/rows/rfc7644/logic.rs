//! Logic, grouping and value paths in filters (RFC 7644 section 3.4.2.2).

use super::filters::{finds_each, finds_none, one, refused};
use super::{implied, may, must, needing};
use crate::cases::{Case, Context, Outcome, Problem, Resource, ensure};
use serde_json::json;

const LOGIC: &str = "RFC 7644 3.4.2.2";

const fn rule(case: Case) -> Case {
    needing("/filter/supported", case)
}

/// A user with a work address at one.example and a home address at two.example; work is primary.
fn two(cx: &Context) -> Result<Resource, Problem> {
    let work = json!({"value": "work@one.example", "type": "work", "primary": true});
    cx.user_with("two", json!({"emails": [work, {"value": "home@two.example", "type": "home"}], "title": "T"}))
}

/// Each filter and its negation part the case's users between them.
fn complements(cx: &Context) -> Outcome {
    two(cx)?;
    cx.bare_user("bare")?;
    cx.user_with("other", json!({"title": "Other", "nickName": "N", "active": false}))?;
    let mine = format!("userName co \"{}\"", cx.tag());
    let total = |filter: &str| {
        let answer = cx.find("/Users", &format!("{mine} and {filter}"));
        answer.is_list()?;
        Ok::<_, Problem>((answer.at("/totalResults").as_u64().unwrap_or_default(), answer))
    };
    for filter in [
        "title eq \"t\"",
        "title ne \"t\"",
        "title co \"t\"",
        "title sw \"o\"",
        "title ew \"r\"",
        "title pr",
        "title gt \"p\"",
        "title ge \"t\"",
        "title lt \"p\"",
        "title le \"t\"",
        "active eq true",
        "title eq null",
        "emails.type eq \"home\"",
        "emails[type eq \"home\" and value co \"two\"]",
        "nickName pr and title pr",
        "nickName pr or emails pr",
        "meta.created gt \"2020-01-01T00:00:00Z\"",
    ] {
        let ((yes, _), (no, answer)) = (total(&format!("({filter})"))?, total(&format!("not ({filter})"))?);
        ensure(yes + no == 3, &answer, format!("three users in {filter} and its negation, not {yes} and {no}"))?;
    }
    Ok(())
}

fn long_chain(cx: &Context) -> Outcome {
    let (user, _) = one(cx)?;
    let filter = format!("{} or userName eq \"{}\"", vec!["title eq \"x\""; 150].join(" or "), user.name);
    let search = "urn:ietf:params:scim:api:messages:2.0:SearchRequest";
    let answer = cx.post("/Users/.search", &json!({"schemas": [search], "filter": filter}));
    ensure(answer.is_list()?.ids().contains(user.id.as_str()), &answer, "the user that the last term names")
}

pub(super) const CASES: &[Case] = &[
    rule(must(LOGIC, "7644-3.4.2.2p-01", "grouping, then not, then and, then or", |cx| {
        let (user, _) = one(cx)?;
        let yes = ["title pr or userType pr and userType pr", "userType pr and userType pr or title pr"];
        finds_each(cx, &user, &yes)?;
        finds_each(cx, &user, &["not (userType pr) and title pr", "not (title pr) or title pr"])?;
        finds_none(cx, &user, &["(title pr or userType pr) and userType pr", "not (title pr or userType pr)"])
    })),
    rule(implied(LOGIC, "7644-3.4.2.2p-02", "long chains of terms are read", long_chain)),
    rule(implied(LOGIC, "7644-3.4.2.2p-03", "not needs parentheses, a space before them is free", |cx| {
        let (user, _) = one(cx)?;
        finds_each(cx, &user, &["not (userType pr)", "not(userType pr)"])?;
        refused(cx, &["not userType pr"])
    })),
    rule(implied(LOGIC, "7644-3.4.2.2p-04", "not gives exactly the rest", complements)),
    rule(may(LOGIC, "7644-3.4.2.2p-05", "parentheses change the order", |cx| {
        let (user, _) = one(cx)?;
        finds_each(cx, &user, &["(userType pr or title pr) and (active eq true)"])?;
        finds_none(cx, &user, &["(userType pr or title pr) and active eq false"])
    })),
    rule(must(LOGIC, "7644-3.4.2.2p-06", "brackets ask of one value", |cx| {
        let user = two(cx)?;
        finds_each(cx, &user, &["emails[type eq \"home\" and value co \"two\"]"])?;
        finds_none(cx, &user, &["emails[type eq \"home\" and value co \"one\"]"])
    })),
    rule(must(LOGIC, "7644-3.4.2.2p-07", "brackets know only the parts of their attribute", |cx| {
        refused(
            cx,
            &["emails[userName eq \"x\"]", "emails[name.givenName eq \"x\"]", "emails[type eq \"work\" and title pr]"],
        )
    })),
    rule(implied(LOGIC, "7644-3.4.2.2p-08", "logic works within brackets", |cx| {
        let user = two(cx)?;
        let yes = [
            "emails[type eq \"x\" or (type eq \"home\" and value ew \"two.example\")]",
            "emails[not (type eq \"work\") and value pr]",
        ];
        finds_each(cx, &user, &yes)?;
        finds_none(cx, &user, &["emails[not (type eq \"work\" or type eq \"home\")]"])
    })),
    rule(implied(LOGIC, "7644-3.4.2.2p-09", "brackets within brackets are refused", |cx| {
        refused(cx, &["emails[type eq \"a\" and value[x eq \"y\"]]", "emails[value[type eq \"a\"]]"])
    })),
    rule(implied(LOGIC, "7644-3.4.2.2p-10", "a value path is a term like others", |cx| {
        let user = two(cx)?;
        finds_each(
            cx,
            &user,
            &["emails[type eq \"x\"] or ims[value pr] or title pr", "not (emails[type eq \"other\"])"],
        )?;
        finds_none(cx, &user, &["emails[type eq \"work\"] and ims[value pr]", "not (emails[type eq \"work\"])"])
    })),
    rule(implied(LOGIC, "7644-3.4.2.2p-11", "brackets on a single complex value are read or refused", |cx| {
        let (user, filter) = one(cx)?;
        let answer = cx.find("/Users", &format!("{filter} and name[givenName eq \"given\"]"));
        if answer.status == 400 {
            return answer.error(400, "invalidFilter");
        }
        answer.list(1)?.equals("/Resources/0/id", &json!(user.id))?;
        finds_none(cx, &user, &["name[givenName eq \"x\"]"])
    })),
    rule(implied(LOGIC, "7644-3.4.2.2p-12", "a part may be compared behind brackets", |cx| {
        let user = two(cx)?;
        finds_each(cx, &user, &["emails[type eq \"work\"].value eq \"work@one.example\""])?;
        finds_none(cx, &user, &["emails[type eq \"work\"].value eq \"home@two.example\""])
    })),
    rule(implied(LOGIC, "7644-3.4.2.2p-13", "the primary value can be asked for", |cx| {
        let user = two(cx)?;
        finds_each(cx, &user, &["emails[primary eq true]", "emails[primary eq true and type eq \"work\"]"])?;
        finds_none(cx, &user, &["emails[primary eq true and type eq \"home\"]"])
    })),
    rule(implied(LOGIC, "7644-3.4.2.2p-14", "an attribute that the type has not is refused", |cx| {
        refused(cx, &["foo eq \"x\"", "emails.foo eq \"x\"", "members pr"])
    })),
];
