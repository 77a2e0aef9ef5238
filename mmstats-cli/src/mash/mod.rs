//! `mmash`: a web server of statistics.
//!
//! `server` accepts connections, `watch` reads the files for all clients together, and `routes`
//! assigns addresses to answers: `page` holds the pages, `live` their data, and `legacy` the answers
//! of the original.

mod aggregate;
mod args;
mod cell;
mod connections;
mod guard;
mod legacy;
mod live;
mod page;
mod request;
mod routes;
mod server;
mod settings;
mod totals;
mod watch;

use std::io::{self, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch as ending;

use crate::files::limits::raise_fd_limit;
use crate::report::Report;
pub(crate) use args::Serve;
use guard::Hosts;
use server::Limits;
use settings::Settings;
use watch::Watch;

const HOST: &str = "127.0.0.1";

/// The port of the original.
const PORT: u16 = 5002;

/// The longest time to wait for clients when ending.
const FAREWELL: Duration = Duration::from_secs(2);

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
        report.note("everyone who can connect to this machine can read these statistics");
    }
    let mut targets = options.targets.clone();
    if targets.is_empty() {
        targets.extend(settings.glob.map(Into::into));
    }
    // Connections must leave descriptors for reading files.
    let descriptors = raise_fd_limit();
    let connections = usize::from(options.connections).min(descriptors / 4).max(1);
    let limits = Limits { connections, head: options.client_timeout };
    let open = descriptors.saturating_sub(connections);
    let watch = Arc::new(Watch::new(targets, options.interval, options.files, open));
    let hosts = Arc::new(Hosts::new(address.ip(), &options.allow_host));
    let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
    let ended = runtime.block_on(serve(listener, address, watch, hosts, limits));
    // Do not wait for files that are still being read.
    runtime.shutdown_background();
    ended?;
    report.success();
    Ok(())
}

/// Serves until a signal ends it.
async fn serve(
    listener: TcpListener,
    address: SocketAddr,
    watch: Arc<Watch>,
    hosts: Arc<Hosts>,
    limits: Limits,
) -> io::Result<()> {
    let (mut interrupted, mut terminated) =
        (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    let listener = tokio::net::TcpListener::from_std(listener)?;
    tokio::spawn(forget(watch.clone()));
    let (say_end, end) = ending::channel(());
    let answering = server::serve(listener, routes::router(watch, hosts), limits, end);
    // From now on signals are handled, and connections are queued.
    announce(address)?;
    let answering = tokio::spawn(answering);
    tokio::select! {
        _ = interrupted.recv() => {}
        _ = terminated.recv() => {}
    }
    let _ = say_end.send(());
    let _ = tokio::time::timeout(FAREWELL, answering).await;
    Ok(())
}

/// Prints the address, for people and for scripts that use port 0.
fn announce(address: SocketAddr) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "http://{address}/")?;
    out.flush()
}

/// Closes the files when there are no requests: an open file takes space even after its deletion.
async fn forget(watch: Arc<Watch>) {
    loop {
        tokio::time::sleep(watch::KEPT).await;
        let watch = watch.clone();
        let _ = tokio::task::spawn_blocking(move || watch.forget_if_idle()).await;
    }
}
