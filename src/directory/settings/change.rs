//! The settings of a tenant shown and changed: a document that is laid over the one that is kept, member by member.

use scim_core::read::format::is_absolute_uri;
use serde_json::{Map, Value};

use crate::access::{MfaPolicyWrite, Permit, SettingsRead, SettingsWrite, decide};
use crate::context::Cx;
use crate::directory::{Directory, owners};
use crate::error::{Error, Fault, Result, Segment};
use crate::journal::{self, Author, Change, Operation};
use crate::password::{MOST_CHARACTERS, MOST_SCORE, Policy};
use crate::store::{Json, Lock, tenants as rows};
use scim_core::Invalid;

use super::{Settings, alerts, judge_mfa, of};

/// Redirect addresses of a tenant or application, at the most.
const MOST_REDIRECTS: usize = 100;
/// The longest time that a setting can name, in seconds: ten years.
const LONGEST: i64 = 10 * 365 * 24 * 3600;

/// What is decided for the tenant, defaults filled in.
///
/// # Errors
/// When the database cannot be asked.
pub async fn show(directory: &Directory, permit: &Permit<SettingsRead>) -> Result<Settings> {
    permit.whole()?;
    let tenant = permit.tenant();
    directory.store.read_one(move |tx| of(tx, tenant)).await
}

/// Changes settings: what the document leaves out stays, `null` brings the default back.
///
/// # Errors
/// [`Error::Unprocessable`] for members that are no settings or have values that are none; [`Error::LacksScope`] without the
/// permission for the policy for second factors, if that changes; [`Error::Conflict`] for one that nobody would meet, or that
/// would leave the platform without an owner who can sign in.
pub async fn change(
    directory: &Directory,
    permit: &Permit<SettingsWrite>,
    cx: &Cx,
    wanted: Map<String, Value>,
) -> Result<Settings> {
    permit.whole()?;
    let (permit, cx, channels) = (permit.clone(), cx.clone(), directory.channels());
    directory
        .store
        .write(move |tx| {
            tx.lock(Lock::Tenant(permit.tenant()))?;
            let before = of(tx, permit.tenant())?;
            let after = laid_over(&before, &wanted)?;
            if after.mfa != before.mfa {
                decide::<MfaPolicyWrite>(permit.actor(), permit.place())?;
                judge_mfa::judge(tx, &permit, (&before.mfa, &after.mfa), (channels, cx.now))?;
            }
            let diff = journal::between(&document(&before)?, &document(&after)?);
            if diff.is_empty() {
                return Ok(before);
            }
            let had_owner = after.mfa.methods != before.mfa.methods && owners::any_able(tx)?;
            rows::update_settings(tx, permit.tenant(), &Json::of(&after)?)?;
            if had_owner {
                // One who has nothing but a passkey lives where passkeys are allowed.
                owners::keep_one(tx)?;
            }
            let change = Change {
                resource_type: "Settings",
                resource_id: permit.tenant().to_string(),
                operation: Operation::Update,
                diff,
                identity_source: None,
                reason: None,
            };
            journal::record(tx, Author { actor: permit.actor(), cx: &cx, tenant: permit.tenant() }, change)?;
            Ok(after)
        })
        .await
}

/// What settings become when a document is laid over them.
///
/// # Errors
/// [`Error::Unprocessable`] for members that are no settings or have values that are none.
pub(super) fn laid_over(before: &Settings, wanted: &Map<String, Value>) -> Result<Settings> {
    let (mut merged, defaults) = (document(before)?, document(&Settings::default())?);
    let mut faults = Vec::new();
    lay(&mut merged, &defaults, wanted, &mut Vec::new(), &mut faults);
    if !faults.is_empty() {
        return Err(Error::Unprocessable(faults));
    }
    let after: Settings = serde_json::from_value(Value::Object(merged)).map_err(Error::internal)?;
    judge(&after)?;
    Ok(after)
}

/// Lays `wanted` over `kept`, as deep as the defaults are objects. Each value is tried alone, so that the place of one that
/// is none is known.
fn lay(
    kept: &mut Map<String, Value>,
    defaults: &Map<String, Value>,
    wanted: &Map<String, Value>,
    path: &mut Vec<String>,
    faults: &mut Vec<Fault>,
) {
    for (name, value) in wanted {
        path.push(name.clone());
        match (defaults.get(name), kept.get_mut(name), value) {
            (None, ..) => faults.push(fault(path, "extra_forbidden", "is no setting")),
            (Some(default), Some(kept), Value::Null) => *kept = default.clone(),
            // Where the default names nothing, the names are the tenant's own.
            (Some(Value::Object(defaults)), Some(Value::Object(kept)), Value::Object(wanted))
                if !defaults.is_empty() =>
            {
                lay(kept, defaults, wanted, path, faults);
            }
            (Some(Value::Object(defaults)), ..) if !defaults.is_empty() => {
                faults.push(fault(path, "dict_type", "must be an object"));
            }
            (Some(_), Some(kept), value) if fits(path, value) => *kept = value.clone(),
            (Some(_), ..) => faults.push(fault(path, "value_error", "is no value of this setting")),
        }
        path.pop();
    }
}

/// Whether a value can stand at a place among settings that are otherwise the default.
fn fits(path: &[String], value: &Value) -> bool {
    let document =
        path.iter().rev().fold(value.clone(), |inner, name| Value::Object(Map::from_iter([(name.clone(), inner)])));
    serde_json::from_value::<Settings>(document).is_ok()
}

fn fault(path: &[String], kind: &'static str, message: &str) -> Fault {
    let steps = path.iter().map(|name| Segment::from(name.as_str()));
    let location: Vec<Segment> = std::iter::once(Segment::from("body")).chain(steps).collect();
    Fault::at(location, kind, message)
}

fn document(settings: &Settings) -> Result<Map<String, Value>> {
    match serde_json::to_value(settings).map_err(Error::internal)? {
        Value::Object(members) => Ok(members),
        _ => Err(Error::internal("settings are no object")),
    }
}

fn judge(settings: &Settings) -> Result<()> {
    let sessions = &settings.sessions;
    let spans =
        [("idle", sessions.idle), ("idle_of_writers", sessions.idle_of_writers), ("absolute", sessions.absolute)];
    for (name, span) in spans {
        if !(60..=LONGEST).contains(&span) {
            let path = ["sessions".to_owned(), name.to_owned()];
            let why = "must be at least 60 seconds and at most ten years";
            return Err(Error::Unprocessable(vec![fault(&path, "value_error", why)]));
        }
    }
    judge_passwords(&settings.passwords)?;
    if !(1..=1000).contains(&sessions.most) {
        let path = ["sessions".to_owned(), "most".to_owned()];
        return Err(Error::Unprocessable(vec![fault(&path, "value_error", "must be 1 to 1000")]));
    }
    alerts::judge(&settings.security.alerts).map_err(|(path, why)| {
        let path: Vec<String> = ["security", "alerts"].iter().chain(path).map(|name| (*name).to_owned()).collect();
        Error::Unprocessable(vec![fault(&path, "value_error", why)])
    })?;
    judge_redirects(&settings.redirect_uris)
}

/// Refuses to ask for passwords that nobody could choose: whoever must change theirs would stay outside, an owner of the
/// platform too (IR-1).
fn judge_passwords(policy: &Policy) -> Result<()> {
    let longest = u32::try_from(MOST_CHARACTERS).unwrap_or(u32::MAX);
    let wrong = [
        ("min_length", (1..=longest).contains(&policy.min_length), format!("must be 1 to {longest}")),
        ("min_score", policy.min_score <= MOST_SCORE, format!("must be 0 to {MOST_SCORE}")),
        ("max_age_days", policy.max_age_days != Some(0), "must be at least 1, or null for never".to_owned()),
    ];
    let faults = wrong.into_iter().filter(|(_, holds, _)| !holds);
    let faults: Vec<Fault> =
        faults.map(|(name, _, why)| fault(&["passwords".to_owned(), name.to_owned()], "value_error", &why)).collect();
    if faults.is_empty() { Ok(()) } else { Err(Error::Unprocessable(faults)) }
}

/// Refuses what cannot be compared with a redirect address as a whole.
///
/// # Errors
/// [`Error::Invalid`] at the first that is none.
pub(in crate::directory) fn judge_redirects(uris: &[String]) -> Result<()> {
    if uris.len() > MOST_REDIRECTS {
        let detail = format!("must have at most {MOST_REDIRECTS} elements");
        return Err(Error::Invalid(Invalid::value("redirect_uris", detail)));
    }
    let is_one = |uri: &String| {
        let scheme = uri.starts_with("https://") || uri.starts_with("http://");
        scheme && uri.len() <= 2048 && is_absolute_uri(uri) && !uri.contains(['#', '*'])
    };
    match uris.iter().position(|uri| !is_one(uri)) {
        Some(place) => Err(Error::Invalid(Invalid::value(
            format!("redirect_uris[{place}]"),
            "must be a whole URL that begins with https:// or http://, without a fragment",
        ))),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn lay_over(wanted: Value) -> Result<Settings> {
        laid_over(&Settings::default(), wanted.as_object().unwrap())
    }

    #[test]
    fn a_document_changes_what_it_names_and_nothing_else() {
        let changed = lay_over(json!({ "sessions": { "idle": 600 }, "source_lock": "warn" })).unwrap();
        assert_eq!((changed.sessions.idle, changed.sessions.most), (600, Settings::default().sessions.most));
        let back = laid_over(&changed, json!({ "sessions": { "idle": null } }).as_object().unwrap()).unwrap();
        assert_eq!((back.sessions, back.source_lock), (Settings::default().sessions, changed.source_lock));
    }

    #[test]
    fn what_is_no_setting_is_refused_with_its_place() {
        for (wanted, place) in [
            (json!({ "unknown": 1 }), "unknown"),
            (json!({ "sessions": { "idel": 1 } }), "sessions.idel"),
            (json!({ "sessions": 1 }), "sessions"),
            (json!({ "sessions": { "idle": "600" } }), "sessions.idle"),
            (json!({ "sessions": { "idle": 1 } }), "sessions.idle"),
            (json!({ "source_lock": "sometimes" }), "source_lock"),
        ] {
            let error = lay_over(wanted).unwrap_err().to_string();
            assert!(error.starts_with(&format!("{place}:")), "{error}");
        }
        for policy in [
            json!({ "min_length": 0 }),
            json!({ "min_length": 129 }),
            json!({ "min_score": 5 }),
            json!({ "max_age_days": 0 }),
        ] {
            let error = lay_over(json!({ "passwords": policy })).unwrap_err().to_string();
            assert!(error.starts_with("passwords."), "ir1: nobody could choose one: {error}");
        }
        for uri in ["app", "https://example.org/*", "https://example.org/#a", "javascript:alert(1)", "ftp://a.b"] {
            assert!(lay_over(json!({ "redirect_uris": [uri] })).is_err(), "{uri}");
        }
        assert!(lay_over(json!({ "redirect_uris": ["https://example.org/back?a=b"] })).is_ok());
    }
}
