//! Discovery (RFC 7644 section 4).

use super::{implied, shall, should};
use crate::cases::context::{ENTERPRISE, GROUP, USER};
use crate::cases::{Case, Profile, ensure};
use crate::client::{Request, encode};
use serde_json::json;

const DISCOVERY: &str = "RFC 7644 4";
const DOCUMENTS: [&str; 3] = ["/ServiceProviderConfig", "/ResourceTypes", "/Schemas"];

pub(super) const CASES: &[Case] = &[
    shall(DISCOVERY, "7644-4-01", "ServiceProviderConfig carries its schema", |cx| {
        let schema = "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig";
        cx.get("/ServiceProviderConfig").status(200)?.equals("/schemas", &json!([schema]))?;
        Ok(())
    }),
    shall(DISCOVERY, "7644-4-02", "schemas come as a list and one by one", |cx| {
        let all = cx.get("/Schemas");
        all.is_list()?;
        for schema in [USER, GROUP, ENTERPRISE] {
            let listed = all.element("/Resources", "id", &json!(schema))?;
            let one = cx.get(&format!("/Schemas/{schema}"));
            ensure(&one.status(200)?.json == listed, &one, "the same as in the list")?;
            if cx.profile() != Profile::Rfc {
                cx.get(&format!("/Schemas/{}", schema.to_uppercase())).status(200)?.equals("/id", &json!(schema))?;
            }
        }
        Ok(())
    }),
    shall(DISCOVERY, "7644-4-03", "resource types come as a list and one by one", |cx| {
        let all = cx.get("/ResourceTypes");
        all.is_list()?;
        for name in ["User", "Group"] {
            let listed = all.element("/Resources", "name", &json!(name))?;
            let one = cx.get(&format!("/ResourceTypes/{name}"));
            ensure(&one.status(200)?.json == listed, &one, "the same as in the list")?;
        }
        Ok(())
    }),
    shall(DISCOVERY, "7644-4-04", "paging and sorting are ignored", |cx| {
        for path in DOCUMENTS {
            let whole = cx.get(path);
            let several = path == "/ServiceProviderConfig" || whole.elements("/Resources").len() > 1;
            ensure(several, &whole, "more than one resource")?;
            let cut = cx.get(&format!("{path}?count=1&startIndex=2&sortBy=name&sortOrder=descending"));
            ensure(cut.status(200)?.json == whole.json, &cut, "the same answer as without")?;
        }
        Ok(())
    }),
    should(DISCOVERY, "7644-4-05", "a filter is a 403", |cx| {
        let filtered = |path: &&str| cx.get(&format!("{path}?filter={}", encode("name eq \"User\""))).error(403, "");
        DOCUMENTS.iter().try_for_each(filtered)
    }),
    implied(DISCOVERY, "7644-4-06", "an unknown schema or type is a 404", |cx| {
        cx.get("/Schemas/urn:example:nothing").error(404, "")?;
        cx.get("/ResourceTypes/Nothing").error(404, "")
    }),
    implied(DISCOVERY, "7644-4-07", "discovery is not written to", |cx| {
        for path in DOCUMENTS {
            for method in ["POST", "PUT", "PATCH", "DELETE"] {
                let request = Request::new(method, path);
                let answer = cx.send(&if method == "DELETE" { request } else { request.json(&json!({})) });
                let status = answer.status;
                ensure([405, 501].contains(&status), &answer, "405 or 501")?;
                answer.error(status, "")?;
            }
        }
        Ok(())
    }),
    implied(DISCOVERY, "7644-4-09", "discovery can be cached", |cx| {
        for path in DOCUMENTS {
            let first = cx.get(path);
            let tag = first.status(200)?.header("etag").to_owned();
            ensure(!tag.is_empty(), &first, "an ETag")?;
            cx.send(&Request::new("GET", path).header("If-None-Match", &tag)).status(304)?.empty()?;
        }
        Ok(())
    }),
];
