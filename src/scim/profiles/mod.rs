//! What the profiles of a connection differ in: the switches its requests are read and answered with, and the mendings that
//! are applied to a body before [`scim_core`] reads it by the letter.
//!
//! A mending is one named function in `mendings`. It only brings a value into the shape that its definition asks for; it
//! judges nothing, drops nothing and guesses nothing, so that what remains wrong is refused with the error of the letter.
//! `rfc` mends nothing. Ids such as `E-U18` in comments and tests number the observed requests: E of Microsoft Entra ID and
//! its validator, O of Okta, L of OneLogin, J of JumpCloud, W of Google Workspace, P of Ping, A of authentik, Y of rauthy,
//! K of the Keycloak clients, X of others, T the rules drawn from all of them. This folder alone knows the names of vendors.

mod clients;
mod discovery;
mod manners;
mod mendings;
mod patch;
mod search;
#[cfg(test)]
mod tests;
mod tolerance;

use scim_core::schema::{TypeIndex, walk};
use serde_json::Value;

use crate::access::Profile;

pub(crate) use clients::{Signs, recognise};
pub(crate) use discovery::publishes_pagination;
pub(crate) use manners::{AnswerType, GroupPatch, Manners, manners};
pub(crate) use tolerance::Tolerance;

/// Mends the body of a POST or PUT of a resource. Each tolerance is added to `fired` once, whatever the size of the body.
pub(crate) fn mend_resource(profile: Profile, index: &TypeIndex, body: &mut Value, fired: &mut Vec<Tolerance>) {
    if mends(profile) {
        walk::body(index, body, &mut |definition, value| {
            mendings::attribute(definition, value, fired);
        });
    }
}

/// Mends the body of a PATCH: the values of `add` and `replace`, by the definition that the path or the key names. What a
/// `remove` lists is understood in every form by the core; only text that hides a value is opened there.
pub(crate) fn mend_patch(profile: Profile, index: &TypeIndex, body: &mut Value, fired: &mut Vec<Tolerance>) {
    if mends(profile) {
        patch::body(index, body, fired);
    }
}

/// Mends the body of a `.search`.
pub(crate) fn mend_search(profile: Profile, body: &mut Value, fired: &mut Vec<Tolerance>) {
    if mends(profile) {
        search::body(body, fired);
    }
}

fn mends(profile: Profile) -> bool {
    profile != Profile::Rfc
}
