//! The open connections. If there are too many, the one whose client has kept the server waiting
//! for the longest time is closed, so that no client can lock others out.

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use axum::body::{Body, Bytes};
use http_body::{Body as _, Frame, SizeHint};
use tokio::sync::Notify;
use tokio::task::AbortHandle;

/// The bytes of all answers that clients have not taken yet, at most.
const UNSENT: usize = 256 << 20;

/// How many bytes of an answer are passed on at a time.
const PART: usize = 64 << 10;

#[derive(Debug)]
pub(super) struct Connections {
    most: usize,
    open: Mutex<HashMap<u64, Connection>>,
    /// Wakes who waits for room.
    room: Notify,
}

#[derive(Debug)]
struct Connection {
    abort: Option<AbortHandle>,
    /// Since when the server waits for the client, to send a request or to take an answer; `None`
    /// while the answer is computed.
    waiting: Option<Instant>,
    /// The bytes of the answer, until the client has taken it.
    unsent: usize,
}

/// The place of a connection among the open ones, until it is dropped.
#[derive(Debug)]
pub(super) struct Place {
    id: u64,
    all: Arc<Connections>,
}

impl Connections {
    pub(super) fn new(most: usize) -> Self {
        Self { most, open: Mutex::default(), room: Notify::new() }
    }

    fn open(&self) -> MutexGuard<'_, HashMap<u64, Connection>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes room for one connection; waits if the answers for all of them are being computed.
    pub(super) async fn make_room(&self) {
        loop {
            let room = self.room.notified();
            if self.open().len() < self.most || self.close_one(|_| true) {
                return;
            }
            room.await;
        }
    }

    /// Closes the connection that has waited longest for its client, among some; returns whether
    /// there is one.
    fn close_one(&self, among: impl Fn(&Connection) -> bool) -> bool {
        let mut open = self.open();
        let waiting = open.iter().filter(|(_, connection)| among(connection));
        let waiting = waiting.filter_map(|(id, connection)| Some((connection.waiting?, *id)));
        let Some((_, id)) = waiting.min() else { return false };
        if let Some(abort) = open.remove(&id).and_then(|connection| connection.abort) {
            abort.abort();
        }
        true
    }

    /// Closes all connections whose client has to send a request.
    pub(super) fn close_idle(&self) {
        while self.close_one(|connection| connection.unsent == 0) {}
    }

    /// Closes a connection after the system refused to open another one.
    pub(super) fn close_any(&self) {
        self.close_one(|_| true);
    }

    pub(super) fn add(self: &Arc<Self>, id: u64) -> Place {
        let connection = Connection { abort: None, waiting: Some(Instant::now()), unsent: 0 };
        self.open().insert(id, connection);
        Place { id, all: self.clone() }
    }

    /// Sets how to close a connection; it may have ended already.
    pub(super) fn set_abort(&self, id: u64, abort: AbortHandle) {
        if let Some(connection) = self.open().get_mut(&id) {
            connection.abort = Some(abort);
        }
    }
}

impl Place {
    fn update(&self, change: impl FnOnce(&mut Connection)) {
        if let Some(connection) = self.all.open().get_mut(&self.id) {
            change(connection);
        }
    }

    /// Returns how long the server has been waiting for the client.
    pub(super) fn waiting(&self) -> Option<Duration> {
        self.all.open().get(&self.id)?.waiting.map(|since| since.elapsed())
    }

    /// Notes that there is a request, whose answer will be computed.
    pub(super) fn compute(&self) {
        self.update(|connection| connection.waiting = None);
    }

    /// Notes that the client has to take this answer. Closes others if there are too many bytes that
    /// clients do not take.
    pub(super) fn answer(self: &Arc<Self>, body: Body) -> Body {
        let unsent = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
        let is_large = |connection: &Connection| connection.unsent > 0;
        loop {
            let all = |open: &HashMap<u64, Connection>| {
                open.values().fold(unsent, |sum, other| sum.saturating_add(other.unsent))
            };
            let too_many = all(&self.all.open()) > UNSENT;
            if !too_many || !self.all.close_one(is_large) {
                break;
            }
        }
        self.update(|connection| {
            (connection.waiting, connection.unsent) = (Some(Instant::now()), unsent);
        });
        self.all.room.notify_one();
        Body::new(Unsent { body, rest: Bytes::new(), place: self.clone() })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.all.open().remove(&self.id);
        self.all.room.notify_one();
    }
}

/// A body that is passed on in parts, and remembered until the last one has been taken.
struct Unsent {
    body: Body,
    rest: Bytes,
    place: Arc<Place>,
}

impl http_body::Body for Unsent {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        if self.rest.is_empty() {
            match Pin::new(&mut self.body).poll_frame(context) {
                Poll::Ready(Some(Ok(frame))) => match frame.into_data() {
                    Ok(data) => self.rest = data,
                    Err(other) => return Poll::Ready(Some(Ok(other))),
                },
                other => return other,
            }
        }
        let part = self.rest.len().min(PART);
        Poll::Ready(Some(Ok(Frame::data(self.rest.split_to(part)))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let hint = self.body.size_hint();
        let rest = self.rest.len() as u64;
        hint.exact().map_or_else(SizeHint::new, |body| SizeHint::with_exact(body + rest))
    }
}

impl Drop for Unsent {
    fn drop(&mut self) {
        self.place.update(|connection| {
            (connection.waiting, connection.unsent) = (Some(Instant::now()), 0);
        });
    }
}
