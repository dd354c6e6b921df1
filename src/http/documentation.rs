//! The OpenAPI document and the page that shows it. The page is served from this program alone, under a policy that
//! runs no script and loads nothing from elsewhere.

use std::sync::Arc;

use utoipa_swagger_ui::Config;

use crate::error::{Error, Result};

use super::endpoint::{Exchange, Reply};

/// Where the page's files are.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
                      connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// What the page is: no script stands in it.
const PAGE: &str = r#"<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>rollcall API</title>
<link rel="stylesheet" href="docs/swagger-ui.css">
<link rel="icon" type="image/png" href="docs/favicon-32x32.png">
</head>
<body>
<div id="swagger-ui"></div>
<script src="docs/swagger-ui-bundle.js"></script>
<script src="docs/start.js"></script>
</body>
</html>
"#;

/// What starts it. Nobody else's document can be shown by a link, and no credential is kept.
const START: &str = r##"window.ui = SwaggerUIBundle({
  url: "openapi.json",
  dom_id: "#swagger-ui",
  deepLinking: true,
  queryConfigEnabled: false,
  persistAuthorization: false,
  validatorUrl: null,
});
"##;

/// The files that the page loads, of those that come with it.
const FILES: [&str; 3] = ["swagger-ui.css", "swagger-ui-bundle.js", "favicon-32x32.png"];

/// The OpenAPI document.
pub(super) fn openapi(exchange: &Exchange) -> Result<Reply> {
    let caller = exchange.caller.as_ref().ok_or_else(|| Error::internal("the system face knows its caller"))?;
    Ok(Reply::new(200, "application/json", caller.openapi.clone()).with("cache-control", "no-cache"))
}

/// The page.
pub(super) fn page() -> Reply {
    guarded(Reply::new(200, "text/html; charset=utf-8", PAGE))
}

/// A file of the page.
pub(super) fn file(exchange: &Exchange) -> Result<Reply> {
    let name = exchange.path.get("file");
    if name == "start.js" {
        return Ok(guarded(Reply::new(200, "text/javascript; charset=utf-8", START)));
    }
    let name = FILES.iter().find(|file| **file == name).ok_or(Error::Missing("file"))?;
    let found = utoipa_swagger_ui::serve(name, Arc::new(Config::default())).map_err(Error::internal)?;
    let file = found.ok_or_else(|| Error::internal(format!("{name} was not built in")))?;
    Ok(guarded(Reply::new(200, file.content_type, file.bytes.into_owned())))
}

fn guarded(reply: Reply) -> Reply {
    let reply = reply.with("content-security-policy", POLICY).with("referrer-policy", "no-referrer");
    reply.with("cache-control", "no-cache")
}
