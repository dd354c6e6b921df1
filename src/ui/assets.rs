//! The files of the pages, as they stand in the folder `files` beside: a style sheet, a picture, and the scripts for what a
//! browser does not do by itself. Every page works without the scripts, but for passkeys.

use crate::error::{Error, Result};
use crate::http::{Exchange, Reply};

use super::visit::guarded;

const SCRIPT: &str = "text/javascript; charset=utf-8";

/// A file.
struct File {
    /// Its name in the address.
    name: &'static str,
    media_type: &'static str,
    text: &'static str,
}

macro_rules! file {
    ($name:literal, $media_type:expr) => {
        File { name: $name, media_type: $media_type, text: include_str!(concat!("files/", $name)) }
    };
}

/// All of them.
const FILES: &[File] = &[
    file!("codes.js", SCRIPT),
    file!("icon.svg", "image/svg+xml"),
    file!("link.js", SCRIPT),
    file!("main.js", SCRIPT),
    file!("passkeys.js", SCRIPT),
    file!("style.css", "text/css; charset=utf-8"),
    file!("webauthn.js", SCRIPT),
];

/// A file of the pages.
pub(super) fn look(exchange: &Exchange) -> Result<Reply> {
    let name = exchange.path.get("file");
    let file = FILES.iter().find(|file| file.name == name).ok_or(Error::Missing("file"))?;
    Ok(guarded(Reply::new(200, file.media_type, file.text)).with("cache-control", "no-cache"))
}
