//! What handlers may use: everything that outlives a request.

use std::sync::Arc;

use crate::access::rate::Rates;
use crate::auth::Auth;
use crate::clock::Sources;
use crate::directory::Directory;

/// The services behind every face, shared by all requests.
pub struct Services {
    /// The directory.
    pub directory: Directory,
    /// Who signs in, and who asks.
    pub auth: Auth,
    /// Time and randomness.
    pub sources: Sources,
    /// What the server is reached by from outside, without a trailing slash: `https://id.example.org`.
    pub public_url: Arc<str>,
    /// How fast each connection has asked of this process.
    pub rates: Rates,
}
