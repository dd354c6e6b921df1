//! What administrators decide for a tenant, kept as one document in its row. What a document leaves out is the default, so
//! that a new setting needs no migration.

mod alerts;
mod change;
mod channels;
mod effect_mfa;
mod judge_mfa;
mod mfa;
mod preview_mfa;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::error::{Error, Result};
use crate::ids::TenantId;
use crate::password::Policy;
use crate::store::{Tx, tenants as rows};

pub(super) use alerts::MOST as MOST_FACTS;
pub use alerts::{Alerts, Limit, Security, Travel};
pub(super) use change::judge_redirects;
pub use change::{change, show};
pub use channels::Channels;
pub use effect_mfa::{Concerned, Effect};
pub use mfa::{Mfa, Requirement, ResetPolicy};
pub use preview_mfa::{Preview, Short, preview as preview_mfa};

/// The settings of a tenant.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// Which passwords are good enough.
    pub passwords: Policy,
    /// How long people stay signed in.
    pub sessions: Sessions,
    /// Whether users whom another source keeps may have a password of ours all the same (IR-8).
    pub provisioned_passwords: bool,
    /// What new users wait for.
    pub new_users: NewUsers,
    /// Whether attributes that a source owns may be changed by others.
    pub source_lock: SourceLock,
    /// What is recorded, and how long it is kept.
    pub records: Records,
    /// Who must have which second factors.
    pub mfa: Mfa,
    /// What counts as an attack, and who is told of it.
    pub security: Security,
    /// Where links in mails may lead back to, beside our own pages: exact URLs.
    pub redirect_uris: Vec<String>,
}

/// What new users wait for before they are let in (S4-27).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct NewUsers {
    /// Whether those whom a connection makes wait until an administrator approves them.
    pub approve_provisioned: bool,
    /// Whether those whom somebody makes who may not approve users wait until one does who may.
    pub approve_made: bool,
    /// Whether those whom an administrator makes with a password wait until they confirmed their e-mail.
    pub confirm_email: bool,
}

/// How long people stay signed in, in seconds (S2-33).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Sessions {
    /// Without use.
    pub idle: i64,
    /// Without use, for those who may change something.
    pub idle_of_writers: i64,
    /// In all.
    pub absolute: i64,
    /// Sessions a user may have; the oldest ends.
    pub most: i64,
}

impl Default for Sessions {
    fn default() -> Self {
        Self { idle: 14 * DAY, idle_of_writers: 8 * 3600, absolute: 30 * DAY, most: 20 }
    }
}

/// What is recorded beside changes, and for how many days records are kept (IR-19).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Records {
    /// Whether it is recorded who looked at whom.
    pub reads: bool,
    /// Values before and after a change. That there was a change stays recorded.
    pub journal_values_days: i64,
    /// Sign-ins, refusals and reads.
    pub activity_days: i64,
    /// Requests of connections; as long as the installation says when nothing is said here.
    pub provisioning_log_days: Option<i64>,
    /// What looked like an attack, with its evidence, after it was last seen.
    pub suspicions_days: i64,
    /// Deleted users, who can be restored that long; then they are erased.
    pub deleted_users_days: i64,
}

impl Default for Records {
    fn default() -> Self {
        Self {
            reads: true,
            journal_values_days: 400,
            activity_days: 90,
            provisioning_log_days: None,
            suspicions_days: 400,
            deleted_users_days: 30,
        }
    }
}

const DAY: i64 = 24 * 3600;

/// Whether attributes that a source owns may be changed by others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SourceLock {
    /// They may.
    #[default]
    Off,
    /// They may, and the answer warns.
    Warn,
    /// They may not.
    Enforce,
}

/// What new users wait for, from what is kept of a tenant's settings.
pub(super) fn new_users(kept: &Value) -> Result<NewUsers> {
    let own = kept.get("new_users").map(NewUsers::deserialize).transpose();
    own.map(Option::unwrap_or_default).map_err(Error::internal)
}

/// The settings of a tenant.
///
/// # Errors
/// [`Error::Missing`] when there is no such tenant; [`Error::Internal`] when what is kept cannot be read.
pub fn of(tx: &mut Tx<'_>, tenant: TenantId) -> Result<Settings> {
    let kept = rows::settings(tx, tenant)?.ok_or(Error::Missing("tenant"))?;
    serde_json::from_value(kept).map_err(Error::internal)
}
