//! The settings, typed: from `rollcall.toml`, overridden by the environment. Reads files and variables once, at the
//! start; knows nothing of what the settings are used for.

mod read;
mod settings;
mod values;

pub use read::{Config, Loaded, NotConfigured, Origin, Sms, load};
pub use settings::{SETTINGS, Setting};
pub use values::{Bootstrap, LogFormat};
