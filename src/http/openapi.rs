//! The OpenAPI document, made once from the endpoint table: what a row says of itself, and the answers that follow from
//! its row without being said. It invents nothing: a row without a description is left out, and a test finds it.

use std::collections::BTreeMap;

use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::path::{HttpMethod, Operation, OperationBuilder, ParameterIn};
use utoipa::openapi::request_body::RequestBodyBuilder;
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa::openapi::{
    Components, Content, Info, License, OpenApi, Paths, Ref, RefOr, Response, ResponseBuilder, Schema,
    SecurityRequirement, Server,
};

use crate::access::Needs;
use crate::error::{Error, Result};

use super::document::{Answer, Document, Errors, REST, text};
use super::endpoint::{BodyRule, Endpoint, Method};
use super::face::Face;

/// The name of the one way to prove who asks.
const BEARER: &str = "bearer";

/// The document of all faces, as JSON. Paths begin where the server does, be it below a path of its public URL; from which
/// host the document is read is left open.
///
/// # Errors
/// [`Error::Internal`] when two schemas of one name differ.
pub(super) fn document<'a>(faces: impl IntoIterator<Item = &'a Face>, public_url: &str) -> Result<Vec<u8>> {
    let mut schemas = BTreeMap::new();
    let mut components = Components::new();
    let mut paths = Paths::new();
    // Rows whose errors do not follow from them name these all the same.
    collect(&mut schemas, (REST.schemas)())?;
    for face in faces {
        for endpoint in &face.endpoints {
            let Some(document) = &endpoint.document else { continue };
            if let Some(errors) = document.errors {
                collect(&mut schemas, (errors.schemas)())?;
                components.responses.extend(shared_answers(errors));
            }
            collect(&mut schemas, document.schemas.clone())?;
            paths.add_path_operation(
                format!("{}{}", face.prefix, endpoint.path),
                vec![method(endpoint.method)],
                operation(face, endpoint, document),
            );
        }
    }
    components.schemas = schemas;
    let bearer = Http::new(HttpAuthScheme::Bearer);
    components.security_schemes.insert(BEARER.to_owned(), SecurityScheme::Http(bearer).into());
    let mut info = Info::new("rollcall", env!("CARGO_PKG_VERSION"));
    info.description = Some("Users and groups, pushed by identity providers and run by administrators.".to_owned());
    info.license = Some(License::new(env!("CARGO_PKG_LICENSE")));
    let mut openapi = OpenApi::new(info, paths);
    openapi.components = Some(components);
    openapi.servers = Some(vec![Server::new(path_of(public_url))]);
    serde_json::to_vec(&openapi).map_err(Error::internal)
}

/// The path of a URL.
fn path_of(url: &str) -> &str {
    let beyond = url.split_once("://").map_or(url, |(_, rest)| rest);
    beyond.find('/').and_then(|start| beyond.get(start..)).unwrap_or("/")
}

/// Adds schemas; one that is there already must be the same.
fn collect(all: &mut BTreeMap<String, RefOr<Schema>>, more: Vec<(String, RefOr<Schema>)>) -> Result<()> {
    for (name, schema) in more {
        match all.get(&name) {
            Some(other) if *other != schema => {
                return Err(Error::internal(format!("two schemas of the name {name} differ")));
            }
            Some(_) => {}
            None => drop(all.insert(name, schema)),
        }
    }
    Ok(())
}

fn method(method: Method) -> HttpMethod {
    match method {
        Method::Get => HttpMethod::Get,
        Method::Post => HttpMethod::Post,
        Method::Put => HttpMethod::Put,
        Method::Patch => HttpMethod::Patch,
        Method::Delete => HttpMethod::Delete,
    }
}

fn operation(face: &Face, endpoint: &Endpoint, document: &Document) -> Operation {
    let mut operation = OperationBuilder::new()
        .operation_id(Some(document.operation))
        .summary(Some(document.summary))
        .tag(document.tag);
    if let Some(description) = description(endpoint.needs, document) {
        operation = operation.description(Some(description));
    }
    for parameter in &document.parameters {
        operation = operation.parameter(parameter.clone());
    }
    for name in undescribed(face, endpoint, document) {
        let parameter = Document::new("", "", "").path(name, "", text()).parameters.pop();
        operation = parameter.into_iter().fold(operation, OperationBuilder::parameter);
    }
    if let Some(request) = &document.request {
        let content = Content::new(Some(request.schema.clone()));
        let body =
            RequestBodyBuilder::new().content(request.media_type, content).required(Some(request.required.clone()));
        operation = operation.request_body(Some(body.build()));
    }
    if !matches!(endpoint.needs, Needs::Public(_)) {
        operation = operation.security(SecurityRequirement::new(BEARER, std::iter::empty::<String>()));
    }
    for (status, answer) in answers(endpoint, document) {
        operation = operation.response(status.to_string(), answer);
    }
    operation.build()
}

/// What there is to know, and what the actor must hold.
fn description(needs: Needs, document: &Document) -> Option<String> {
    let permission = match needs {
        Needs::One(permission) => Some(format!("Needs the permission: {}", permission.sentence())),
        Needs::Public(_) | Needs::SignedIn | Needs::Enrolling | Needs::ByEffect(_) => None,
    };
    let parts: Vec<String> = document.description.map(str::to_owned).into_iter().chain(permission).collect();
    if parts.is_empty() { None } else { Some(parts.join("\n\n")) }
}

/// The parameters of the path that the description does not name.
fn undescribed(face: &Face, endpoint: &Endpoint, document: &Document) -> Vec<&'static str> {
    let described = |name: &str| {
        document.parameters.iter().any(|one| one.name == name && matches!(one.parameter_in, ParameterIn::Path))
    };
    let segments = face.prefix.split('/').chain(endpoint.path.split('/'));
    let names = segments.filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'));
    names.filter(|name| !described(name)).collect()
}

/// The answers that the description names, and those that follow from the row.
fn answers(endpoint: &Endpoint, document: &Document) -> BTreeMap<u16, RefOr<Response>> {
    let mut answers: BTreeMap<u16, RefOr<Response>> = BTreeMap::new();
    if let Some(errors) = document.errors {
        for (status, name) in following(endpoint, errors) {
            answers.insert(status, Ref::from_response_name(format!("{}{name}", errors.prefix)).into());
        }
    }
    for answer in &document.answers {
        answers.insert(answer.status, response(answer, document.exports).into());
    }
    answers
}

fn response(answer: &Answer, exports: &[&str]) -> Response {
    let mut response = ResponseBuilder::new().description(answer.description.as_str());
    if let Some((media_type, schema)) = &answer.content {
        response = response.content(*media_type, Content::new(Some(schema.clone())));
    }
    let exports = exports.iter().filter(|_| answer.status == 200);
    exports.fold(response, |response, media_type| response.content(*media_type, Content::new(Some(text())))).build()
}

/// Which errors follow from a row: status and name of the shared answer.
fn following(endpoint: &Endpoint, errors: &Errors) -> Vec<(u16, &'static str)> {
    let mut following = vec![(401, "Unauthenticated"), (429, "TooFast"), (500, "Internal"), (503, "Unavailable")];
    following.push((errors.unusable.0, "Unusable"));
    if !matches!(endpoint.needs, Needs::Public(_)) {
        following.push((403, "Denied"));
    }
    if endpoint.path.contains('{') {
        following.push((404, "Missing"));
    }
    if endpoint.body != BodyRule::None {
        following.extend([(408, "Slow"), (413, "TooLarge"), (415, "UnsupportedMediaType")]);
    }
    following
}

/// The errors that many endpoints answer.
fn shared_answers(errors: &Errors) -> Vec<(String, RefOr<Response>)> {
    let sentences = [
        ("Unauthenticated", "No credential, or one that does not hold", Some("WWW-Authenticate")),
        ("Denied", "Known and not allowed", None),
        ("Missing", "There is no such thing, or it may not be known that there is", None),
        ("Slow", "The body did not arrive in time", None),
        ("TooLarge", "The body is longer than is read here", None),
        ("UnsupportedMediaType", "The body has a type or an encoding that is not read here", None),
        ("Unusable", "The request cannot be used as it is", None),
        ("TooFast", "Too many requests", Some("Retry-After")),
        ("Internal", "A fault of the server", None),
        ("Unavailable", "The server cannot do it now", Some("Retry-After")),
    ];
    let answers = sentences.map(|(name, sentence, header)| {
        let schema = if name == "Unusable" { errors.unusable.1 } else { errors.schema };
        let content = Content::new(Some(Ref::from_schema_name(schema)));
        let mut response = ResponseBuilder::new().description(sentence).content(errors.media_type, content);
        if let Some(header) = header {
            response = response.header(header, HeaderBuilder::new().schema(Some(text())).build());
        }
        (format!("{}{name}", errors.prefix), response.build().into())
    });
    answers.into()
}
