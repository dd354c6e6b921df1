//! The pages for people, and what mailed links lead to. They are files that come with the program and speak to the same
//! endpoints as everybody; nothing is decided here, nobody is known, and no page holds a word of anybody's.

mod files;

use crate::access::Needs;
use crate::error::{Anonymous, Error, Result};
use crate::http::rest;
use crate::http::{Asked, BodyRule, Endpoint, Exchange, Face, Handler, Method, Refusal, Reply};

use files::{FILES, PAGE};

/// What pages may do: run and show what comes from here, talk to here, and stand in nobody's frame. No text becomes markup
/// or a script (`require-trusted-types-for`).
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
                      connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; \
                      require-trusted-types-for 'script'; trusted-types 'none'";

/// The faces: the pages, and what mailed links lead to.
pub fn faces() -> Vec<Face> {
    let page = |path| get(path, |_| Box::pin(async { Ok(page(200)) }));
    let pages = vec![
        page("/"),
        page("/forgot"),
        page("/security"),
        get("/files/{file}", |exchange| Box::pin(async move { file(&exchange) })),
    ];
    vec![face("pages", "/ui", pages), face("links", "/link", vec![page("/{purpose}")])]
}

fn face(name: &'static str, prefix: &'static str, endpoints: Vec<Endpoint>) -> Face {
    Face {
        name,
        prefix,
        endpoints,
        authenticate: |_, _, _| Box::pin(async { Err(Error::Anonymous(Anonymous::BadCredential)) }),
        refuse,
        record: |_, _| {},
    }
}

/// A row without a description: the OpenAPI document is about what programs ask.
fn get(path: &'static str, handler: Handler) -> Endpoint {
    let needs = Needs::Public("the same for everybody: what it shows is asked for with a credential");
    Endpoint { method: Method::Get, path, needs, body: BodyRule::None, change: false, handler, document: None }
}

/// People who mistype an address see a page.
fn refuse(refusal: Refusal<'_>, asked: &Asked) -> Reply {
    match refusal {
        Refusal::NoSuchPath | Refusal::BadPath(_) => page(404),
        other => rest::refuse(other, asked),
    }
}

/// The page, which finds out by its address what it is about. Nobody keeps it: a mailed link may be in the address.
fn page(status: u16) -> Reply {
    guarded(Reply::new(status, "text/html; charset=utf-8", PAGE)).with("cache-control", "no-store")
}

/// A file of the pages.
fn file(exchange: &Exchange) -> Result<Reply> {
    let name = exchange.path.get("file");
    let file = FILES.iter().find(|file| file.name == name).ok_or(Error::Missing("file"))?;
    Ok(guarded(Reply::new(200, file.media_type, file.text)).with("cache-control", "no-cache"))
}

fn guarded(reply: Reply) -> Reply {
    let reply = reply.with("content-security-policy", POLICY).with("referrer-policy", "no-referrer");
    reply.with("cross-origin-opener-policy", "same-origin")
}
