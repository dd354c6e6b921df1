//! What the OpenAPI document says of the endpoints of this face. Resources are objects of any members there: what they
//! hold is told by `/Schemas`, which knows the tenant's own schemas too.

use utoipa::openapi::{RefOr, Schema};

use crate::http::document::{self, Errors, named, object, text};
use crate::http::{Document, Endpoint, Method};

const SCIM_JSON: &str = "application/scim+json";
const TAG: &str = "SCIM";

const USER: &str = "ScimUser";
const GROUP: &str = "ScimGroup";
const RESOURCE: &str = "ScimResource";
const LIST: &str = "ScimListResponse";
const SEARCH: &str = "ScimSearchRequest";
const PATCH: &str = "ScimPatchOp";
const BULK: &str = "ScimBulk";
const ERROR: &str = "ScimError";

/// How this face says no (RFC 7644 section 3.12).
static ERRORS: Errors =
    Errors { prefix: "Scim", media_type: SCIM_JSON, schema: ERROR, unusable: (400, ERROR), schemas };

/// Adds the description of a row.
pub(super) fn describe(endpoint: Endpoint) -> Endpoint {
    let (noun, many, schema) = subject(endpoint.path);
    let document = match (endpoint.method, endpoint.path) {
        (_, "/Me") => me(endpoint.method),
        (Method::Post, "/Bulk") => of("scim_bulk", "Several requests in one").body(BULK).answers(200, BULK),
        (Method::Get, "/ServiceProviderConfig" | "/ResourceTypes/{name}" | "/Schemas/{urn}") => {
            of(noun, "How the server works").answers(200, RESOURCE).error(403)
        }
        (Method::Get, "/ResourceTypes" | "/Schemas") => of(noun, "How the server works").answers(200, LIST).error(403),
        (Method::Post, path) if path.ends_with("/.search") => {
            of(search_name(path), "Find by a query in the body").body(SEARCH).answers(200, LIST).error(404)
        }
        (Method::Get, path) if !path.ends_with("/{id}") => of(many, "Find").listed().answers(200, LIST).error(404),
        (Method::Get, _) => of(noun, "Read one").projected().answers(200, schema).not_modified(),
        (Method::Post, _) => {
            let document = of(change_name("create", endpoint.path), "Create one").projected();
            document.body(schema).answers(201, schema).error(404).error(409)
        }
        (Method::Put, _) => {
            let document = of(change_name("replace", endpoint.path), "Replace one").projected();
            document.body(schema).answers(200, schema).error(409).error(412)
        }
        (Method::Patch, _) => {
            let document = of(change_name("patch", endpoint.path), "Change one").projected().body(PATCH);
            document.answers(200, schema).emptied().error(409).error(412)
        }
        (Method::Delete, _) => of(change_name("delete", endpoint.path), "Delete one").emptied().error(412),
    };
    let document = parameters(endpoint.path, document.0);
    endpoint.documented(document)
}

/// The names of reading one and of listing, and the schema.
fn subject(path: &str) -> (&'static str, &'static str, &'static str) {
    match path.trim_start_matches('/').split('/').next() {
        Some("Users") => ("scim_read_user", "scim_list_users", USER),
        Some("Groups") => ("scim_read_group", "scim_list_groups", GROUP),
        Some("ServiceProviderConfig") => ("scim_configuration", "", RESOURCE),
        Some("ResourceTypes") if path.contains('{') => ("scim_resource_type", "", RESOURCE),
        Some("ResourceTypes") => ("scim_resource_types", "", RESOURCE),
        Some("Schemas") if path.contains('{') => ("scim_schema", "", RESOURCE),
        Some("Schemas") => ("scim_schemas", "", RESOURCE),
        Some("") => ("", "scim_list_all", RESOURCE),
        _ => ("scim_read_resource", "scim_list_resources", RESOURCE),
    }
}

fn search_name(path: &str) -> &'static str {
    match path {
        "/Users/.search" => "scim_search_users",
        "/Groups/.search" => "scim_search_groups",
        "/.search" => "scim_search_all",
        _ => "scim_search_resources",
    }
}

fn change_name(verb: &str, path: &str) -> &'static str {
    let names: [(&str, [&str; 3]); 4] = [
        ("create", ["scim_create_user", "scim_create_group", "scim_create_resource"]),
        ("replace", ["scim_replace_user", "scim_replace_group", "scim_replace_resource"]),
        ("patch", ["scim_patch_user", "scim_patch_group", "scim_patch_resource"]),
        ("delete", ["scim_delete_user", "scim_delete_group", "scim_delete_resource"]),
    ];
    let [user, group, resource] =
        names.iter().find(|(name, _)| *name == verb).map_or(["", "", ""], |(_, names)| *names);
    match subject(path).2 {
        USER => user,
        GROUP => group,
        _ => resource,
    }
}

fn me(method: Method) -> Described {
    let name = match method {
        Method::Get => "scim_read_me",
        Method::Post => "scim_create_me",
        Method::Put => "scim_replace_me",
        Method::Patch => "scim_patch_me",
        Method::Delete => "scim_delete_me",
    };
    of(name, "Not offered: a connection is no user").error(501)
}

fn parameters(path: &str, document: Document) -> Document {
    let known = [
        ("{id}", "id", "The id that the server gave"),
        ("{type}", "type", "The endpoint of a resource type that the tenant added: `Devices`"),
        ("{name}", "name", "The name of a resource type"),
        ("{urn}", "urn", "The id of a schema"),
    ];
    let named = known.iter().filter(|(segment, ..)| path.split('/').any(|part| part == *segment));
    named.fold(document, |document, (_, name, description)| document.path(name, description, text()))
}

/// A description in the making.
struct Described(Document);

fn of(operation: &'static str, summary: &'static str) -> Described {
    Described(Document::new(operation, summary, TAG).errors(Some(&ERRORS)))
}

impl Described {
    fn body(self, schema: &str) -> Self {
        Self(self.0.request_content(SCIM_JSON, named(schema)))
    }

    fn answers(self, status: u16, schema: &str) -> Self {
        Self(self.0.content(status, "Done", SCIM_JSON, named(schema)))
    }

    fn emptied(self) -> Self {
        Self(self.0.empty(204, "Done"))
    }

    fn not_modified(self) -> Self {
        Self(self.0.empty(304, "The client knows this version"))
    }

    fn error(self, status: u16) -> Self {
        let sentence = match status {
            404 => "There is no such thing",
            409 => "A value that must be unique is in use",
            412 => "It has changed since the version given",
            501 => "Not offered",
            _ => "Not done",
        };
        Self(self.0.content(status, sentence, SCIM_JSON, named(ERROR)))
    }

    fn projected(self) -> Self {
        let document = self.0.query("attributes", "The names of what the answer is to hold, with commas", text());
        Self(document.query("excludedAttributes", "The names of what it is not to hold, with commas", text()))
    }

    fn listed(self) -> Self {
        let order = document::words(&["ascending", "descending"], Some("ascending"));
        let document = self.projected().0.query("filter", "What to find (RFC 7644 section 3.4.2.2)", text());
        let document = document.query("sortBy", "What to sort by", text()).query("sortOrder", "Which way", order);
        let document = document.query("startIndex", "Which is the first, from 1", document::integer(None));
        let document = document.query("count", "How many at most", document::integer(None));
        Self(document.query("cursor", "Where the page begins (RFC 9865)", text()))
    }
}

fn schemas() -> Vec<(String, RefOr<Schema>)> {
    let sentences = [
        (USER, "A user (RFC 7643 section 4.1)"),
        (GROUP, "A group (RFC 7643 section 4.2)"),
        (RESOURCE, "A resource of a type that the tenant added, or one that tells how the server works"),
        (LIST, "A page of a list (RFC 7644 section 3.4.2)"),
        (SEARCH, "A query in a body (RFC 7644 section 3.4.3)"),
        (PATCH, "Changes (RFC 7644 section 3.5.2)"),
        (BULK, "Several requests in one, or their answers (RFC 7644 section 3.7)"),
        (ERROR, "Why something was not done (RFC 7644 section 3.12)"),
    ];
    sentences.map(|(name, sentence)| (name.to_owned(), object(sentence).into())).into()
}
