//! What discovery leaves out for clients that refuse what they do not know.

use crate::access::Profile;

/// Whether ServiceProviderConfig says how lists are paged (`pagination`, RFC 9865 section 4), which is optional.
///
/// Not in the default profile: clients built on scim2-models (0.6.12; Canaille is one) know RFC 7643's members only and
/// refuse the whole document for one more, and with it the server. Cursors work there all the same. Who asks without a
/// credential, or in a profile that somebody chose, is told.
///
/// - refused: `{"patch": {"supported": true}, ..., "pagination": {"cursor": true, "index": true, ...}}`
/// - taken: `{"patch": {"supported": true}, ...}`
pub(crate) fn publishes_pagination(asking: Option<Profile>) -> bool {
    asking != Some(Profile::Tolerant)
}
