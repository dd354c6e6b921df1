//! Preparing and comparing names (RFC 7644 sections 5 and 7).

use super::{implied, must, same};
use crate::cases::context::USER;
use crate::cases::{Case, Context, Outcome, ensure};
use serde_json::json;

const NAMES: &str = "RFC 7644 5";
const SECURITY: &str = "RFC 7644 7";

/// Names of nothing but characters that preparation drops or refuses.
fn nothing_left(cx: &Context) -> Outcome {
    for name in ["", "\u{200b}", "\u{2060}\u{200b}", "\u{feff}", "\u{ad}", "   "] {
        let answer = cx.post("/Users", &json!({"schemas": [USER], "userName": name}));
        ensure(answer.status == 400, &answer, format!("a refusal of {name:?}"))?;
        answer.error(400, "invalidValue")?;
    }
    Ok(())
}

pub(super) const CASES: &[Case] = &[
    must(NAMES, "7644-5-01", "names are compared as PRECIS maps them", |cx| {
        same(cx, &["rule-name-width", "rule-name-composition", "rule-name-case", "rfc-name-bidi-rule"])
    }),
    implied(NAMES, "7644-5-03", "controls, marks and invisible characters are refused", |cx| {
        same(cx, &["rule-name-controls", "rule-name-bidi-marks", "rule-name-zero-width", "rule-name-spaces"])
    }),
    implied(NAMES, "7644-5-04", "a name of nothing is refused", nothing_left),
    implied(NAMES, "7644-5-05", "filter and uniqueness fold alike", |cx| same(cx, &["rule-name-conflict-iff-found"])),
    must(SECURITY, "7644-7-09", "text is prepared before it is compared", |cx| {
        same(cx, &["rule-name-width", "rule-name-composition"])?;
        let user = cx.user_with("prepared", json!({"displayName": "Ren\u{e9}"}))?;
        cx.finds("/Users", &format!("id eq \"{}\" and displayName eq \"REN\u{c9}\"", user.id), &[&user])
    }),
];
