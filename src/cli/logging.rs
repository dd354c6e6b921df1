//! Where the log goes: structured lines on stderr. Started once, before anything is done.

use std::io::IsTerminal as _;

use tracing_subscriber::EnvFilter;

use crate::config::{Loaded, LogFormat, Origin};

/// Starts the log. Commands that answer a person say only what went wrong, unless the level was set. What clients do to
/// the HTTP parser is no error of ours, and the library would call it one.
pub(super) fn start(loaded: &Loaded, serves: bool) -> Result<(), String> {
    let chosen = loaded.origins.iter().any(|(setting, origin)| setting.key == "log" && *origin != Origin::Default);
    let directives = match (chosen, serves) {
        (true, _) => loaded.config.log.as_str(),
        (false, true) => "info,actix_server=warn,actix_http=off",
        (false, false) => "warn",
    };
    let filter = EnvFilter::try_new(directives).map_err(|error| format!("log: {error}"))?;
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let started = match loaded.config.log_format {
        LogFormat::Text => log.with_ansi(std::io::stderr().is_terminal()).try_init(),
        LogFormat::Json => log.json().flatten_event(true).try_init(),
    };
    started.map_err(|error| format!("log: {error}"))?;
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        // The message may quote what a client sent: the place is enough to find the fault.
        tracing::error!(place, "a thread panicked");
    }));
    Ok(())
}
