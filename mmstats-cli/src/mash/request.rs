//! The parameters of a request, and the reasons for refusing it.

use std::fmt::Display;

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::show::terminal::escaped;

/// The parameters after the `?`.
#[derive(Debug)]
pub(super) struct Asked(pub(super) Vec<(String, String)>);

impl Asked {
    /// Returns all values of the parameter.
    pub(super) fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.0.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Returns the first value of the parameter.
    pub(super) fn one(&self, name: &str) -> Option<&str> {
        self.all(name).next()
    }

    /// Returns whether the parameter is present, and not 0.
    pub(super) fn has(&self, name: &str) -> bool {
        self.one(name).is_some_and(|value| value != "0")
    }
}

/// The reason why a request has no answer, as plain text.
#[derive(Debug)]
pub(super) struct Refusal {
    status: StatusCode,
    why: String,
}

impl Refusal {
    pub(super) fn new(status: StatusCode, why: impl Display) -> Self {
        Self { status, why: why.to_string() }
    }

    pub(super) fn bad_request(why: impl Display) -> Self {
        Self::new(StatusCode::BAD_REQUEST, why)
    }

    pub(super) fn not_found(why: impl Display) -> Self {
        Self::new(StatusCode::NOT_FOUND, why)
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        // It may quote a file or the request, and be printed on a terminal.
        let body = format!("{}\n", escaped(&self.why));
        (self.status, [(header::CONTENT_TYPE, "text/plain; charset=utf-8")], body).into_response()
    }
}
