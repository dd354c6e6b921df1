//! The listener: threads, timeouts and a stop that lets running requests finish. What a request does is `dispatch`'s
//! matter.

use std::io;
use std::net::{IpAddr, SocketAddr, TcpListener};
use std::num::NonZero;
use std::sync::Arc;
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

use actix_web::dev::{Server, ServerHandle, fn_service};
use actix_web::{App, HttpServer};
use tokio::sync::oneshot;

use crate::error::{Error, Result};
use crate::secret::Secret;

use super::dispatch::{Site, answer};
use super::face::Face;
use super::metrics::Metrics;
use super::openapi;
use super::router::Router;
use super::services::Services;
use super::system;
use super::tls::Tls;

/// How long an idle connection is kept.
const KEEP_ALIVE: Duration = Duration::from_secs(75);
/// How long a request's head may take; then 408.
const HEAD_TIME: Duration = Duration::from_secs(10);
/// How long a client may take to close its end.
const DISCONNECT_TIME: Duration = Duration::from_secs(5);
/// How long running requests may take when the server stops, in seconds.
const STOP_SECONDS: u64 = 30;

/// What the listener needs to know.
pub struct Listen {
    /// The bound socket; bound by the caller, who so knows its port before anything is served.
    pub listener: TcpListener,
    /// The certificate to show; plain HTTP without one.
    pub tls: Option<Arc<Tls>>,
    /// What `/metrics` asks for from clients elsewhere; without it only clients on this machine may read.
    pub metrics_token: Option<Secret>,
    /// The addresses whose forwarding headers are believed.
    pub trusted_proxies: Vec<IpAddr>,
}

impl Listen {
    /// A plain listener on a free port of the loopback interface, as tests want it.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when there is no such port.
    pub fn anywhere() -> Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).map_err(Error::unavailable)?;
        Ok(Self { listener, tls: None, metrics_token: None, trusted_proxies: Vec::new() })
    }
}

/// A server that runs on threads of its own. Dropping it lets it run on; [`Running::stop`] ends it.
pub struct Running {
    address: SocketAddr,
    handle: ServerHandle,
    thread: JoinHandle<io::Result<()>>,
    ended: oneshot::Receiver<()>,
}

/// Serves the faces, and the system face beside them, until stopped. Needs no async runtime around it.
///
/// # Errors
/// [`Error::Internal`] when the endpoint table contradicts itself, [`Error::Unavailable`] when the socket cannot be
/// listened on.
pub fn serve(listen: Listen, faces: Vec<Face>, services: Services) -> Result<Running> {
    let address = listen.listener.local_addr().map_err(Error::unavailable)?;
    let tls = listen.tls.as_ref().map(Tls::server_config).transpose()?;
    let site = site(faces, services, listen.metrics_token, listen.trusted_proxies)?;
    let (started, wait) = std::sync::mpsc::sync_channel(1);
    let (end, ended) = oneshot::channel();
    let run = move || {
        let result = actix_rt::System::new().block_on(async move {
            let server = build(site, listen.listener, tls)?;
            // Whoever waits may have gone; then nobody stops this server either.
            let _ = started.send(server.handle());
            server.await
        });
        let _ = end.send(());
        result
    };
    let thread = Builder::new().name("rollcall-http".to_owned()).spawn(run).map_err(Error::unavailable)?;
    match wait.recv() {
        Ok(handle) => Ok(Running { address, handle, thread, ended }),
        Err(_) => Err(join(thread).err().unwrap_or_else(|| Error::internal("the listener ended at once"))),
    }
}

/// One catch-all service on as many threads as there are cores: routes, methods and limits are the table's.
fn build(site: Arc<Site>, listener: TcpListener, tls: Option<rustls::ServerConfig>) -> io::Result<Server> {
    let server = HttpServer::new(move || {
        let site = Arc::clone(&site);
        App::new().default_service(fn_service(move |request| {
            let site = Arc::clone(&site);
            async move { Ok::<_, actix_web::Error>(answer(site, request).await) }
        }))
    });
    let server = server
        .workers(std::thread::available_parallelism().map_or(2, NonZero::get))
        .keep_alive(KEEP_ALIVE)
        .client_request_timeout(HEAD_TIME)
        .client_disconnect_timeout(DISCONNECT_TIME)
        .shutdown_timeout(STOP_SECONDS)
        .disable_signals();
    let server = match tls {
        Some(tls) => server.listen_rustls_0_23(listener, tls)?,
        None => server.listen(listener)?,
    };
    Ok(server.run())
}

fn site(
    faces: Vec<Face>,
    services: Services,
    metrics_token: Option<Secret>,
    proxies: Vec<IpAddr>,
) -> Result<Arc<Site>> {
    // The system face comes first: dispatch knows it by that.
    let router = Router::new(std::iter::once(system::face()).chain(faces).collect())?;
    let names = router.faces().iter().map(|face| face.name);
    let routes = router.rows().iter().map(|row| {
        let face = router.face(row.face).map_or("", |face| face.name);
        (face, row.method.as_str(), row.pattern.as_str())
    });
    let metrics = Arc::new(Metrics::new(names, routes));
    let openapi = openapi::document(router.faces(), &services.public_url)?.into();
    let services = Arc::new(services);
    Ok(Arc::new(Site { metrics, router, services, metrics_token, trusted_proxies: proxies, openapi }))
}

fn join(thread: JoinHandle<io::Result<()>>) -> Result<()> {
    match thread.join() {
        Ok(result) => result.map_err(Error::unavailable),
        Err(_) => Err(Error::internal("the listener's thread panicked")),
    }
}

impl Running {
    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Waits until it ends without having been asked to.
    pub async fn ended(&mut self) {
        let _ = (&mut self.ended).await;
    }

    /// Takes no more connections, lets running requests finish for up to 30 seconds, and returns when all threads have
    /// ended. Blocks.
    ///
    /// # Errors
    /// When the listener had failed.
    pub fn stop(self) -> Result<()> {
        // The command is sent by the call; its future only waits, as joining does.
        drop(self.handle.stop(true));
        join(self.thread)
    }
}
