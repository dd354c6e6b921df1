//! The cheapest answer that actix-web can give: 1 KB of JSON from memory. What the server costs is told in multiples of it.

use std::io::Write as _;
use std::net::{SocketAddr, TcpListener};
use std::num::NonZero;

use actix_web::{App, HttpResponse, HttpServer, web};

use crate::process::Process;
use crate::{Outcome, people, this_program};

/// What the line that says where it listens begins with.
const LISTENS: &str = "bare handler listens on ";

/// Serves until killed.
///
/// # Errors
/// There is no port to listen on.
pub(crate) fn serve() -> Outcome<()> {
    let failed = |error: std::io::Error| format!("bare handler: {error}");
    let listener = TcpListener::bind(("127.0.0.1", 0)).map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    let body = web::Bytes::from(people::body(0));
    actix_web::rt::System::new()
        .block_on(async move {
            let server = HttpServer::new(move || {
                let body = body.clone();
                App::new().default_service(web::to(move || {
                    let body = body.clone();
                    async move { HttpResponse::Ok().content_type("application/scim+json").body(body) }
                }))
            });
            let workers = std::thread::available_parallelism().map_or(2, NonZero::get);
            let running = server.workers(workers).listen(listener)?.run();
            writeln!(std::io::stdout(), "{LISTENS}{address}")?;
            running.await
        })
        .map_err(failed)
}

/// Starts it as a process of its own, so that its CPU can be told from the bench's.
///
/// # Errors
/// It does not start.
pub(crate) fn start() -> Outcome<(Process, SocketAddr)> {
    let mut command = std::process::Command::new(this_program()?);
    command.arg("bare-handler");
    let (process, lines) = Process::start(command, LISTENS)?;
    let address = lines.iter().find_map(|line| line.strip_prefix(LISTENS)?.parse().ok());
    Ok((process, address.ok_or("the bare handler did not say where it listens")?))
}
