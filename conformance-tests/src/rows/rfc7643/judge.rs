//! Questions that several sections ask: refusals, references, and the definitions that /Schemas lists.

use crate::cases::context::{Context, Resource};
use crate::cases::{Outcome, Problem, Profile, ensure, failed};
use crate::client::Answer;
use serde_json::Value;

/// One DER certificate in base64, padded.
pub(super) const CERTIFICATE: &str = "MIIBdTCCARugAwIBAgIUadZeh/qFPKrc7WrvzFEm0YPk5KswCgYIKoZIzj0EAwIwDzENMAsGA1UEAwwEcm93MTAgFw0yNjExMjAyMDExNDRaGA8yMTI2MTAyNzIwMTE0NFowDzENMAsGA1UEAwwEcm93MTBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABDkWy0OkDJnLNtNbuzXGp1z3hMCHeC4KvTGorzRye869IcwDDP5+RB3/RmFomEoUV1bxGvYQys+XBzuotxzopj+jUzBRMB0GA1UdDgQWBBSIRfrpSRe46DZQEAzl3+VAD/HiszAfBgNVHSMEGDAWgBSIRfrpSRe46DZQEAzl3+VAD/HiszAPBgNVHRMBAf8EBTADAQH/MAoGCCqGSM49BAMCA0gAMEUCIQCbQXWHj2g0RFLdU/b6v+aq/X1XT2sD/ydEd3Pr+HUZiQIgEpbnmsuNISZbBhBSIkB3nZS6dzfI0I6Sm1nPTPbEHSY=";

/// Whether the letter of the RFC is expected; else the tolerances of the connection's profile.
pub(super) fn strict(cx: &Context) -> bool {
    cx.profile() == Profile::Rfc
}

/// Is a 400 with one of these values of `scimType`.
pub(super) fn refused(answer: &Answer, types: &[&str]) -> Outcome {
    answer.error(400, "")?;
    let found = answer.at("/scimType").as_str().unwrap_or_default();
    ensure(types.contains(&found), answer, format!("scimType among {types:?}"))
}

/// Is a success with this status, or a 400 with one of these values of `scimType`.
pub(super) fn taken_or_refused(answer: &Answer, status: u16, types: &[&str]) -> Outcome {
    if answer.status == status { Ok(()) } else { refused(answer, types) }
}

/// A PATCH that must succeed, and the resource after it: whether a server answers with the resource or with nothing is
/// its own choice (RFC 7644 section 3.5.2).
pub(super) fn patched(cx: &Context, resource: &Resource, operations: &Value) -> Result<Answer, Problem> {
    let answer = cx.patch(&resource.path, operations);
    ensure([200, 204].contains(&answer.status), &answer, "status 200 or 204")?;
    cx.read(resource)
}

/// What a resource of the server says about itself as `meta.location`, cut to the part before `path`.
fn base_of<'a>(resource: &'a Answer, path: &str) -> Result<&'a str, Problem> {
    let location = resource.at("/meta/location").as_str().unwrap_or_default();
    location.strip_suffix(path).ok_or_else(|| failed(resource, format!("meta.location that ends in {path}")))
}

/// The base URL that the server puts before the paths of its resources.
pub(super) fn base(cx: &Context) -> Result<String, Problem> {
    let path = "/ServiceProviderConfig";
    let answer = cx.get(path);
    base_of(&answer, path).map(str::to_owned)
}

/// A GET of a reference, which is absolute or relative to the base URL.
pub(super) fn follow(cx: &Context, reference: &Value) -> Result<Answer, Problem> {
    let reference = reference.as_str().unwrap_or_default();
    let base = base(cx)?;
    let path = reference.strip_prefix(base.as_str()).unwrap_or(reference);
    Ok(cx.get(&format!("/{}", path.trim_start_matches('/'))))
}

/// The list of schemas.
pub(super) fn schemas(cx: &Context) -> Result<Answer, Problem> {
    let answer = cx.get("/Schemas");
    answer.is_list()?;
    ensure(!answer.elements("/Resources").is_empty(), &answer, "at least one schema")?;
    Ok(answer)
}

/// An attribute of a schema.
pub(super) struct Definition<'a> {
    /// The schema's URI.
    pub(super) schema: &'a str,
    /// Its names from the schema down, joined by dots.
    pub(super) path: String,
    /// How many attributes it is in.
    pub(super) depth: usize,
    /// The definition.
    pub(super) value: &'a Value,
}

impl Definition<'_> {
    /// A member of the definition that is text.
    pub(super) fn text(&self, member: &str) -> &str {
        self.value[member].as_str().unwrap_or_default()
    }

    /// The attribute's own name.
    pub(super) fn name(&self) -> &str {
        self.text("name")
    }
}

/// Every attribute of every schema of the list, with its sub-attributes.
pub(super) fn definitions(list: &Answer) -> Vec<Definition<'_>> {
    let mut found = Vec::new();
    for resource in list.elements("/Resources") {
        let schema = resource["id"].as_str().unwrap_or_default();
        let mut waiting = vec![(String::new(), 0, &resource["attributes"])];
        while let Some((start, depth, attributes)) = waiting.pop() {
            for value in attributes.as_array().into_iter().flatten() {
                let path = format!("{start}{}", value["name"].as_str().unwrap_or_default());
                waiting.push((format!("{path}."), depth + 1, &value["subAttributes"]));
                found.push(Definition { schema, path, depth, value });
            }
        }
    }
    found
}

/// Every definition of the list fulfils a condition; the first that does not is named.
pub(super) fn each(list: &Answer, wanted: &str, holds: impl Fn(&Definition<'_>) -> bool) -> Outcome {
    for definition in definitions(list) {
        ensure(holds(&definition), list, format!("{wanted}: {}:{}", definition.schema, definition.path))?;
    }
    Ok(())
}

/// Is text of the form of `xsd:dateTime` with a date, a time and an offset or `Z`.
pub(super) fn is_date_time(text: &str) -> bool {
    let Some((date, time)) = text.split_once('T') else { return false };
    let digits = |part: &str, count: usize| part.len() == count && part.bytes().all(|byte| byte.is_ascii_digit());
    let parts: Vec<&str> = date.trim_start_matches('-').split('-').collect();
    let date_fits =
        matches!(parts.as_slice(), [year, month, day] if digits(year, 4) && digits(month, 2) && digits(day, 2));
    let clock = match (time.strip_suffix('Z'), time.len().checked_sub(6)) {
        (Some(clock), _) => Some(clock),
        (None, Some(start)) => time.get(start..).filter(|zone| zone.starts_with(['+', '-'])).and(time.get(..start)),
        (None, None) => None,
    };
    let Some(clock) = clock else { return false };
    let (clock, fraction) = clock.split_once('.').unwrap_or((clock, "0"));
    let parts: Vec<&str> = clock.split(':').collect();
    let fraction_fits = !fraction.is_empty() && fraction.bytes().all(|byte| byte.is_ascii_digit());
    date_fits && fraction_fits && parts.len() == 3 && parts.iter().all(|part| digits(part, 2))
}

#[cfg(test)]
mod tests {
    use super::is_date_time;

    #[test]
    fn a_date_time_has_a_date_a_time_and_a_zone() {
        for right in ["2011-05-13T04:42:34Z", "2011-05-13T04:42:34.123Z", "2011-05-13T06:42:34+02:00"] {
            assert!(is_date_time(right), "{right}");
        }
        for wrong in ["2020-01-01", "2011-05-13T04:42Z", "2011-05-13 04:42:34Z", "2011-05-13T04:42:34", "", "T"] {
            assert!(!is_date_time(wrong), "{wrong}");
        }
    }
}
