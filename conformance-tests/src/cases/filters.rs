//! Filters: operators by type, logic, value paths, limits and what is refused (RFC 7644 section 3.4.2.2).

use super::context::{ENTERPRISE, USER};
use super::{Applies, Case, Check, Context, Outcome, Problem, Resource, ensure};
use serde_json::json;

const fn every(id: &'static str, title: &'static str, run: Check) -> Case {
    Case::new("Filters", Applies::Every, id, title, run)
}

/// A user for the operators: two addresses, a title, a department.
fn subject(cx: &Context) -> Result<Resource, Problem> {
    let work = json!({"value": "work@one.example", "type": "work", "primary": true});
    let emails = json!([work, {"value": "home@two.example", "type": "home"}]);
    let (name, extension) = ("say \"hi\" \\ bye", json!({"department": "Dept"}));
    let members = json!({"title": "50%_Off*", "nickName": name, "emails": emails, ENTERPRISE: extension});
    cx.user_with("subject", members)
}

/// Each filter, joined to the subject's id, finds it or does not.
fn judges(cx: &Context, yes: &[&str], no: &[&str]) -> Outcome {
    let user = subject(cx)?;
    for (filters, wanted) in [(yes, vec![&user]), (no, Vec::new())] {
        for filter in filters {
            cx.finds("/Users", &format!("id eq \"{}\" and ({filter})", user.id), &wanted)?;
        }
    }
    Ok(())
}

/// Each filter is refused as such; GET carries it.
fn refused(cx: &Context, filters: &[&str]) -> Outcome {
    filters.iter().try_for_each(|filter| cx.find("/Users", filter).error(400, "invalidFilter"))
}

fn search(cx: &Context, filter: &str) -> crate::client::Answer {
    let schema = "urn:ietf:params:scim:api:messages:2.0:SearchRequest";
    cx.post("/Users/.search", &json!({"schemas": [schema], "filter": filter, "count": 0}))
}

fn terms(count: usize) -> String {
    vec!["title eq \"x\""; count].join(" or ")
}

fn depth(count: usize) -> String {
    format!("{}title pr{}", "(".repeat(count), ")".repeat(count))
}

pub(super) const CASES: &[Case] = &[
    every("rule-filter-text", "eq ne co sw ew pr on text, without regard to case", |cx| {
        let yes = [
            "title eq \"50%_OFF*\"",
            "title co \"%_o\"",
            "title sw \"50\"",
            "title ew \"off*\"",
            "title pr",
            "title ne \"x\"",
            "userType ne \"x\"",
        ];
        judges(
            cx,
            &yes,
            &["title eq \"50\"", "title sw \"off\"", "title ew \"50\"", "userType pr", "title ne \"50%_off*\""],
        )
    }),
    every("rule-filter-wildcards", "wildcards of a database are ordinary characters", |cx| {
        let no = [
            "title eq \"%\"",
            "title co \"0__O\"",
            "title co \"5%f\"",
            "title sw \"%5\"",
            "title co \"5*f\"",
            "title co \"5?%\"",
            "title co \"[5]\"",
        ];
        judges(cx, &["title co \"%\"", "title co \"_\"", "title co \"*\""], &no)
    }),
    every("rule-filter-escapes", "text is JSON text", |cx| {
        judges(
            cx,
            &["nickName eq \"say \\\"hi\\\" \\\\ bye\"", "nickName sw \"\\u0073ay\"", "nickName co \"\\\\\""],
            &["nickName eq \"say hi\""],
        )
    }),
    every("rule-filter-order", "gt ge lt le on text and time", |cx| {
        let yes = [
            "title gt \"4\"",
            "title ge \"50%_off*\"",
            "title lt \"6\"",
            "title le \"50%_off*\"",
            "meta.created gt \"2011-05-13T04:42:34Z\"",
            "meta.lastModified gt \"2011-05-13T06:42:34.123456789+02:00\"",
            "meta.created lt \"2999-01-01T00:00:00Z\"",
        ];
        judges(cx, &yes, &["title gt \"6\"", "title lt \"4\"", "meta.created gt \"2999-01-01T00:00:00Z\""])
    }),
    every("rule-filter-null", "eq null is absent, ne null is present", |cx| {
        judges(cx, &["userType eq null", "title ne null"], &["title eq null", "userType ne null"])?;
        refused(cx, &["title co null", "title gt null"])
    }),
    every("rule-filter-logic", "and binds before or, not takes the rest; words in any case", |cx| {
        let yes = [
            "title pr or userType pr and userType pr",
            "not (userType pr)",
            "not(userType pr)",
            "NOT (userType pr) AND title PR",
            "(title pr or userType pr) and active EQ true",
        ];
        judges(
            cx,
            &yes,
            &["(title pr or userType pr) and userType pr", "not (title pr)", "not (title pr or userType pr)"],
        )
    }),
    every("rule-filter-names", "names in any case, with their schema in front", |cx| {
        let core = format!("{USER}:name.familyName eq \"family\"");
        let department = format!("{}:DEPARTMENT eq \"dept\"", ENTERPRISE.to_uppercase());
        let schemas = format!("schemas eq \"{ENTERPRISE}\"");
        judges(
            cx,
            &["TITLE pr", "Name.FAMILYNAME eq \"Family\"", &core, &department, &schemas],
            &[&department.replace("dept", "x")],
        )
    }),
    every("rule-filter-lists", "one fitting element is enough; a value path judges one element", |cx| {
        let yes = [
            "emails.type eq \"work\" and emails.value co \"two\"",
            "emails co \"TWO.example\"",
            "emails[type eq \"home\" and value co \"two\"]",
            "emails[primary eq true]",
            "emails[type eq \"x\" or (type eq \"home\" and not (value co \"one\"))]",
        ];
        judges(
            cx,
            &yes,
            &["emails[type eq \"work\" and value co \"two\"]", "emails[primary eq true and type eq \"home\"]"],
        )
    }),
    every("rule-filter-exact", "id and externalId compare exactly", |cx| {
        let user = cx.user_with("exact", json!({"externalId": cx.name("CaSe")}))?;
        cx.finds("/Users", &format!("externalId eq \"{}\"", cx.name("case")), &[])?;
        cx.finds("/Users", &format!("externalId sw \"{}\"", cx.name("CaSe")), &[&user])?;
        cx.finds("/Users", &format!("externalId sw \"{}\"", cx.name("case")), &[])
    }),
    every("rule-filter-malformed", "what is not in the grammar is refused", |cx| {
        let bad = [
            "userName",
            "userName eq",
            "eq \"x\"",
            "userName eq \"x",
            "userName regex \"x\"",
            "userName eq \"x\" and",
            "(userName pr",
            "userName pr)",
            "userName pr \"x\"",
            "not userName pr",
            "userName eq \"x\" userName pr",
            "emails[type eq \"work\"",
            "emails[]",
            " ",
            "userName eq \"\\q\"",
        ];
        refused(cx, &bad)
    }),
    every("rule-filter-types", "operators that do not suit the type are refused", |cx| {
        refused(
            cx,
            &[
                "active gt false",
                "active co true",
                "active eq 1",
                "name eq \"x\"",
                "x509Certificates.value lt \"a\"",
                "meta.created gt \"yesterday\"",
                "meta.created co \"2020\"",
            ],
        )
    }),
    every("rule-filter-brackets", "foreign names and brackets within brackets are refused", |cx| {
        refused(
            cx,
            &[
                "emails[userName eq \"x\"]",
                "emails[type eq \"a\" and value[x eq \"y\"]]",
                "emails[type eq \"work\"].nothing eq \"x\"",
            ],
        )
    }),
    every("rule-filter-limit-terms", "two hundred terms are read, one more is refused by name", |cx| {
        search(cx, &terms(200)).status(200)?;
        search(cx, &terms(201)).error_naming(400, "invalidFilter", "200")
    }),
    every("rule-filter-limit-depth", "a filter deeper than 32 is refused by name", |cx| {
        search(cx, &depth(30)).status(200)?;
        search(cx, &depth(34)).error_naming(400, "invalidFilter", "32")?;
        search(cx, &depth(5000)).error(400, "invalidFilter")
    }),
    every("rule-filter-limit-length", "a filter longer than 16 KiB is refused by name", |cx| {
        let filter = |length: usize| format!("title eq \"{}\"", "x".repeat(length));
        search(cx, &filter(16_000)).status(200)?;
        search(cx, &filter(16_500)).error_naming(400, "invalidFilter", "16")
    }),
    every("rule-filter-one-resource", "a filter on one resource is no error", |cx| {
        let user = cx.user("one")?;
        let answer = cx.find(&user.path, "userName eq \"other\"");
        ensure([200, 404].contains(&answer.status), &answer, "200 or 404")
    })
    .should(),
];
