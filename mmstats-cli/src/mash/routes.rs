//! The addresses and their answers.

use std::fmt::Display;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::middleware;
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::get;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde::Serialize;
use tokio::sync::Semaphore;

use super::guard::{Hosts, guard, refuse_other_sites};
use super::legacy::{self, Names, Question};
use super::live::{self, Wanted};
use super::page;
use super::request::{Asked, Refusal};
use super::watch::{Look, Watch};
use crate::export::exposition::{Exposition, Per, Scrape};
use crate::export::json::{Harmless, Json};
use crate::export::{Detail, Export as _, File, Interval, Show};

pub(super) fn router(watch: Arc<Watch>, hosts: Arc<Hosts>) -> Router {
    // Those that read files, and may have large answers.
    let data = Router::new()
        // The original's addresses.
        .route("/stats/", get(labels))
        .route("/stats/{*label}", get(values))
        .route("/files/", get(files))
        .route("/files/{*glob}", get(files))
        // The output of `slurpstats --format json`.
        .route("/json", get(json))
        .route("/metrics", get(metrics))
        // The data of the pages.
        .route("/live", get(live))
        .route_layer(middleware::from_fn(refuse_other_sites));
    Router::new()
        .merge(data)
        .route("/", get(page::list))
        .route("/graph/", get(page::graph))
        .route("/graph", get(with_slash))
        .route("/stats", get(with_slash))
        .route("/files", get(with_slash))
        .route("/static/{name}", get(page::asset))
        .fallback(nothing)
        .layer(middleware::from_fn_with_state(hosts, guard))
        .with_state(watch)
}

type Answer = Result<Response, Refusal>;
type Shared = State<Arc<Watch>>;

async fn labels(State(watch): Shared, asked: Asked) -> Answer {
    let names = Names::parse(asked.one("glob"))?;
    ask(watch, move |look| Ok(rendered(&legacy::labels(look, &names)))).await
}

async fn values(State(watch): Shared, Path(label): Path<String>, asked: Asked) -> Answer {
    let question = Question {
        label,
        exact: asked.has("exact") && asked.one("exact") != Some(""),
        aggregator: legacy::aggregator(asked.one("aggr"))?,
        names: Names::parse(asked.one("glob"))?,
    };
    ask(watch, move |look| question.answer(look).map(|answer| rendered(&answer))).await
}

async fn files(State(watch): Shared, _: Asked, glob: Option<Path<String>>) -> Answer {
    let names = Names::parse(glob.as_ref().map(|Path(glob)| glob.as_str()))?;
    ask(watch, move |look| Ok(rendered(&legacy::files(look, &names)))).await
}

async fn json(State(watch): Shared, asked: Asked) -> Answer {
    let names = Names::parse(asked.one("glob"))?;
    let (lanes, help) = (asked.has("lanes"), asked.has("help-texts"));
    let detail = Detail { lanes, help, ..Detail::default() };
    let rates = asked.has("rates");
    ask(watch, move |look| {
        let files = names.files(look).map(|(track, snapshot)| {
            let delta = track.change.clone().filter(|_| rates);
            let interval =
                delta.map(|delta| Interval { elapsed: delta.elapsed(), delta, show: Show::Rates });
            File { snapshot, interval }
        });
        let mut out = Vec::new();
        Json { detail }.export(&mut out, &files.collect::<Vec<_>>()).map_err(failed)?;
        Ok(out)
    })
    .await
}

/// What Prometheus scrapes, in the format that it prefers.
async fn metrics(State(watch): Shared, headers: HeaderMap, asked: Asked) -> Answer {
    let names = Names::parse(asked.one("glob"))?;
    let accept = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    let exposition = Exposition::preferred(accept);
    let per = if asked.has("per-process") { Per::Process } else { Per::Program };
    let scrape = Scrape { exposition, per };
    let zipped = accepts_gzip(&headers);
    let answer = ask_for(watch, exposition.content_type(), move |look| {
        let files = names.files(look).map(|(_, snapshot)| File { snapshot, interval: None });
        let files: Vec<_> = files.collect();
        let mut out = Vec::new();
        if zipped {
            let mut encoder = GzEncoder::new(&mut out, Compression::fast());
            scrape.export(&mut encoder, &files).map_err(failed)?;
            encoder.finish().map_err(failed)?;
        } else {
            scrape.export(&mut out, &files).map_err(failed)?;
        }
        Ok(out)
    });
    let mut answer = answer.await?;
    let headers = answer.headers_mut();
    headers.insert(header::VARY, HeaderValue::from_static("Accept, Accept-Encoding"));
    if zipped {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    Ok(answer)
}

/// Returns whether a client takes gzip: names it, and not with a weight of 0.
fn accepts_gzip(headers: &HeaderMap) -> bool {
    let values = headers.get_all(header::ACCEPT_ENCODING).iter();
    let encodings =
        values.filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(','));
    encodings.into_iter().any(|encoding| {
        let mut parts = encoding.split(';').map(str::trim);
        let is_gzip = parts.next().is_some_and(|name| name.eq_ignore_ascii_case("gzip"));
        let weight = parts.find_map(|part| part.strip_prefix("q=")).map_or(Ok(1.0), str::parse);
        is_gzip && weight.is_ok_and(|weight: f64| weight > 0.0)
    })
}

async fn live(State(watch): Shared, asked: Asked) -> Answer {
    let wanted = Wanted::parse(&asked);
    let places = watch.places();
    ask(watch, move |look| Ok(rendered(&live::answer(look, &wanted, places)))).await
}

/// The number of answers that are computed at the same time, so that a slow one does not delay all.
static COMPUTED: Semaphore = Semaphore::const_new(4);

/// Answers in JSON.
async fn ask<F>(watch: Arc<Watch>, answer: F) -> Answer
where
    F: FnOnce(&Look) -> Result<Vec<u8>, Refusal> + Send + 'static,
{
    ask_for(watch, "application/json", answer).await
}

/// Answers from the current look, on a thread that may block.
async fn ask_for<F>(watch: Arc<Watch>, content_type: &'static str, answer: F) -> Answer
where
    F: FnOnce(&Look) -> Result<Vec<u8>, Refusal> + Send + 'static,
{
    let permit = COMPUTED.acquire().await.map_err(failed)?;
    let asked = tokio::task::spawn_blocking(move || {
        // Until the end of the work, even if the client is gone by then.
        let _permit = permit;
        answer(&watch.look())
    });
    let asked = asked.await;
    let body = asked.map_err(failed)??;
    Ok(([(header::CONTENT_TYPE, content_type)], body).into_response())
}

fn failed(error: impl Display) -> Refusal {
    Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, error)
}

/// Renders JSON that is harmless to a terminal.
fn rendered(answer: &impl Serialize) -> Vec<u8> {
    let mut json = Vec::new();
    let mut serializer = serde_json::Serializer::with_formatter(&mut json, Harmless);
    answer.serialize(&mut serializer).expect("memory takes it, and all keys are text");
    json.push(b'\n');
    json
}

/// Redirects to the address with a slash; relative, so that a proxy may serve everything below a
/// path of its own.
async fn with_slash(uri: Uri) -> Redirect {
    let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
    Redirect::permanent(&format!("{}/{query}", uri.path().trim_start_matches('/')))
}

async fn nothing(uri: Uri) -> Refusal {
    let path = uri.path();
    Refusal::not_found(format_args!("not found: {path}: `mmash --help` lists the addresses"))
}
