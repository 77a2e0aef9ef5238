//! What is where.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::{StatusCode, Uri, header};
use axum::middleware;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use serde::Serialize;

use super::legacy::{self, Names, Question};
use super::live::{self, Wanted};
use super::watch::Look;
use super::{Server, guard, page};
use crate::export::json::{Harmless, Json};
use crate::export::{Detail, Export as _, File, Interval, Show};

pub(super) fn router(server: Arc<Server>) -> Router {
    Router::new()
        // The original's.
        .route("/", get(page::list))
        .route("/graph/", get(page::graph))
        .route("/stats/", get(labels))
        .route("/stats/{*label}", get(values))
        .route("/files/", get(files))
        .route("/files/{*glob}", get(files))
        .route("/graph", get(with_slash))
        .route("/stats", get(with_slash))
        .route("/files", get(with_slash))
        // What `slurpstats --format json` prints. `/metrics` would be beside it.
        .route("/json", get(json))
        // For the pages.
        .route("/live", get(live))
        .route("/static/{name}", get(page::asset))
        .fallback(nothing)
        .layer(middleware::from_fn_with_state(server.clone(), guard::guard))
        .with_state(server)
}

/// Why there is no answer, for people.
#[derive(Debug)]
pub(super) struct Refusal(pub(super) StatusCode, pub(super) String);

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let Self(status, why) = self;
        (status, [(header::CONTENT_TYPE, "text/plain; charset=utf-8")], why).into_response()
    }
}

type Answer = Result<Response, Refusal>;
type Shared = State<Arc<Server>>;
type Parameters = Query<Vec<(String, String)>>;

/// What stands behind the `?`.
pub(super) struct Asked(Vec<(String, String)>);

impl Asked {
    /// All values of the parameter.
    pub(super) fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.0.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    pub(super) fn one(&self, name: &str) -> Option<&str> {
        self.all(name).next()
    }

    /// Whether it is there, and not 0.
    pub(super) fn has(&self, name: &str) -> bool {
        self.one(name).is_some_and(|value| value != "0")
    }
}

async fn labels(State(server): Shared, Query(asked): Parameters) -> Answer {
    let names = Names::parse(Asked(asked).one("glob"))?;
    ask(server, move |look| Ok(rendered(&legacy::labels(look, &names)))).await
}

async fn values(
    State(server): Shared,
    Path(label): Path<String>,
    Query(asked): Parameters,
) -> Answer {
    let asked = Asked(asked);
    let question = Question {
        label,
        exact: asked.has("exact") && asked.one("exact") != Some(""),
        aggregator: legacy::aggregator(asked.one("aggr"))?,
        names: Names::parse(asked.one("glob"))?,
    };
    ask(server, move |look| question.answer(look).map(|answer| rendered(&answer))).await
}

async fn files(State(server): Shared, glob: Option<Path<String>>) -> Answer {
    let names = Names::parse(glob.as_ref().map(|Path(glob)| glob.as_str()))?;
    ask(server, move |look| Ok(rendered(&legacy::files(look, &names)))).await
}

async fn json(State(server): Shared, Query(asked): Parameters) -> Answer {
    let asked = Asked(asked);
    let names = Names::parse(asked.one("glob"))?;
    let detail = Detail { lanes: asked.has("lanes"), help: asked.has("help-texts") };
    let rates = asked.has("rates");
    ask(server, move |look| {
        let mut export = Json { detail, any: false };
        let mut out = Vec::new();
        let mut print =
            || {
                export.begin(&mut out)?;
                for file in names.files(look) {
                    let interval = file.seen.change.clone().filter(|_| rates).map(|delta| {
                        Interval { elapsed: delta.elapsed(), delta, show: Show::Rates }
                    });
                    export.file(&mut out, &File { snapshot: file.snapshot(), interval })?;
                }
                export.end(&mut out)
            };
        print().map_err(failed)?;
        Ok(out)
    })
    .await
}

async fn live(State(server): Shared, Query(asked): Parameters) -> Answer {
    let wanted = Wanted::parse(&Asked(asked));
    let places = server.watch.places();
    ask(server, move |look| Ok(rendered(&live::answer(look, &wanted, places)))).await
}

/// Looks at the files, away from where requests are answered, and answers in JSON.
async fn ask<F>(server: Arc<Server>, answer: F) -> Answer
where
    F: FnOnce(&Look) -> Result<Vec<u8>, Refusal> + Send + 'static,
{
    let asked = tokio::task::spawn_blocking(move || server.watch.ask(answer)).await;
    let json = asked.map_err(failed)??;
    Ok(([(header::CONTENT_TYPE, "application/json")], json).into_response())
}

fn failed(error: impl std::fmt::Display) -> Refusal {
    Refusal(StatusCode::INTERNAL_SERVER_ERROR, format!("{error}\n"))
}

/// In JSON, and harmless to a terminal.
fn rendered(answer: &impl Serialize) -> Vec<u8> {
    let mut json = Vec::new();
    let mut serializer = serde_json::Serializer::with_formatter(&mut json, Harmless);
    answer.serialize(&mut serializer).expect("memory takes it, and all keys are text");
    json.push(b'\n');
    json
}

/// Relative, so that a proxy may have all of it below a path of its own.
async fn with_slash(uri: Uri) -> Redirect {
    let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
    Redirect::permanent(&format!("{}/{query}", uri.path().trim_start_matches('/')))
}

async fn nothing(uri: Uri) -> Refusal {
    Refusal(
        StatusCode::NOT_FOUND,
        format!("there is no {}; `mmash --help` says what there is\n", uri.path()),
    )
}
