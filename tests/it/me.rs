//! `/Me` over SCIM: people see themselves, whatever else they may see (RFC 7644 section 3.11).

use serde_json::json;

use crate::client::Client;
use crate::server::{DEFAULT, for_each_store};
use crate::signed_in::text;

#[test]
fn people_see_themselves_and_nothing_else_over_scim() {
    for_each_store(|server| {
        let ann = server.newcomer(DEFAULT, "ann@example.org", "tenant_admin");
        let tokens = server.tokens_of(DEFAULT, "ann@example.org");
        let me = Client::new(&server.base, Some(text(&tokens, "access_token")));
        let answer = me.get("/Me");
        let shown = answer.is(200);
        assert_eq!((text(&shown, "id"), text(&shown, "userName")), (ann.id.to_string().as_str(), "ann@example.org"));
        let place = format!("{}/Users/{}", server.base, ann.id);
        assert_eq!((answer.header("location"), &shown["meta"]["location"]), (Some(place.as_str()), &json!(place)));
        let version = answer.header("etag").unwrap().to_owned();
        assert_eq!(me.send("GET", "/Me", &[("if-none-match", &version)], None).status, 304);
        assert!(me.get("/Me?attributes=userName").is(200).get("emails").is_none());
        // What a connection may, no role gives.
        for path in ["/Users", "/Groups", &format!("/Users/{}", ann.id)] {
            me.get(path).refuses(403);
        }
        me.patch("/Me", json!([{ "op": "replace", "path": "active", "value": false }])).refuses(501);
        server.client().get("/Me").refuses(501);
        server.rest(Some(text(&tokens, "access_token"))).post("/auth/logout", &json!({})).is(204);
        me.get("/Me").refuses(401);
    });
}

#[test]
fn passwords_are_prepared_before_they_are_compared() {
    for_each_store(|server| {
        server.newcomer(DEFAULT, "ann@example.org", "viewer");
        let spaces = crate::signed_in::PASSWORD.replace(' ', "\u{3000}");
        server.log_in(DEFAULT, "ann@example.org", &spaces).is(200);
    });
}
