//! The parameters of a request, and the reasons for refusing it.

use std::fmt::Display;

use axum::extract::{FromRequestParts, Query};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::show::terminal::escaped;

/// The length in bytes of a request's path and parameters, at most.
const LONGEST: usize = 16 * 1024;

/// The number of parameters, at most.
const MOST: usize = 256;

/// The parameters after the `?`.
#[derive(Debug)]
pub(super) struct Asked(Vec<(String, String)>);

impl<S: Sync> FromRequestParts<S> for Asked {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Refusal> {
        if parts.uri.path_and_query().is_some_and(|asked| asked.as_str().len() > LONGEST) {
            let why = format_args!("path and parameters are too long: at most {LONGEST} bytes");
            return Err(Refusal::new(StatusCode::URI_TOO_LONG, why));
        }
        let Query(asked) = Query::<Vec<(String, String)>>::try_from_uri(&parts.uri)
            .map_err(|error| Refusal::bad_request(error.body_text()))?;
        if asked.len() > MOST {
            return Err(Refusal::bad_request(format_args!("too many parameters: at most {MOST}")));
        }
        Ok(Self(asked))
    }
}

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
