//! Pushes to an OpenTelemetry endpoint, and tries again if it has no time.

use std::io::Write as _;
use std::time::{Duration, Instant, SystemTime};

use flate2::Compression;
use flate2::write::GzEncoder;
use ureq::{Agent, Error};

use super::End;
use crate::export::{File, otlp};

/// How long an export takes at most, with all tries.
pub(super) const LONGEST: Duration = Duration::from_secs(10);

/// The pause after the first try; each further one is twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(250);

/// Where to push to.
pub(super) struct Endpoint {
    agent: Agent,
    url: String,
    headers: Vec<(String, String)>,
}

/// Why a push failed.
enum Failure {
    /// It may succeed a moment later.
    ForNow(String),
    Final(String),
}

impl Endpoint {
    pub(super) fn new(url: &str, headers: &[(String, String)]) -> Self {
        let config = Agent::config_builder()
            .timeout_global(Some(LONGEST))
            .http_status_as_error(false)
            .max_redirects(0)
            .build();
        Self { agent: config.into(), url: url.to_owned(), headers: headers.to_vec() }
    }

    pub(super) fn url(&self) -> &str {
        &self.url
    }

    /// Pushes the statistics of files; tries again until then, as long as that may help.
    pub(super) fn push(&self, files: &[File<'_>], until: Instant, end: &End) -> Result<(), String> {
        let (request, number) = otlp::request(files, SystemTime::now());
        if number == 0 {
            return Ok(());
        }
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        let body = encoder.write_all(&request).and_then(|()| encoder.finish());
        let body = body.map_err(|error| error.to_string())?;
        let mut pause = FIRST_PAUSE;
        loop {
            let why = match self.post(&body) {
                Ok(()) => return Ok(()),
                Err(Failure::Final(why)) => return Err(why),
                Err(Failure::ForNow(why)) => why,
            };
            let again = Instant::now() + pause;
            if again >= until || end.wait(again) {
                return Err(why);
            }
            pause *= 2;
        }
    }

    fn post(&self, body: &[u8]) -> Result<(), Failure> {
        let request = self.agent.post(&self.url);
        let request = request.header("content-type", "application/x-protobuf");
        let request = request.header("content-encoding", "gzip");
        let headers = self.headers.iter();
        let request = headers.fold(request, |request, (name, value)| request.header(name, value));
        let mut response = request.send(body).map_err(|error| match error {
            Error::Http(_) | Error::BadUri(_) => Failure::Final(error.to_string()),
            error => Failure::ForNow(error.to_string()),
        })?;
        let status = response.status();
        if status.is_success() {
            return Ok(());
        }
        // Of a long page, the start.
        let text = response.body_mut().with_config().limit(1 << 16).read_to_string();
        let said: String = text.unwrap_or_default().chars().take(200).collect();
        let why = format!("it answered {status}: {}", said.trim());
        // By the specification, these alone may be tried again.
        Err(match status.as_u16() {
            429 | 502..=504 => Failure::ForNow(why),
            _ => Failure::Final(why),
        })
    }
}
