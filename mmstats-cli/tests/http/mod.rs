//! A minimal HTTP client for a server on this machine.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::Value;

/// A response.
#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) status: u16,
    /// Their names are in lower case.
    pub(crate) headers: String,
    pub(crate) body: String,
}

impl Response {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let lines = self.headers.lines().filter_map(|line| line.split_once(": "));
        lines.into_iter().find(|(known, _)| *known == name).map(|(_, value)| value)
    }
}

/// Sends a request, which is a method and a path, to `host`, which is an address and a port.
pub(crate) fn ask(host: &str, request: &str, headers: &str, body: &str) -> Response {
    let mut stream = TcpStream::connect(host).unwrap();
    stream.set_read_timeout(Some(Duration::from_mins(1))).unwrap();
    let host = if headers.contains("Host:") { String::new() } else { format!("Host: {host}\r\n") };
    let length = body.len();
    write!(
        stream,
        "{request} HTTP/1.1\r\n{host}{headers}Content-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    )
    .unwrap();
    // Reads as much as the response declares, since not every server closes the connection.
    let mut answer = Vec::new();
    let mut part = [0; 4096];
    loop {
        if let Some(response) = complete(&answer) {
            return response;
        }
        let read = stream.read(&mut part).unwrap();
        assert_ne!(read, 0, "{}", String::from_utf8_lossy(&answer));
        answer.extend(&part[..read]);
    }
}

fn complete(answer: &[u8]) -> Option<Response> {
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n")?;
    let head = std::str::from_utf8(&answer[..end]).unwrap();
    let (first, headers) = head.split_once("\r\n").unwrap();
    let status = first.split(' ').nth(1).unwrap().parse().unwrap();
    let mut response = Response { status, headers: String::new(), body: String::new() };
    for line in headers.lines() {
        let (name, value) = line.split_once(':').unwrap();
        response.headers.extend([name.to_lowercase().as_str(), ": ", value.trim(), "\n"]);
    }
    let length = response.header("content-length").map_or(0, |length| length.parse().unwrap());
    let body = answer[end + 4..].get(..length)?;
    response.body = String::from_utf8(body.to_vec()).unwrap();
    Some(response)
}
