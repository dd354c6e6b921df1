//! Which certificates a PostgreSQL server may show.

use std::path::Path;
use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};

use crate::error::{Error, Result};

/// A client that trusts the certificates in `roots`, or the machine's own when no file is named.
///
/// # Errors
/// [`Error::Unavailable`] when no certificate can be read.
pub(super) fn client(roots: Option<&Path>) -> Result<Arc<ClientConfig>> {
    let mut store = RootCertStore::empty();
    match roots {
        Some(file) => {
            let found = CertificateDer::pem_file_iter(file)
                .map_err(|error| Error::unavailable(format!("sslrootcert {}: {error}", file.display())))?;
            for certificate in found {
                store.add(certificate.map_err(Error::unavailable)?).map_err(Error::unavailable)?;
            }
        }
        None => {
            store.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        }
    }
    if store.is_empty() {
        return Err(Error::unavailable("no certificate to trust was found: name a file by sslrootcert="));
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(Error::unavailable)?
        .with_root_certificates(store)
        .with_no_client_auth();
    Ok(Arc::new(config))
}
