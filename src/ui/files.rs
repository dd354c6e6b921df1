//! The files of the pages, as they stand in the folder beside.

/// What every page begins with; its script does the rest.
pub(super) const PAGE: &str = include_str!("files/page.html");

const SCRIPT: &str = "text/javascript; charset=utf-8";

/// A file.
pub(super) struct File {
    /// Its name in the address.
    pub(super) name: &'static str,
    /// Its media type.
    pub(super) media_type: &'static str,
    /// What stands in it.
    pub(super) text: &'static str,
}

macro_rules! file {
    ($name:literal, $media_type:expr) => {
        File { name: $name, media_type: $media_type, text: include_str!(concat!("files/", $name)) }
    };
}

/// All of them.
pub(super) const FILES: &[File] = &[
    file!("api.js", SCRIPT),
    file!("devices.js", SCRIPT),
    file!("dom.js", SCRIPT),
    file!("factors.js", SCRIPT),
    file!("icon.svg", "image/svg+xml"),
    file!("link.js", SCRIPT),
    file!("main.js", SCRIPT),
    file!("passkeys.js", SCRIPT),
    file!("password.js", SCRIPT),
    file!("recovery.js", SCRIPT),
    file!("resets.js", SCRIPT),
    file!("second-step.js", SCRIPT),
    file!("section.js", SCRIPT),
    file!("security.js", SCRIPT),
    file!("sessions.js", SCRIPT),
    file!("sign-in.js", SCRIPT),
    file!("step-up.js", SCRIPT),
    file!("style.css", "text/css; charset=utf-8"),
    file!("webauthn.js", SCRIPT),
    file!("words.js", SCRIPT),
];
