//! What a filter is made of: grammar, names, literals, limits (RFC 7644 section 3.4.2.2).

use super::{implied, may, must, needing, same, shall, skip};
use crate::cases::context::{ENTERPRISE, USER};
use crate::cases::{Case, Context, Outcome, Problem, Profile, Resource, ensure};
use serde_json::json;

const FILTERS: &str = "RFC 7644 3.4.2.2";
const FILTER: &str = "/filter/supported";

/// Refused in every profile, whatever else it reads.
const MALFORMED: [&str; 23] = [
    "and",
    "userName eq \"a\" or",
    "()",
    "(userName pr",
    "userName pr)",
    "not",
    "not ()",
    "userName =\"a\"",
    "userName eq \"a\" && title pr",
    "userName eq \"a",
    "userName eq \"a\"\"b\"",
    ".userName pr",
    "userName. pr",
    "name..givenName pr",
    "emails[",
    "emails[]",
    "emails]",
    "emails[type pr]]",
    "1userName pr",
    "userName eq \"\\x\"",
    "eq eq",
    "userName pr pr",
    "userName eq",
];

const fn rule(case: Case) -> Case {
    needing(FILTER, case)
}

/// An ordinary user and the filter that finds it alone.
pub(super) fn one(cx: &Context) -> Result<(Resource, String), Problem> {
    let user = cx.user_with("one", json!({"title": "Title", ENTERPRISE: {"department": "Dept"}}))?;
    let filter = format!("id eq \"{}\"", user.id);
    Ok((user, filter))
}

/// Each filter, joined to the user's id, finds the user.
pub(super) fn finds_each(cx: &Context, user: &Resource, filters: &[&str]) -> Outcome {
    filters.iter().try_for_each(|filter| cx.finds("/Users", &format!("id eq \"{}\" and ({filter})", user.id), &[user]))
}

/// No filter, joined to the user's id, finds the user.
pub(super) fn finds_none(cx: &Context, user: &Resource, filters: &[&str]) -> Outcome {
    filters.iter().try_for_each(|filter| cx.finds("/Users", &format!("id eq \"{}\" and ({filter})", user.id), &[]))
}

/// Each filter is refused as invalidFilter.
pub(super) fn refused(cx: &Context, filters: &[&str]) -> Outcome {
    filters.iter().try_for_each(|filter| cx.find("/Users", filter).error(400, "invalidFilter"))
}

/// Refused by the letter, allowed to be read by the lenient profiles.
fn refused_by_the_letter(cx: &Context, filter: &str) -> Outcome {
    if cx.profile() == Profile::Rfc {
        return refused(cx, &[filter]);
    }
    let answer = cx.find("/Users", filter);
    ensure([200, 400].contains(&answer.status), &answer, "200 or 400")
}

fn bare_extension_name(cx: &Context) -> Outcome {
    let (user, _) = one(cx)?;
    let answer = cx.find("/Users", &format!("id eq \"{}\" and department eq \"Dept\"", user.id));
    if answer.status == 400 { answer.error(400, "invalidFilter") } else { answer.list(1).map(drop) }
}

fn references(cx: &Context) -> Outcome {
    let user = cx.user("member")?;
    let group = cx.group("references", &[&user])?;
    let mine = format!("displayName eq \"{}\"", group.name);
    cx.finds("/Groups", &format!("{mine} and members[$ref ew \"{}\"]", user.path), &[&group])?;
    cx.finds("/Users", &format!("id eq \"{}\" and groups.$ref pr", user.id), &[&user])
}

fn white_space(cx: &Context) -> Outcome {
    let (user, filter) = one(cx)?;
    cx.finds("/Users", &filter.replace(' ', "   "), &[&user])?;
    let answer = cx.find("/Users", &filter.replace(' ', "\t"));
    ensure([200, 400].contains(&answer.status), &answer, "200 or 400 for tabs")
}

fn literals(cx: &Context) -> Outcome {
    let user = cx.user_with("literal", json!({"title": "a\"b\\c/\u{e9}", "nickName": "N"}))?;
    let yes = [
        "title eq \"a\\\"b\\\\c/\\u00e9\"",
        "title eq \"a\\u0022b\\\\c\\/\u{e9}\"",
        "active eq true",
        "not (active eq false)",
        "userType eq null",
    ];
    finds_each(cx, &user, &yes)?;
    for number in ["1", "-1.5e2"] {
        let answer = cx.find("/Users", &format!("active eq {number}"));
        answer.error(400, "invalidFilter")?;
    }
    Ok(())
}

fn manager_by_extension(cx: &Context) -> Outcome {
    let boss = cx.user("boss")?;
    let extension = json!({ENTERPRISE: {"department": "X", "manager": {"value": boss.id}}});
    let user = cx.user_with("report", extension)?;
    let filters =
        [format!("{ENTERPRISE}:department eq \"X\""), format!("{ENTERPRISE}:manager.value eq \"{}\"", boss.id)];
    finds_each(cx, &user, &filters.each_ref().map(String::as_str))
}

pub(super) const CASES: &[Case] = &[
    may(FILTERS, "7644-3.4.2.2-01", "ServiceProviderConfig says whether filters are read", |cx| {
        let answer = cx.get("/ServiceProviderConfig");
        let said = answer.status(200)?.at("/filter/supported").as_bool();
        ensure(said.is_some(), &answer, "filter.supported as a boolean")?;
        if said == Some(false) {
            return skip("the server reads no filters");
        }
        cx.find("/Users", "userName pr").is_list().map(drop)
    }),
    rule(shall(FILTERS, "7644-3.4.2.2-02", "only what fits is returned", |cx| {
        let users = cx.users(3)?;
        let [first, ..] = users.as_slice() else { return skip("no users were made") };
        cx.finds("/Users", &format!("userName eq \"{}\"", first.name), &[first])?;
        cx.finds("/Users", &format!("userName co \"{}\"", cx.tag()), &users.iter().collect::<Vec<_>>())?;
        same(cx, &["rule-filter-text", "rule-filter-order"])
    })),
    rule(implied(FILTERS, "7644-3.4.2.2-03", "names and operators are read in any case", |cx| {
        let (user, _) = one(cx)?;
        finds_each(cx, &user, &["USERNAME Pr AND tItLe EQ \"title\"", "userType PR Or NOT (userNAME Eq \"x\")"])
    })),
    rule(must(FILTERS, "7644-3.4.2.2-04", "an empty or blank filter is refused", |cx| {
        cx.get("/Users?filter=").error(400, "invalidFilter")?;
        refused(cx, &[" ", "   "])
    })),
    rule(must(FILTERS, "7644-3.4.2.2-05", "what is not in the grammar is refused", |cx| {
        refused(cx, &MALFORMED)?;
        if cx.profile() == Profile::Rfc {
            refused(cx, &["userName eq {}", "userName eq [1]", "userName eq 01", "userName eq +1"])?;
        }
        same(cx, &["rule-filter-malformed"])
    })),
    rule(must(FILTERS, "7644-3.4.2.2-06", "an unknown operator is refused", |cx| {
        cx.find("/Users", "userName regex \"a\"").error(400, "invalidFilter")
    })),
    rule(implied(FILTERS, "7644-3.4.2.2-07", "literals are JSON's", literals)),
    rule(implied(FILTERS, "7644-3.4.2.2-08", "True is no literal by the letter", |cx| {
        refused_by_the_letter(cx, "active eq True")
    })),
    rule(implied(FILTERS, "7644-3.4.2.2-09", "single quotes make no text by the letter", |cx| {
        refused_by_the_letter(cx, "displayName sw 'Group'")
    })),
    rule(implied(FILTERS, "7644-3.4.2.2-10", "runs of spaces are one space", white_space)),
    rule(implied(FILTERS, "7644-3.4.2.2-11", "a schema may stand before a name with parts", |cx| {
        let (user, _) = one(cx)?;
        let filter = format!("{USER}:name.familyName co \"AMIL\"");
        finds_each(cx, &user, &[&filter, &filter.replace(USER, &USER.to_uppercase())])
    })),
    rule(implied(FILTERS, "7644-3.4.2.2-12", "an extension's attribute is found by its schema", manager_by_extension)),
    rule(implied(FILTERS, "7644-3.4.2.2-13", "a core attribute with its schema is the bare one", |cx| {
        let user = cx.user("Jensen")?;
        finds_each(cx, &user, &[&format!("{USER}:userName sw \"J\""), "userName sw \"J\""])
    })),
    rule(implied(FILTERS, "7644-3.4.2.2-14", "an extension's bare name is resolved or refused", bare_extension_name)),
    rule(implied(FILTERS, "7644-3.4.2.2-15", "$ref can be filtered", references)),
    rule(implied(FILTERS, "7644-3.4.2.2-16", "filters beyond the limits are refused, never a fault", |cx| {
        let search = |filter: String| {
            let schema = "urn:ietf:params:scim:api:messages:2.0:SearchRequest";
            cx.post("/Users/.search", &json!({"schemas": [schema], "filter": filter, "count": 0}))
        };
        let deep = search(format!("{}title pr{}", "(".repeat(10_000), ")".repeat(10_000)));
        ensure([400, 413].contains(&deep.status), &deep, "a refusal of ten thousand parentheses")?;
        let long = search(format!("title eq \"{}\"", "x".repeat(900_000)));
        ensure([400, 413].contains(&long.status), &long, "a refusal of a filter of a megabyte")
    })),
];
