//! Lists by cursors, as clients walk them: every order, both ways, beside writers, and only by whom they were made for.

use std::collections::BTreeSet;

use rollcall::access::{Profile, Reach, TokenScope};
use rollcall::directory::connections::ConnectionChange;
use serde_json::{Value, json};

use crate::client::{Client, encode, ids};
use crate::server::{Server, for_each_store, start};

/// The query of a list, open for more parameters.
fn list(endpoint: &str, parameters: &[(&str, &str)]) -> String {
    let written = parameters.iter().map(|(name, value)| format!("{name}={}&", encode(value)));
    format!("{endpoint}?{}", written.collect::<String>())
}

fn page(client: &Client, query: &str, cursor: &str) -> Value {
    client.get(&format!("{query}cursor={cursor}")).is(200)
}

fn next(page: &Value) -> Option<&str> {
    page["nextCursor"].as_str()
}

/// The ids of every page from the first; between two pages, `meanwhile`.
fn walk(client: &Client, query: &str, mut meanwhile: impl FnMut()) -> Vec<Vec<String>> {
    let (mut pages, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = page(client, query, &cursor);
        assert!(page.get("startIndex").is_none(), "{page}");
        assert_eq!(page["itemsPerPage"], page["Resources"].as_array().unwrap().len());
        pages.push(ids(&page));
        assert!(pages.len() < 200, "no end of {query}");
        match next(&page) {
            Some(next) => cursor = next.to_owned(),
            None => return pages,
        }
        meanwhile();
    }
}

/// The ids of every page from the last one back, in the list's order.
fn walk_back(client: &Client, query: &str) -> Vec<String> {
    let mut last = page(client, query, "");
    while let Some(next) = next(&last) {
        last = page(client, query, next);
    }
    let mut pages = vec![ids(&last)];
    while let Some(previous) = last["previousCursor"].as_str() {
        last = page(client, query, previous);
        assert!(next(&last).is_some(), "a page follows");
        pages.push(ids(&last));
    }
    pages.into_iter().rev().flatten().collect()
}

/// Users and groups whose orders differ, some of them equal in what they are sorted by.
fn people(server: &Server, client: &Client) {
    for number in 0..23_usize {
        // Every third was made in the moment of the one before it.
        if number % 3 != 0 {
            server.clock.advance(1);
        }
        let (name, title) = (format!("u{:02}", number * 7 % 23), format!("t{}", number % 4));
        let emails = json!([{ "value": format!("{name}@example.org"), "type": "work" }]);
        let mut body = json!({ "userName": name, "emails": emails });
        if number % 5 != 0 {
            body["title"] = json!(title);
        }
        client.post("/Users", &body).is(201);
        client.post("/Groups", &json!({ "displayName": format!("g{title}{number}") })).is(201);
    }
    for user in ids(&client.get("/Users").is(200)).iter().step_by(4) {
        server.clock.advance(1);
        client.patch(&format!("/Users/{user}"), json!([{ "op": "add", "path": "nickName", "value": "x" }])).is(200);
    }
}

#[test]
fn every_order_walks_as_the_index_lists_it_and_back() {
    for_each_store(|server| {
        let client = server.client();
        people(server, &client);
        // What an index, a scan, and the memory decide.
        let filters = ["", "userName sw \"u1\"", "userName co \"1\"", "emails.value ew \"example.org\"", "title pr"];
        let orders = ["", "userName", "meta.created", "meta.lastModified", "title", "id"];
        for filter in filters {
            for order in orders {
                for direction in ["ascending", "descending"] {
                    let mut parameters = vec![("sortOrder", direction)];
                    parameters
                        .extend([("filter", filter), ("sortBy", order)].into_iter().filter(|(_, v)| !v.is_empty()));
                    let whole = ids(&client.get(&list("/Users", &parameters)).is(200));
                    assert!(whole.len() > 5);
                    let query = list("/Users", &[parameters.as_slice(), &[("count", "4")]].concat());
                    assert_eq!(walk(&client, &query, || ()).concat(), whole, "{query}");
                    assert_eq!(walk_back(&client, &query), whole, "{query} back");
                }
            }
        }
        for order in ["", "displayName", "meta.created", "meta.lastModified"] {
            for direction in ["ascending", "descending"] {
                let mut parameters = vec![("sortOrder", direction)];
                parameters.extend([("sortBy", order)].into_iter().filter(|(_, value)| !value.is_empty()));
                let whole = ids(&client.get(&list("/Groups", &parameters)).is(200));
                let query = list("/Groups", &[parameters.as_slice(), &[("count", "4")]].concat());
                assert_eq!(walk(&client, &query, || ()).concat(), whole, "{query}");
                assert_eq!(walk_back(&client, &query), whole, "{query} back");
            }
        }
    });
}

#[test]
fn a_walk_beside_writers_shows_nobody_twice_and_misses_nobody() {
    for_each_store(|server| {
        for (filter, order) in
            [("", ""), ("", "userName"), ("", "meta.created"), ("nickName co \"x\"", ""), ("", "title")]
        {
            let client = server.connect(&format!("t{}{}", filter.len(), order.len()), "walker");
            let body = |number: usize| json!({ "userName": format!("p{:03}", number * 37 % 101), "nickName": "x" });
            let made =
                (0..40).map(|number| client.post("/Users", &body(number)).is(201)["id"].as_str().unwrap().to_owned());
            let made: Vec<String> = made.collect();
            let (mut gone, mut round) = (BTreeSet::new(), 0);
            let parameters = [("filter", filter), ("sortBy", order), ("count", "5")];
            let parameters: Vec<_> = parameters.into_iter().filter(|(_, value)| !value.is_empty()).collect();
            let pages = walk(&client, &list("/Users", &parameters), || {
                round += 1;
                // Some behind, some in front, some on the page that was just read.
                for at in [round, 40 - round, 5 * round - 1] {
                    if made.get(at).is_some_and(|id| gone.insert(id.clone())) {
                        client.delete(&format!("/Users/{}", made[at])).is(204);
                    }
                }
                if round < 12 {
                    client.post("/Users", &json!({ "userName": format!("p{round:03}-new"), "nickName": "x" })).is(201);
                }
            });
            let seen = pages.concat();
            let each: BTreeSet<&String> = seen.iter().collect();
            assert_eq!(each.len(), seen.len(), "{filter} {order}: somebody came twice");
            assert!(!gone.is_empty());
            for id in made.iter().filter(|id| !gone.contains(*id)) {
                assert!(each.contains(id), "{filter} {order}: {id} is missing");
            }
        }
    });
}

#[test]
fn the_total_is_exact_where_the_database_counts() {
    for_each_store(|server| {
        let client = server.client();
        client.many_users("u", 7);
        let query = list("/Users", &[("count", "3")]);
        let first = page(&client, &query, "");
        assert_eq!(first["totalResults"], 7);
        client.user("one-more");
        assert_eq!(page(&client, &query, next(&first).unwrap())["totalResults"], 8);
        // The memory counts on the first page, and does not go back to the beginning on the others.
        let query = list("/Users", &[("count", "3"), ("filter", "meta.resourceType eq \"User\"")]);
        let first = page(&client, &query, "");
        assert_eq!(first["totalResults"], 8);
        let second = page(&client, &query, next(&first).unwrap());
        assert!(second.get("totalResults").is_none() && ids(&second).len() == 3, "{second}");
    });
}

#[test]
fn a_cursor_is_of_one_client_only() {
    let server = start();
    let connection = server.connection("acme", "hr", Profile::Tolerant);
    let client = server.client_of(&connection);
    client.many_users("u", 5);
    let foreign = [server.connect("globex", "hr"), server.connect("acme", "payroll"), server.client()];
    for other in &foreign {
        other.group("crew", &[]);
    }
    let query = list("/Users", &[("count", "2")]);
    let cursor = next(&page(&client, &query, "")).unwrap().to_owned();
    let refusal = |client: &Client, query: &str, cursor: &str| {
        let detail = client.get(&format!("{query}cursor={cursor}")).is_bad("invalidCursor");
        // Which request it was is told in every error.
        detail.split(" (request").next().unwrap().to_owned()
    };
    let told = refusal(&client, &query, "made-up");
    for other in &foreign {
        assert_eq!(refusal(other, &query, &cursor), told);
    }
    let groups = list("/Groups", &[("count", "2")]);
    assert_eq!(refusal(&client, &groups, &cursor), told);
    server.anonymous().get(&format!("{query}cursor={cursor}")).refuses(401);
    // Another token of the same client goes on; one that may do less does not, nor does the client when it sees less.
    let token = |scope| server.client_with(server.mint(&connection, scope, None).secret.reveal());
    assert_eq!(ids(&page(&token(TokenScope::Write), &query, &cursor)).len(), 2);
    assert_eq!(refusal(&token(TokenScope::Read), &query, &cursor), told);
    let narrow = ConnectionChange { reach: Some(Reach::Own), ..ConnectionChange::default() };
    server.set_connection(&connection, narrow);
    assert_eq!(refusal(&client, &query, &cursor), told);
}

#[test]
fn a_cursor_ends_with_its_time() {
    for_each_store(|server| {
        let client = server.client();
        client.many_users("u", 5);
        let query = list("/Users", &[("count", "2")]);
        let cursor = next(&page(&client, &query, "")).unwrap().to_owned();
        let configuration = server.anonymous().get("/ServiceProviderConfig").is(200);
        let timeout = configuration["pagination"]["cursorTimeout"].as_i64().unwrap();
        server.clock.advance(timeout - 1);
        assert_eq!(ids(&page(&client, &query, &cursor)).len(), 2);
        server.clock.advance(1);
        client.get(&format!("{query}cursor={cursor}")).is_bad("expiredCursor");
        assert_eq!(ids(&page(&client, &query, "")).len(), 2);
    });
}

#[test]
fn what_is_wrong_with_cursor_and_count_is_told_by_its_keyword() {
    let server = start();
    let client = server.client();
    client.many_users("u", 5);
    let query = list("/Users", &[("count", "2")]);
    let cursor = next(&page(&client, &query, "")).unwrap().to_owned();
    for count in ["3", "0", "x", ""] {
        client.get(&format!("/Users?count={count}&cursor={cursor}")).is_bad("invalidCount");
    }
    client.get(&format!("/Users?cursor={cursor}")).is_bad("invalidCount");
    client.get("/Users?count=x").is_bad("invalidValue");
    client.get(&format!("{query}startIndex=1&cursor={cursor}")).is_bad("invalidValue");
    client.get(&format!("{query}attributes=userName&cursor={cursor}")).is_bad("invalidCursor");
    client.get("/?cursor").is_bad("invalidValue");
    let search = |members: Value| {
        let mut body = json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"] });
        body.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        client.post("/Users/.search", &body)
    };
    search(json!({ "count": [], "cursor": "" })).is_bad("invalidCount");
    search(json!({ "count": [] })).is_bad("invalidValue");
    // The same query, asked for in the other way.
    assert_eq!(ids(&search(json!({ "count": 2, "cursor": cursor })).is(200)).len(), 2);
    assert_eq!(ids(&search(json!({ "count": 2, "cursor": null })).is(200)).len(), 2);
}

#[test]
fn cursors_are_published_but_where_clients_refuse_them_and_work_everywhere() {
    let server = start();
    let shown = |client: &Client| client.get("/ServiceProviderConfig").is(200)["pagination"].clone();
    let whole = json!({ "cursor": true, "index": true, "defaultPaginationMethod": "index", "defaultPageSize": 100,
        "maxPageSize": 1000, "cursorTimeout": 3600 });
    assert_eq!(shown(&server.anonymous()), whole);
    let schema = server.anonymous().get("/Schemas/urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig").is(200);
    let attributes = schema["attributes"].as_array().unwrap();
    let described = attributes.iter().find(|attribute| attribute["name"] == "pagination").unwrap();
    let described = described["subAttributes"].as_array().unwrap();
    let described: BTreeSet<&str> = described.iter().map(|attribute| attribute["name"].as_str().unwrap()).collect();
    assert_eq!(described, whole.as_object().unwrap().keys().map(String::as_str).collect());
    for profile in [Profile::Tolerant, Profile::Rfc, Profile::Entra, Profile::Okta] {
        let client = server.client_of(&server.connection(profile.as_str(), "it", profile));
        let expected = if profile == Profile::Tolerant { Value::Null } else { whole.clone() };
        assert_eq!(shown(&client), expected, "{profile:?}");
        client.many_users("u", 3);
        let pages = walk(&client, &list("/Users", &[("count", "2")]), || ());
        assert_eq!(pages.iter().map(Vec::len).collect::<Vec<_>>(), [2, 1], "{profile:?}");
    }
}
