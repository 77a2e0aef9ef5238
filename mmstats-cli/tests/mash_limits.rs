//! What clients of `mmash` may take from it, and from each other.

mod http;
mod server;
mod tool;

use std::fs;
use std::io::{Read as _, Write as _};
use std::iter;
use std::net::TcpStream;
use std::time::Duration;

use mmstats::{Counter, MmStats, Text};

use server::Server;
use tool::Dir;

#[derive(MmStats)]
struct Job {
    done: Counter,
}

/// Longer than any test takes.
const NEVER: &str = "3600";

fn dir() -> Dir {
    Dir::new(&[env!("CARGO_BIN_EXE_mmash")])
}

/// Sends the beginning of a request.
fn half_sent(server: &Server) -> TcpStream {
    let mut client = TcpStream::connect(&server.host).unwrap();
    client.set_read_timeout(Some(Duration::from_mins(1))).unwrap();
    client.write_all(b"GET /stats/ HTTP/1.1\r\nHost: local").unwrap();
    client
}

/// Reads until the server closes the connection.
fn rest(client: &mut TcpStream) -> Vec<u8> {
    let mut rest = Vec::new();
    // A connection that is closed before all was read is reset.
    let _ = client.read_to_end(&mut rest);
    rest
}

#[test]
fn half_sent_requests_neither_lock_others_out_nor_keep_files_from_being_read() {
    let dir = dir();
    for index in 0..300 {
        drop(dir.create::<Job>(&format!("{index}.mmstats")));
    }
    let limited = ["prlimit", "--nofile=256"];
    let arguments = ["--port", "0", "--client-timeout", NEVER];
    let server = Server::spawn(&mut dir.wrapped(&limited, &arguments));
    let clients: Vec<TcpStream> = iter::repeat_with(|| half_sent(&server)).take(250).collect();
    let done = server.json("/stats/done");
    assert_eq!(done["done"].as_array().unwrap().len(), 300);
    assert!(server.json("/live")["notices"].as_array().unwrap().is_empty());
    assert!(server.open_sockets() < 100, "{}", server.open_sockets());
    drop(clients);
}

#[test]
fn if_there_are_too_many_connections_the_one_that_waits_longest_is_closed() {
    let dir = dir();
    let server = Server::start(&dir, &["--connections", "3", "--client-timeout", NEVER]);
    let mut clients: Vec<TcpStream> = iter::repeat_with(|| half_sent(&server)).take(3).collect();
    assert_eq!(server.get("/stats/").status, 200);
    assert!(rest(&mut clients[0]).is_empty());
    for client in &mut clients[1..] {
        client.write_all(b"host\r\nConnection: close\r\n\r\n").unwrap();
        assert!(rest(client).starts_with(b"HTTP/1.1 200 OK"));
    }
}

#[test]
fn a_client_has_limited_time_for_its_request() {
    let dir = dir();
    let server = Server::start(&dir, &["--client-timeout", "0.1"]);
    let mut silent = TcpStream::connect(&server.host).unwrap();
    assert!(rest(&mut silent).is_empty());
    assert!(rest(&mut half_sent(&server)).is_empty());
    // Between two requests as well.
    let mut idle = half_sent(&server);
    idle.write_all(b"host\r\n\r\n").unwrap();
    assert!(rest(&mut idle).starts_with(b"HTTP/1.1 200 OK"));
}

#[derive(MmStats)]
struct Large {
    texts: [Text<16_384>; 200],
}

#[test]
fn a_client_has_limited_time_to_take_an_answer() {
    let dir = dir();
    let large = dir.create::<Large>("a.mmstats");
    for text in &large.texts {
        text.set(&"\u{1}".repeat(16_384));
    }
    let server = Server::start(&dir, &["--client-timeout", "0.1"]);
    let before = server.open_sockets();
    let mut slow = TcpStream::connect(&server.host).unwrap();
    slow.write_all(b"GET /json HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    let mut start = [0; 2000];
    slow.read_exact(&mut start).unwrap();
    let start = String::from_utf8_lossy(&start);
    let (_, length) = start.split_once("content-length: ").unwrap();
    let length: usize = length.split("\r\n").next().unwrap().parse().unwrap();
    // The client reads no further, and the server closes the connection.
    while server.open_sockets() > before {
        std::thread::yield_now();
    }
    assert!(rest(&mut slow).len() < length);
}

#[test]
fn a_long_unknown_label_is_refused_and_compared_with_none() {
    let dir = dir();
    drop(dir.create::<Job>("a.mmstats"));
    let server = Server::start(&dir, &[]);
    let unknown = server.get(&format!("/stats/{}?exact=1", "x".repeat(10_000)));
    assert_eq!(unknown.status, 404);
    assert!(
        unknown.body.ends_with(
            "…`: there are `done`, `sys.created`, `sys.gid`, `sys.pid`, `sys.tid` and `sys.uid`\n"
        ),
        "{unknown:?}"
    );
    assert!(unknown.body.len() < 500);
    let long = "x".repeat(60_000);
    for path in ["/stats/", "/files/", "/stats/?glob=", "/live?label=", "/json?glob="] {
        let refused = server.get(&format!("{path}{long}"));
        assert_eq!(refused.status, 414, "{path}");
        assert_eq!(refused.body, "path and parameters are too long: at most 16384 bytes\n");
    }
    let many = server.get(&format!("/live?{}", "label=a&".repeat(300)));
    assert_eq!((many.status, many.body.as_str()), (400, "too many parameters: at most 256\n"));
    let stars = server.get(&format!("/files/{}", "*a".repeat(1000)));
    assert_eq!(
        (stars.status, stars.body.as_str()),
        (400, "pattern too long: at most 1024 bytes\n")
    );
    assert_ne!(server.get(&format!("/{}", "x".repeat(200_000))).status, 200);
}

#[test]
fn pages_of_other_sites_cannot_ask_for_data() {
    let dir = dir();
    let server = Server::start(&dir, &[]);
    let status = |path: &str, site: &str, how: &str| {
        let headers = format!("Sec-Fetch-Site: {site}\r\n{how}");
        http::ask(&server.host, &format!("GET {path}"), &headers, "").status
    };
    let image = "Sec-Fetch-Dest: image\r\n";
    let frame = "Sec-Fetch-Dest: iframe\r\nSec-Fetch-User: ?1\r\n";
    let window = "Sec-Fetch-Dest: document\r\n";
    let link = "Sec-Fetch-Dest: document\r\nSec-Fetch-User: ?1\r\n";
    for path in ["/stats/", "/stats/done?exact=1", "/files/", "/files/a*", "/json", "/live"] {
        for site in ["cross-site", "same-site"] {
            for how in [image, frame, window, ""] {
                assert_eq!(status(path, site, how), 403, "{path} {site} {how}");
            }
            assert_ne!(status(path, site, link), 403, "{path}");
        }
        for site in ["same-origin", "none"] {
            assert_ne!(status(path, site, image), 403, "{path} {site}");
        }
    }
    // Pages read no files.
    for path in ["/", "/graph/", "/static/icon.svg"] {
        assert_eq!(status(path, "cross-site", image), 200, "{path}");
    }
}

#[test]
fn a_page_lists_and_the_server_reads_a_limited_number_of_processes() {
    let dir = dir();
    drop(dir.create::<Job>("0.mmstats"));
    for index in 1..1003 {
        fs::copy(dir.path("0.mmstats"), dir.path(&format!("{index}.mmstats"))).unwrap();
    }
    for index in 0..105 {
        fs::write(dir.path(&format!("bad-{index}.mmstats")), "?").unwrap();
    }
    let server = Server::start(&dir, &["--interval", NEVER]);
    let live = server.json("/live");
    assert_eq!(live["files"].as_array().unwrap().len(), 1000);
    let notices = live["notices"].as_array().unwrap();
    assert_eq!(notices.len(), 102);
    assert_eq!(notices[100], "and 5 more");
    assert_eq!(notices[101], "3 more processes are not shown: filter them");
    let few = Server::start(&dir, &["--interval", NEVER, "--files", "20", "."]);
    let live = few.json("/live");
    assert_eq!(live["files"].as_array().unwrap().len(), 20);
    assert_eq!(live["notices"][0], ".: 1088 of 1108 files are not read: there are too many");
    // Graphs are of all.
    assert_eq!(server.json("/live?label=done")["files"].as_array().unwrap().len(), 1003);
}
