//! The pages and their assets. They are constant: scripts fill them in, with text only.

use axum::extract::Path;
use axum::http::header;
use axum::response::{Html, IntoResponse, Response};

use super::request::Refusal;

pub(super) async fn list() -> Html<&'static str> {
    Html(include_str!("assets/list.html"))
}

pub(super) async fn graph() -> Html<&'static str> {
    Html(include_str!("assets/graph.html"))
}

const SCRIPT: &str = "text/javascript; charset=utf-8";
const STYLE: &str = "text/css; charset=utf-8";
const IMAGE: &str = "image/svg+xml";

/// The name, type and content of each asset.
const ASSETS: [(&str, &str, &str); 9] = [
    ("style.css", STYLE, include_str!("assets/style.css")),
    ("icon.svg", IMAGE, include_str!("assets/icon.svg")),
    ("list.js", SCRIPT, include_str!("assets/list.js")),
    ("graph.js", SCRIPT, include_str!("assets/graph.js")),
    ("chart.js", SCRIPT, include_str!("assets/chart.js")),
    ("sparkline.js", SCRIPT, include_str!("assets/sparkline.js")),
    ("number.js", SCRIPT, include_str!("assets/number.js")),
    ("element.js", SCRIPT, include_str!("assets/element.js")),
    ("poll.js", SCRIPT, include_str!("assets/poll.js")),
];

pub(super) async fn asset(Path(name): Path<String>) -> Response {
    match ASSETS.iter().find(|(known, ..)| *known == name) {
        Some((_, kind, content)) => ([(header::CONTENT_TYPE, *kind)], *content).into_response(),
        None => Refusal::not_found(format_args!("not found: {name}")).into_response(),
    }
}
