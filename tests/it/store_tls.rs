//! PostgreSQL through TLS, with certificates made for the test: a server that is trusted is reached, any other refused.

use std::path::{Path, PathBuf};
use std::process::Command;

use rollcall::error::Error;
use rollcall::store::{Settings, Store, tenants};

use crate::database::runtime;
use crate::store_cluster::{Cluster, succeed};

/// Keys and certificates, made by openssl in a folder.
struct Authority {
    folder: tempfile::TempDir,
}

impl Authority {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let authority = Self { folder };
        let mut make = authority.openssl(&["req", "-x509", "-subj", "/CN=authority"]);
        make.args(["-keyout", "authority.key", "-out", "authority.crt", "-days", "2"]);
        succeed(make.args(["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]));
        authority
    }

    fn openssl(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("openssl");
        command.args(arguments).current_dir(self.folder.path());
        command
    }

    /// A key and a certificate for a host.
    fn certify(&self, host: &str) -> (String, String) {
        let mut ask = self.openssl(&["req", "-subj", &format!("/CN={host}"), "-keyout", "server.key"]);
        ask.args(["-out", "server.csr", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]);
        succeed(&mut ask);
        std::fs::write(self.folder.path().join("names"), format!("subjectAltName=DNS:{host}")).unwrap();
        let mut sign = self.openssl(&["x509", "-req", "-in", "server.csr", "-out", "server.crt", "-days", "2"]);
        sign.args(["-CA", "authority.crt", "-CAkey", "authority.key", "-CAcreateserial", "-extfile", "names"]);
        succeed(&mut sign);
        let read = |name| std::fs::read_to_string(self.folder.path().join(name)).unwrap();
        (read("server.key"), read("server.crt"))
    }

    fn certificate(&self) -> PathBuf {
        self.folder.path().join("authority.crt")
    }
}

/// Opens a store and asks it something; why it could not.
fn reach(url: &str, parameters: &str) -> Result<(), String> {
    let settings = Settings { database_url: format!("{url}?{parameters}"), pg_pool: 3, create: true };
    let store = Store::open(&settings).map_err(cause)?;
    let asked = runtime().block_on(store.read(tenants::any));
    store.close();
    asked.map(|_| ()).map_err(cause)
}

fn cause(error: Error) -> String {
    match error {
        Error::Unavailable(unavailable) => unavailable.cause,
        other => panic!("{other:?}"),
    }
}

fn trusting(mode: &str, roots: &Path) -> String {
    format!("sslmode={mode}&sslrootcert={}", roots.display())
}

#[test]
fn postgresql_is_reached_through_tls_when_its_certificate_holds() {
    let Some(mut cluster) = Cluster::new() else { return };
    let authority = Authority::new();
    let (key, certificate) = authority.certify("localhost");
    cluster.write("server.key", &key);
    cluster.write("server.crt", &certificate);
    cluster.write("pg_hba.conf", "local all all trust\nhostssl all all all trust\n");
    cluster.set("ssl=on");
    cluster.start();
    let (named, unnamed) = (cluster.url("localhost"), cluster.url("127.0.0.1"));
    for mode in ["require", "verify-ca", "verify-full", "prefer"] {
        reach(&named, &trusting(mode, &authority.certificate())).unwrap();
    }
    // Without TLS the server itself says no: what went well above went through TLS.
    let plain = reach(&named, "sslmode=disable").unwrap_err();
    assert!(plain.contains("no encryption"), "{plain}");
    let stranger = Authority::new();
    for mode in ["require", "prefer"] {
        let refused = reach(&named, &trusting(mode, &stranger.certificate())).unwrap_err();
        assert!(refused.contains("certificate"), "{refused}");
    }
    // The certificate is another host's.
    let refused = reach(&unnamed, &trusting("require", &authority.certificate())).unwrap_err();
    assert!(refused.contains("certificate"), "{refused}");
    let missing = reach(&named, "sslmode=require&sslrootcert=/nowhere/roots.pem").unwrap_err();
    assert!(missing.contains("/nowhere/roots.pem"), "{missing}");
}

#[test]
fn a_server_without_tls_is_refused_where_tls_is_asked_for() {
    let Some(mut cluster) = Cluster::new() else { return };
    cluster.start();
    let url = cluster.url("localhost");
    reach(&url, "").unwrap();
    let refused = reach(&url, &trusting("require", &Authority::new().certificate())).unwrap_err();
    assert!(refused.to_lowercase().contains("tls"), "{refused}");
}
