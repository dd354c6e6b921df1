//! Asks a name server that was named, else those of this machine. Who asks hands in a [`Resolver`], so that tests decide what is answered.

use std::fmt;
use std::net::SocketAddr;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use hickory_resolver::TokioResolver;
use hickory_resolver::config::{NameServerConfig, ResolverConfig};
use hickory_resolver::net::runtime::TokioRuntimeProvider;
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
#[derive(Clone, Copy, Debug, Default)]
pub struct Dns {
    /// The name server to ask; without it, those of the machine.
    pub server: Option<SocketAddr>,
}

impl Dns {
    fn resolver(self) -> Result<TokioResolver, NoAnswer> {
        let builder = match self.server {
            None => TokioResolver::builder_tokio(),
            Some(server) => Ok(TokioResolver::builder_with_config(only(server), TokioRuntimeProvider::default())),
        };
        builder.and_then(|builder| builder.build()).map_err(|error| NoAnswer(error.to_string()))
    }
}

/// Nobody but this server.
fn only(server: SocketAddr) -> ResolverConfig {
    let mut named = NameServerConfig::udp_and_tcp(server.ip());
    for connection in &mut named.connections {
        connection.port = server.port();
    }
    ResolverConfig::from_name_servers(vec![named])
}

impl Resolver for Dns {
    fn texts(&self, name: String) -> BoxFuture<'static, Result<Vec<String>, NoAnswer>> {
        let resolver = self.resolver();
        async move {
            let resolver = resolver?;
            // The dot at the end keeps the machine's own search domains out.
            match resolver.txt_lookup(format!("{name}.")).await {
                Ok(found) => Ok(found.answers().iter().filter_map(|record| text(&record.data)).collect()),
                Err(error) if error.is_no_records_found() || error.is_nx_domain() => Ok(Vec::new()),
                Err(error) => Err(NoAnswer(error.to_string())),
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
