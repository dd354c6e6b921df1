//! Asks the name servers of this machine. Who asks hands in a [`Resolver`], so that tests decide what is answered.

use std::fmt;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use hickory_resolver::TokioResolver;
use hickory_resolver::proto::rr::RData;

/// Looks up texts in the DNS.
pub trait Resolver: Send + Sync {
    /// The TXT records at a name; none when there is no such name.
    fn texts(&self, name: String) -> BoxFuture<'static, Result<Vec<String>, NoAnswer>>;
}

/// The DNS gave no answer: whether there is such a record is not known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoAnswer(pub String);

impl fmt::Display for NoAnswer {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

/// The DNS itself. It keeps nothing of what it was told: who has just published a record wants it found.
#[derive(Clone, Copy, Debug)]
pub struct Dns;

impl Resolver for Dns {
    fn texts(&self, name: String) -> BoxFuture<'static, Result<Vec<String>, NoAnswer>> {
        async move {
            let fault = |error: &dyn fmt::Display| NoAnswer(error.to_string());
            let resolver = TokioResolver::builder_tokio().and_then(|builder| builder.build());
            let resolver = resolver.map_err(|error| fault(&error))?;
            // The dot at the end keeps the machine's own search domains out.
            match resolver.txt_lookup(format!("{name}.")).await {
                Ok(found) => Ok(found.answers().iter().filter_map(|record| text(&record.data)).collect()),
                Err(error) if error.is_no_records_found() || error.is_nx_domain() => Ok(Vec::new()),
                Err(error) => Err(fault(&error)),
            }
        }
        .boxed()
    }
}

/// A record in one piece, as it was published.
fn text(data: &RData) -> Option<String> {
    let RData::TXT(text) = data else { return None };
    let bytes: Vec<u8> = text.txt_data.iter().flat_map(|piece| piece.iter().copied()).collect();
    String::from_utf8(bytes).ok()
}
