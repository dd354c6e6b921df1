//! How user names are folded, and which are refused (RFC 7644 section 5, scim-rules section 2).

use super::context::{USER, replace};
use super::{Applies, Case, Check, Context, Outcome};
use serde_json::json;

const SECTION: &str = "Users: names";

const fn every(id: &'static str, title: &'static str, run: Check) -> Case {
    Case::new(SECTION, Applies::Every, id, title, run)
}

/// The second name is taken once the first is, and a filter on it finds the first.
fn same_name(cx: &Context, first: &str, second: &str) -> Outcome {
    let user = cx.make("/Users", &json!({"schemas": [USER], "userName": first}))?;
    cx.read(&user)?.equals("/userName", &json!(first))?;
    cx.post("/Users", &json!({"schemas": [USER], "userName": second})).error(409, "uniqueness")?;
    cx.finds("/Users", &format!("userName eq \"{second}\""), &[&user])
}

/// A create and a rename to each name are refused.
fn refused(cx: &Context, names: &[String]) -> Outcome {
    let user = cx.user("renamed")?;
    for name in names {
        cx.post("/Users", &json!({"schemas": [USER], "userName": name})).error(400, "invalidValue")?;
        cx.patch(&user.path, &json!([replace("userName", json!(name))])).error(400, "invalidValue")?;
    }
    cx.read(&user)?.equals("/userName", &json!(user.name))?;
    Ok(())
}

fn with(cx: &Context, marks: &[char]) -> Vec<String> {
    marks.iter().map(|mark| format!("a{mark}b{}", cx.tag())).collect()
}

/// A name of Hebrew and Latin letters, which the Bidi rule refuses.
fn mixed_directions(cx: &Context) -> String {
    format!("\u{5d0}\u{5d1}{}z", cx.tag())
}

pub(super) const CASES: &[Case] = &[
    every("rule-name-width", "full-width letters are the same name as ASCII ones", |cx| {
        same_name(cx, &cx.name("abc"), &cx.name("\u{ff41}\u{ff42}\u{ff43}"))
    }),
    every("rule-name-composition", "composed and decomposed letters are the same name", |cx| {
        same_name(cx, &cx.name("ren\u{e9}"), &cx.name("rene\u{301}"))
    }),
    every("rule-name-case", "case makes no difference, beyond ASCII too", |cx| {
        same_name(cx, &cx.name("\u{c4}RGER"), &cx.name("\u{e4}rger"))?;
        same_name(cx, &cx.name("\u{416}uk"), &cx.name("\u{436}UK"))
    }),
    every("rule-name-conflict-iff-found", "a name is taken exactly when a filter finds it", |cx| {
        for (step, (first, second)) in
            [("stra\u{df}e", "strasse"), ("\u{3c3}igma", "\u{3c2}igma"), ("\u{131}d", "id")].into_iter().enumerate()
        {
            let (first, second) = (format!("{first}{step}{}", cx.tag()), format!("{second}{step}{}", cx.tag()));
            let user = cx.make("/Users", &json!({"schemas": [USER], "userName": first}))?;
            let found = cx.find("/Users", &format!("userName eq \"{second}\""));
            let wanted = if found.is_list()?.ids().contains(user.id.as_str()) { 409 } else { 201 };
            cx.post("/Users", &json!({"schemas": [USER], "userName": second})).status(wanted)?;
        }
        Ok(())
    }),
    every("rule-name-controls", "controls are refused", |cx| {
        refused(cx, &with(cx, &['\u{0}', '\u{1}', '\t', '\n', '\u{7f}', '\u{85}']))
    }),
    every("rule-name-bidi-marks", "marks of direction are refused", |cx| {
        refused(cx, &with(cx, &['\u{202a}', '\u{202e}', '\u{2066}', '\u{2069}', '\u{200e}', '\u{200f}']))
    }),
    every("rule-name-zero-width", "characters without width are refused", |cx| {
        refused(cx, &with(cx, &['\u{200b}', '\u{200c}', '\u{200d}', '\u{feff}', '\u{2060}']))
    }),
    every("rule-name-empty", "an empty name is refused", |cx| refused(cx, &[String::new()])),
    every("rule-name-spaces", "spaces within are allowed", |cx| {
        let name = format!("Anna Maria {}", cx.tag());
        same_name(cx, &name, &name.to_uppercase())
    }),
    every("rule-name-printable", "every printable ASCII character is allowed", |cx| {
        let all: String = ('!'..='~').collect();
        let name = format!("{all}{}", cx.tag());
        let user = cx.make("/Users", &json!({"schemas": [USER], "userName": name}))?;
        cx.read(&user)?.equals("/userName", &json!(name))?;
        cx.finds("/Users", &format!("userName eq {}", json!(name)), &[&user])
    }),
    every("rule-name-rename", "a rename frees the old name and keeps the id", |cx| {
        let user = cx.user("before")?;
        // An e-mail that stayed would be a login of its own, which nobody else may have for a name.
        let emails = json!([{"value": cx.mail("after"), "type": "work", "primary": true}]);
        cx.patch_user(&user, &json!([replace("userName", json!(cx.mail("after"))), replace("emails", emails)]))?;
        cx.finds("/Users", &format!("userName eq \"{}\"", cx.mail("after")), &[&user])?;
        cx.post("/Users", &json!({"schemas": [USER], "userName": user.name})).status(201)?;
        Ok(())
    }),
    Case::new(SECTION, Applies::Strict, "rfc-name-bidi-rule", "a name of both directions is refused", |cx| {
        refused(cx, &[mixed_directions(cx)])
    }),
    Case::new(SECTION, Applies::Lenient, "rule-name-bidi-rule", "a name of both directions is allowed", |cx| {
        let name = mixed_directions(cx);
        same_name(cx, &name, &name)
    }),
];
