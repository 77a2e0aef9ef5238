//! Accepts connections, and limits their number and the time that each may take.

use std::convert::Infallible;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use super::connections::{Connections, Place};

/// The size of the head of a request, at most.
const HEAD_SIZE: usize = 64 << 10;

/// The time to wait after a failure to accept a connection.
const PAUSE: Duration = Duration::from_millis(100);

/// What clients may take.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// The number of connections at the same time.
    pub(super) connections: usize,
    /// The time to send the head of a request, from the connection or the answer before.
    pub(super) head: Duration,
}

impl Limits {
    /// Returns the time after which a connection takes no further request.
    fn life(self) -> Duration {
        self.head * 6
    }

    /// Returns the time after that in which a client has to take the last answer.
    fn last(self) -> Duration {
        self.head * 3
    }
}

/// Serves connections within the limits, until `end` changes.
pub(super) async fn serve(
    listener: TcpListener,
    router: Router,
    limits: Limits,
    mut end: watch::Receiver<()>,
) {
    let connections = Arc::new(Connections::new(limits.connections));
    let mut tasks = JoinSet::new();
    let ended = end.clone();
    let accept = async {
        for id in 0.. {
            let stream = accept(&listener, &connections).await;
            connections.make_room().await;
            while tasks.try_join_next().is_some() {}
            let (place, router, end) = (connections.add(id), router.clone(), ended.clone());
            let task = tasks.spawn(connection(stream, router, place, limits, end));
            connections.set_abort(id, task);
        }
    };
    tokio::select! {
        () = accept => {}
        _ = end.changed() => {}
    }
    drop(listener);
    connections.close_idle();
    while tasks.join_next().await.is_some() {}
}

async fn accept(listener: &TcpListener, connections: &Connections) -> TcpStream {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => return stream,
            Err(error) if is_of_one(&error) => {}
            Err(_) => {
                // There are too many open files, most likely.
                connections.close_any();
                sleep(PAUSE).await;
            }
        }
    }
}

/// Returns whether an error concerns only the connection that was to be accepted.
fn is_of_one(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}

/// Answers the requests of a connection.
async fn connection(
    stream: TcpStream,
    router: Router,
    place: Place,
    limits: Limits,
    mut end: watch::Receiver<()>,
) {
    let router = TowerToHyperService::new(router);
    let place = Arc::new(place);
    let service = service_fn(|request: Request<Incoming>| {
        place.compute();
        let answer = router.call(request.map(Body::new));
        let place = place.clone();
        async move {
            let answer = answer.await?;
            Ok::<_, Infallible>(answer.map(|body| place.answer(body)))
        }
    });
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(limits.head).max_buf_size(HEAD_SIZE);
    let mut connection = std::pin::pin!(http.serve_connection(TokioIo::new(stream), service));
    tokio::select! {
        _ = connection.as_mut() => return,
        () = sleep(limits.life()) => {}
        _ = end.changed() => {}
    }
    connection.as_mut().graceful_shutdown();
    // The time in which the answer is computed is not the client's.
    loop {
        let wait =
            place.waiting().map_or(limits.last(), |waited| limits.last().saturating_sub(waited));
        if wait.is_zero() || timeout(wait, connection.as_mut()).await.is_ok() {
            break;
        }
    }
}
