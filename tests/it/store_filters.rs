//! A list holds exactly the resources that the filter holds for, whoever decided: columns, index rows, links, members
//! or the evaluation in memory. On both stores, with values that are easily got wrong.

use rollcall::store::{Settings, Store};
use scim_core::evaluate::{Leniency, Unknown, compile};
use scim_core::schema::{TypeIndex, builtin};
use scim_filter_parser::{Dialect, parse_filter};
use serde_json::{Value, json};

use crate::client::{Client, ENTERPRISE, GROUP, USER, encode, id, ids};
use crate::server::{Server, for_each_store};

/// Texts that are easily got wrong by patterns, quotes, folding, cutting or collation.
fn texts() -> Vec<String> {
    let mut texts: Vec<String> = [
        "plain",
        "Plain Two",
        "50%",
        "50% off",
        "a_b",
        "axb",
        "a%b",
        "back\\slash",
        "quo\"te",
        "o'brien",
        "straße",
        "STRASSE",
        "Ünïcode",
        "ünïcode",
        "İstanbul",
        "istanbul",
        "ǅungla",
        "Σίσυφος",
        "ΣΊΣΥΦΟΣ",
        "名前",
        "😀 smile",
        "😁",
        "e\u{301}tude",
        "étude",
        "-1",
        "10",
        "9",
        "true",
        "null",
        "~tilde",
        "zz",
        "ZZ top",
        "\u{10ffff}",
        "a\u{10ffff}",
        " leading",
        "comma, dot.",
        "(paren)",
        "[bracket]",
        "semi;colon",
        "--",
        "/*",
        "a\u{d7ff}b",
        "\"a* OR b",
        "say \"\"abc\"\" NEAR(x, y)",
        "search: ^abc -def +ghi*",
        "AbcABCabc",
        "tab\tand\u{1e}mark",
    ]
    .map(str::to_owned)
    .to_vec();
    // Longer than an index key, alike up to its end, and just at its length.
    let long = "long ".repeat(110);
    texts.extend([
        format!("{long}one"),
        format!("{long}two"),
        "é".repeat(256),
        "é".repeat(257),
        "x".repeat(507),
        "x".repeat(512),
    ]);
    texts
}

/// Every attribute here and there, in other places missing or empty.
fn people(texts: &[String]) -> Vec<Value> {
    let person = |(number, text): (usize, &String)| {
        let mut person = json!({ "schemas": [USER, ENTERPRISE], "userName": format!("{number}.{}", user_name(text)) });
        let mut set = |name: &str, value: Value| drop(person.as_object_mut().unwrap().insert(name.to_owned(), value));
        if number % 5 != 0 {
            set("displayName", json!(text));
        }
        if number % 3 != 0 {
            set("externalId", json!(text));
        }
        match number % 4 {
            0 => set("active", json!(true)),
            1 => set("active", json!(false)),
            _ => {}
        }
        if number % 2 == 0 {
            set("nickName", json!(text));
            set("name", json!({ "familyName": text, "givenName": "Given" }));
        }
        let address = |part: &str| format!("{number}{part}@Example.ORG");
        match number % 6 {
            0 => set(
                "emails",
                json!([{ "value": address("w"), "type": "work", "primary": true }, { "value": address("h"), "type": "home" }]),
            ),
            1 => set("emails", json!([{ "value": format!("{number}{text}"), "type": "Work" }])),
            2 => set("emails", json!([{ "value": address("n") }])),
            3 => set(
                "emails",
                json!([{ "value": "shared@example.org", "type": "other" }, { "value": "shared@example.org", "type": "work" }]),
            ),
            _ => {}
        }
        if number % 7 == 0 {
            set("title", json!(format!("Title {}", number % 3)));
            set("roles", json!([{ "value": "admin" }, { "value": text }]));
        }
        if number % 4 == 0 {
            set(
                ENTERPRISE,
                json!({ "employeeNumber": format!("E-{number}"), "department": text, "costCenter": "4130" }),
            );
        }
        person
    };
    texts.iter().enumerate().map(person).chain((0..12).map(plain)).collect()
}

fn plain(number: usize) -> Value {
    json!({ "schemas": [USER], "userName": format!("plain{number}@example.org") })
}

/// A name that can be one: short, and of characters that can be seen.
fn user_name(text: &str) -> String {
    text.chars()
        .filter(|character| !character.is_control() && !matches!(character, '\u{10ffff}' | '\u{d7ff}'))
        .take(100)
        .collect()
}

/// Everything that a filter can look at, over values that are there, nearly there and not there.
fn user_filters(texts: &[String], people: &[Value], groups: &[Value]) -> Vec<String> {
    let (person, group) = (id(&people[3]), id(&groups[0]));
    let (other, nested) = (id(&people[5]), id(&groups[2]));
    let created = people[20]["meta"]["created"].as_str().unwrap().to_owned();
    let mut filters: Vec<String> = [
        "userName pr",
        "displayName pr",
        "not (displayName pr)",
        "nickName pr",
        "externalId pr",
        "not (externalId pr)",
        "active pr",
        "active eq true",
        "active eq false",
        "active ne true",
        "active ne false",
        "not (active eq true)",
        "name.givenName eq \"given\"",
        "name pr",
        "emails pr",
        "not (emails pr)",
        "emails.type eq \"work\"",
        "emails.type eq \"WORK\"",
        "emails[type eq \"work\"]",
        "emails.value sw \"1\"",
        "emails.value co \"example\"",
        "emails.value ew \".org\"",
        "emails.primary eq true",
        "emails[type eq \"work\" and value eq \"0w@example.org\"]",
        "emails[value eq \"0W@EXAMPLE.org\" and type eq \"home\"]",
        "emails[type eq \"work\" and value sw \"shared\"]",
        "emails[value eq \"shared@example.org\"]",
        "emails[not (type eq \"work\")]",
        "emails[type eq \"work\" or value co \"h@\"]",
        "emails.value eq \"shared@example.org\"",
        "emails.value ne \"shared@example.org\"",
        "not (emails.value eq \"shared@example.org\")",
        "emails eq \"shared@example.org\"",
        "emails[type pr]",
        "emails[not (type pr)]",
        "userName sw \"1\"",
        "userName co \"%\"",
        "userName co \"_\"",
        "userName ew \"@example.org\"",
        "userName gt \"3\"",
        "userName le \"3\"",
        "userName ge \"plain5\" and userName lt \"plain8\"",
        "title eq \"title 1\"",
        "title gt \"title 1\"",
        "roles.value eq \"ADMIN\"",
        "displayName eq \"plain\" or emails.value eq \"shared@example.org\"",
        "displayName sw \"long long\" and nickName pr",
        "(displayName sw \"p\" or displayName sw \"a\") and not (active eq false)",
        "groups pr",
        "groups.display co \"team\"",
        "groups.type eq \"indirect\"",
        "meta.resourceType eq \"User\"",
        "userName pr and not (userName co \"plain\")",
        "displayName sw \"\"",
        "displayName co \"\"",
        "userName eq \"\"",
        "id pr",
        "id eq \"nonsense\"",
        "meta.version pr",
        "schemas co \"enterprise\"",
        "emails.value co \"@example.org\"",
        "emails.value ew \"shared@example.org\"",
        "emails[type eq \"work\" and value ew \"W@Example.ORG\"]",
        "userName co \"plain1\" and emails.value pr",
        "displayName co \"plaintab\"",
        "userName co \"\\u001e\"",
        "displayName co \"\\u001emark\"",
        "displayName co \"\\u001cmark\"",
        "displayName ew \"plain\\u001d\"",
    ]
    .map(str::to_owned)
    .to_vec();
    for text in texts {
        let quoted = serde_json::to_string(text).unwrap();
        for operator in ["eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le"] {
            filters.push(format!("displayName {operator} {quoted}"));
        }
        filters.push(format!("externalId eq {quoted}"));
        filters.push(format!("not (displayName co {quoted}) and externalId sw {quoted}"));
        filters.push(format!("nickName eq {quoted} or name.familyName co {quoted}"));
        filters.push(format!("roles[value eq {quoted}]"));
        let prefix: String = text.chars().take(3).collect();
        filters.push(format!("displayName sw {}", serde_json::to_string(&prefix).unwrap()));
        filters.push(format!("userName co {}", serde_json::to_string(&prefix).unwrap()));
        filters.push(format!("emails.value co {}", serde_json::to_string(&prefix).unwrap()));
    }
    // Each kind of text once.
    filters.extend(texts.iter().step_by(3).chain(texts.iter().rev().take(12)).flat_map(|text| parts(text)));
    for enterprise in [
        "employeeNumber eq \"e-8\"",
        "employeeNumber sw \"e-1\"",
        "employeeNumber pr",
        "department pr",
        "department eq \"PLAIN\"",
        "costCenter eq \"4130\"",
    ] {
        filters.push(format!("{ENTERPRISE}:{enterprise}"));
    }
    for manager in [&person, &other] {
        filters.push(format!("{ENTERPRISE}:manager.value eq \"{manager}\""));
        filters.push(format!("not ({ENTERPRISE}:manager.value eq \"{manager}\")"));
    }
    for group in [&group, &nested] {
        filters.push(format!("groups.value eq \"{group}\""));
        filters.push(format!("groups[value eq \"{group}\"]"));
        filters.push(format!("not (groups.value eq \"{group}\")"));
        filters.push(format!("groups.value eq \"{group}\" and active eq true"));
    }
    filters.extend([
        format!("id eq \"{person}\""),
        format!("id ne \"{person}\""),
        format!("id eq \"{}\"", person.to_uppercase()),
    ]);
    for operator in ["eq", "ne", "gt", "ge", "lt", "le"] {
        filters.push(format!("meta.created {operator} \"{created}\""));
        filters.push(format!("not (meta.lastModified {operator} \"{created}\")"));
    }
    filters
}

/// Searches for parts of a text: just too short for an index of three characters, just long enough, and over the end of
/// one attribute into the next, which nobody may find.
fn parts(text: &str) -> Vec<String> {
    let characters: Vec<char> = text.chars().collect();
    let mut filters = Vec::new();
    for length in [2, 3, 4] {
        let begin: String = characters.iter().skip(1).take(length).collect();
        let end: String = characters[characters.len().saturating_sub(length)..].iter().collect();
        let [begin, end, upper] = [&begin, &end, &end.to_uppercase()].map(|part| serde_json::to_string(part).unwrap());
        filters.extend([
            format!("displayName co {begin}"),
            format!("displayName ew {upper}"),
            format!("userName ew {end}"),
            format!("emails[type eq \"work\" and value co {begin}]"),
            format!("displayName co {begin} or emails ew {end}"),
            format!("not (displayName co {end}) and userName co {begin}"),
        ]);
    }
    filters
}

fn group_filters(texts: &[String], people: &[Value], groups: &[Value]) -> Vec<String> {
    let (person, stranger, nested) = (id(&people[1]), id(&people[40]), id(&groups[1]));
    let mut filters: Vec<String> = [
        "displayName pr",
        "members pr",
        "not (members pr)",
        "externalId pr",
        "not (externalId pr)",
        "displayName sw \"team\"",
        "displayName co \"%\"",
        "displayName ew \"9\"",
        "displayName gt \"team 3\"",
        "members.type eq \"Group\"",
        "members[type eq \"User\"]",
        "id pr",
        "meta.resourceType eq \"Group\"",
        "displayName eq \"TEAM 1 plain two\"",
        "members.display co \"plain\"",
    ]
    .map(str::to_owned)
    .to_vec();
    for member in [&person, &stranger, &nested] {
        for filter in [
            "members.value eq \"?\"",
            "members eq \"?\"",
            "members[value eq \"?\"]",
            "not (members.value eq \"?\")",
            "members.value ne \"?\"",
            "members[value eq \"?\" and type eq \"User\"]",
            "id eq \"?\"",
        ] {
            filters.push(filter.replace('?', member));
        }
    }
    for text in &texts[..12] {
        let quoted = serde_json::to_string(text).unwrap();
        for operator in ["eq", "co", "ew", "ge"] {
            filters.push(format!("displayName {operator} {quoted}"));
        }
        filters.push(format!("externalId eq {quoted}"));
    }
    filters
}

fn all(client: &Client, endpoint: &str) -> Vec<Value> {
    client.get(&format!("{endpoint}?count=1000")).is(200)["Resources"].as_array().unwrap().clone()
}

/// Holds what the server answers against the evaluation over what it shows.
fn compare(client: &Client, endpoint: &str, index: &TypeIndex, resources: &[Value], filters: &[String]) {
    let (mut some, mut wrong) = (0, Vec::new());
    for text in filters {
        let filter = parse_filter(text, &Dialect { urns: index.urns(), lenient: true }).unwrap();
        let condition = compile(index, &filter, Leniency { coerce_booleans: true }, Unknown::Refuse)
            .unwrap_or_else(|invalid| panic!("{text}: {invalid}"));
        let expected: Vec<_> =
            resources.iter().filter(|resource| condition.matches(resource.as_object().unwrap())).map(id).collect();
        let answer = client.get(&format!("{endpoint}?count=1000&filter={}", encode(text))).is(200);
        if ids(&answer) != expected || answer["totalResults"] != expected.len() {
            wrong.push(format!("{text}: {} instead of {}", answer["totalResults"], expected.len()));
        }
        some += usize::from(!expected.is_empty() && expected.len() < resources.len());
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), filters.len(), wrong.join("\n"));
    assert!(some * 3 > filters.len(), "too few filters tell resources apart: {some} of {}", filters.len());
}

#[test]
fn lists_hold_exactly_what_the_filter_holds_for() {
    let registry = builtin::registry();
    let texts = texts();
    for_each_store(|server| {
        let client = server.client();
        for person in people(&texts) {
            server.clock.advance(1);
            client.post("/Users", &person).is(201);
        }
        let people = all(&client, "/Users");
        let managed = json!([{ "op": "add", "path": format!("{ENTERPRISE}:manager.value"), "value": people[3]["id"] }]);
        client.patch(&format!("/Users/{}", id(&people[8])), managed).is(200);
        let mut above: Option<String> = None;
        for (number, text) in texts.iter().enumerate().take(10) {
            let mut members: Vec<Value> =
                people.iter().skip(number).step_by(9).map(|person| json!({ "value": person["id"] })).collect();
            match number {
                4 => members.clear(),
                _ => members.extend(above.take().map(|below| json!({ "value": below }))),
            }
            let mut group =
                json!({ "schemas": [GROUP], "displayName": format!("Team {number} {text}"), "members": members });
            if number % 2 == 0 {
                group["externalId"] = json!(text);
            }
            above = Some(id(&client.post("/Groups", &group).is(201)));
        }
        let (people, groups) = (all(&client, "/Users"), all(&client, "/Groups"));
        assert_eq!((people.len(), groups.len()), (texts.len() + 12, 10));
        let filters = user_filters(&texts, &people, &groups);
        take_in(server);
        compare(&client, "/Users", &registry.index("User").unwrap(), &people, &filters);
        let filters = group_filters(&texts, &people, &groups);
        compare(&client, "/Groups", &registry.index("Group").unwrap(), &groups, &filters);
    });
}

/// Has the index behind searches take in what waits for it, as a start does.
fn take_in(server: &Server) {
    let settings = Settings { database_url: server.database.url(), pg_pool: 3, create: true };
    Store::open(&settings).unwrap().close();
}

/// A search for a part of a text finds what is there now, whether the index has heard of it or not.
#[test]
fn searches_find_what_waits_for_the_index_and_what_was_changed_in_it() {
    let registry = builtin::registry();
    let texts = texts();
    let filters: Vec<String> = texts.iter().step_by(5).flat_map(|text| parts(text)).collect();
    for_each_store(|server| {
        let client = server.client();
        let compare = || {
            let people = all(&client, "/Users");
            compare(&client, "/Users", &registry.index("User").unwrap(), &people, &filters);
        };
        for person in people(&texts) {
            client.post("/Users", &person).is(201);
        }
        compare();
        take_in(server);
        // Each gets another's name and e-mail, but for some that go.
        let people = all(&client, "/Users");
        for (number, person) in people.iter().enumerate() {
            let path = format!("/Users/{}", id(person));
            match number % 8 {
                0 => client.delete(&path).is(204),
                1..5 => {
                    let (name, text) = (format!("new.{number}"), &texts[(number + 7) % texts.len()]);
                    let body = json!({ "schemas": [USER], "userName": name, "displayName": text,
                        "emails": [{ "value": format!("{text}@x"), "type": "work" }] });
                    client.put(&path, &body).is(200)
                }
                _ => continue,
            };
        }
        compare();
        take_in(server);
        compare();
    });
}
