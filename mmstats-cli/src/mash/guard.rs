//! Checks the host of a request, and restricts the use of the answer in a browser.
//!
//! A page of any site can make its visitor's browser send requests to servers on the visitor's own
//! machine. It cannot read the answers, unless it makes its own name resolve to that machine ("DNS
//! rebinding"), in which case `Host` contains that name.

use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header::{self, HeaderName};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

use super::request::Refusal;

/// The host names that requests may contain.
#[derive(Debug)]
pub(super) struct Hosts {
    /// Whether only this machine can connect.
    loopback: bool,
    allowed: Vec<String>,
}

impl Hosts {
    pub(super) fn new(address: IpAddr, allowed: &[String]) -> Self {
        let allowed = allowed.iter().map(|name| name.to_lowercase()).collect();
        Self { loopback: address.is_loopback(), allowed }
    }

    /// Returns whether requests may contain this host, which may end with a port.
    fn allow(&self, host: &str) -> bool {
        let name = without_port(host).to_lowercase();
        if self.allowed.contains(&name) {
            return true;
        }
        if !self.loopback && self.allowed.is_empty() {
            return true;
        }
        // No site can have such a name.
        name == "localhost" || address(&name).is_some_and(|address| address.is_loopback())
    }
}

fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.chars().all(|char| char.is_ascii_digit()) => name,
        _ => host,
    }
}

fn address(name: &str) -> Option<IpAddr> {
    match name.strip_prefix('[').and_then(|name| name.strip_suffix(']')) {
        Some(name) => name.parse::<Ipv6Addr>().ok().map(Into::into),
        None => name.parse().ok(),
    }
}

/// Wraps every request.
pub(super) async fn guard(
    State(hosts): State<Arc<Hosts>>,
    request: Request,
    next: Next,
) -> Response {
    let mut response = match host_of(&request) {
        Some(host) if !hosts.allow(host) => {
            let why = "unknown host name: allow it with --allow-host";
            Refusal::new(StatusCode::MISDIRECTED_REQUEST, why).into_response()
        }
        _ => next.run(request).await,
    };
    restrict(response.headers_mut());
    response
}

/// Returns the host that the request names. All browsers send it; old scripts need not.
fn host_of(request: &Request) -> Option<&str> {
    let absolute = request.uri().authority().map(axum::http::uri::Authority::as_str);
    absolute.or_else(|| {
        let host = request.headers().get(header::HOST)?;
        // A value that is not text is no name.
        Some(host.to_str().unwrap_or("?"))
    })
}

/// Refuses requests for data that a page of another site causes, as by an image.
///
/// Such a page cannot read the answer, but can make this server read files again and again. Browsers
/// say where a request comes from; a user who follows a link is welcome.
pub(super) async fn refuse_other_sites(request: Request, next: Next) -> Response {
    if is_of_other_site(request.headers()) {
        let why = "data is not for pages of other sites: open the address itself";
        return Refusal::new(StatusCode::FORBIDDEN, why).into_response();
    }
    next.run(request).await
}

fn is_of_other_site(headers: &HeaderMap) -> bool {
    let is = |name, value: &str| headers.get(name).is_some_and(|found| found == value);
    let is_other = is("sec-fetch-site", "cross-site") || is("sec-fetch-site", "same-site");
    let is_link = is("sec-fetch-dest", "document") && is("sec-fetch-user", "?1");
    is_other && !is_link
}

/// Allows scripts, styles and data from this server only, and no text to become a script.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
                      connect-src 'self'; base-uri 'none'; form-action 'none'; \
                      frame-ancestors 'none'; require-trusted-types-for 'script'";

const RESTRICTIONS: [(HeaderName, &str); 6] = [
    (header::CONTENT_SECURITY_POLICY, POLICY),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::REFERRER_POLICY, "no-referrer"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (header::CACHE_CONTROL, "no-store"),
];

fn restrict(headers: &mut HeaderMap) {
    for (name, value) in RESTRICTIONS {
        headers.insert(name, HeaderValue::from_static(value));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allow(address: &str, allowed: &[&str], host: &str) -> bool {
        let allowed: Vec<String> = allowed.iter().map(|name| (*name).to_owned()).collect();
        Hosts::new(address.parse().unwrap(), &allowed).allow(host)
    }

    #[test]
    fn on_loopback_only_local_names_are_allowed() {
        for host in ["localhost", "LOCALHOST:5002", "127.0.0.1:5002", "127.1.2.3", "[::1]:1"] {
            assert!(allow("127.0.0.1", &[], host), "{host}");
        }
        for host in ["", "evil.example", "localhost.evil.example:5002", "10.0.0.1", "[::2]", "?"] {
            assert!(!allow("127.0.0.1", &[], host), "{host}");
        }
        assert!(allow("127.0.0.1", &["Stats.example"], "stats.example:80"));
    }

    #[test]
    fn on_other_addresses_given_names_are_allowed_or_all() {
        assert!(allow("0.0.0.0", &[], "stats.example"));
        assert!(allow("0.0.0.0", &["stats.example"], "stats.example"));
        assert!(!allow("0.0.0.0", &["stats.example"], "evil.example"));
        assert!(allow("0.0.0.0", &["stats.example"], "localhost:5002"));
    }
}
