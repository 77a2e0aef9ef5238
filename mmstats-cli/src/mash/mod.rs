//! `mmash`: a web server of statistics.
//!
//! `watch` reads the files, for all who ask together; `routes` says what is where; `live` is what
//! the pages ask for, `legacy` what the original answered; `page` holds the pages.

mod aggregate;
mod args;
mod guard;
mod legacy;
mod live;
mod page;
mod routes;
mod settings;
mod watch;

use std::future::IntoFuture as _;
use std::io::{self, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::oneshot;

use crate::files::limits;
use crate::report::Report;
pub(crate) use args::Serve;
use guard::Hosts;
use settings::Settings;
use watch::Watch;

const HOST: &str = "127.0.0.1";

/// That of the original.
const PORT: u16 = 5002;

/// How long it takes at most to end: a client that asked for something may take its time.
const FAREWELL: Duration = Duration::from_secs(2);

/// What all requests share.
#[derive(Debug)]
struct Server {
    watch: Watch,
    hosts: Hosts,
}

pub(crate) fn run(options: &Serve, report: &mut Report) -> io::Result<()> {
    let settings = match Settings::from_environment() {
        Ok(settings) => settings,
        Err(why) => {
            report.failure(why);
            return Ok(());
        }
    };
    let host = options.host.clone().or(settings.host).unwrap_or_else(|| HOST.into());
    let port = options.port.or(settings.port).unwrap_or(PORT);
    let bound = TcpListener::bind((host.as_str(), port)).and_then(|listener| {
        listener.set_nonblocking(true)?;
        Ok((listener.local_addr()?, listener))
    });
    let (address, listener) = match bound {
        Ok(bound) => bound,
        Err(error) => {
            report.failure(format_args!("cannot listen at {host}, port {port}: {error}"));
            return Ok(());
        }
    };
    if !address.ip().is_loopback() {
        report.note("whoever can connect to this machine can read all that it serves");
    }
    let mut targets = options.targets.clone();
    if targets.is_empty() {
        targets.extend(settings.glob.map(Into::into));
    }
    limits::raise_fd_limit();
    let server = Arc::new(Server {
        watch: Watch::new(targets, options.interval),
        hosts: Hosts::new(address.ip(), &options.allow_host),
    });
    let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
    let ended = runtime.block_on(serve(listener, address, server));
    // What is still being read need not be waited for.
    runtime.shutdown_background();
    ended?;
    report.success();
    Ok(())
}

/// Answers until a signal asks it to end.
async fn serve(listener: TcpListener, address: SocketAddr, server: Arc<Server>) -> io::Result<()> {
    let (mut interrupted, mut terminated) =
        (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    let listener = tokio::net::TcpListener::from_std(listener)?;
    tokio::spawn(forget(server.clone()));
    let (say_end, end) = oneshot::channel();
    let router = routes::router(server);
    let answering = axum::serve(listener, router).with_graceful_shutdown(async {
        let _ = end.await;
    });
    // Signals are waited for, and there is a queue for who asks: now somebody may be told.
    announce(address)?;
    let answering = tokio::spawn(answering.into_future());
    tokio::select! {
        _ = interrupted.recv() => {}
        _ = terminated.recv() => {}
    }
    let _ = say_end.send(());
    let _ = tokio::time::timeout(FAREWELL, answering).await;
    Ok(())
}

/// On standard output, for people and for scripts that gave it port 0.
fn announce(address: SocketAddr) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "http://{address}/")?;
    out.flush()
}

/// Lets go of what nobody has asked for in a while: a file that is open takes room even after it
/// was deleted.
async fn forget(server: Arc<Server>) {
    loop {
        tokio::time::sleep(watch::KEPT).await;
        let server = server.clone();
        let _ = tokio::task::spawn_blocking(move || server.watch.forget_if_idle()).await;
    }
}
