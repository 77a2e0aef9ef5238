//! `mmstats export`: to a real server, to a real collector of files.

mod tool;

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

use flate2::read::GzDecoder;
use mmstats::{Counter, Family, Gauge, Histogram, Label, MmStats, Timer};
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::number_data_point::Value as Number;
use prost::Message as _;

use tool::{Dir, Outcome, Running};

#[derive(Label)]
enum Status {
    Ok,
    Failed,
}

#[derive(MmStats)]
struct Web {
    /// Requests that were answered.
    requests: Family<Status, Counter>,
    load: Gauge<f64>,
    latency: Timer,
    #[mmstats(unit = "bytes")]
    size: Histogram,
}

fn fill(web: &Web) {
    web.requests[Status::Ok].add(3);
    web.requests[Status::Failed].inc();
    web.load.set(0.75);
    web.latency.record(Duration::from_millis(3));
    web.latency.record(Duration::from_secs(2));
    web.size.record(0);
    web.size.record_n(1000, 5);
}

/// A request, and what was answered.
struct Request {
    head: String,
    body: Vec<u8>,
}

/// Takes a connection, reads its request, and answers it.
fn answer(server: &TcpListener, answer: &str) -> Request {
    let (mut stream, _) = server.accept().unwrap();
    let request = read(&stream);
    stream.write_all(answer.as_bytes()).unwrap();
    request
}

fn read(stream: &TcpStream) -> Request {
    let mut lines = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        assert_ne!(lines.read_line(&mut head).unwrap(), 0, "{head}");
    }
    let head = head.to_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    let mut body = vec![0; length.unwrap().parse().unwrap()];
    lines.read_exact(&mut body).unwrap();
    Request { head, body }
}

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

fn server() -> (TcpListener, String) {
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/v1/metrics", server.local_addr().unwrap());
    (server, url)
}

fn texts(attributes: &[KeyValue]) -> BTreeMap<&str, &str> {
    let pairs = attributes.iter().map(|attribute| {
        match attribute.value.as_ref().and_then(|value| value.value.as_ref()) {
            Some(Any::StringValue(text)) => (attribute.key.as_str(), text.as_str()),
            other => panic!("{other:?}"),
        }
    });
    pairs.collect()
}

#[test]
fn a_collector_gets_what_every_kind_counted() {
    let dir = Dir::of_mmstats();
    let web = dir.create::<Web>("web.mmstats");
    fill(&web);
    let (server, url) = server();
    let arguments = ["export", "--once", "--otlp", &url, "--header", "X-Key: abc", "."];
    let tool = Running::spawn(&mut dir.command(&arguments));
    let request = answer(&server, OK);
    assert!(tool.end().0.success());
    assert!(request.head.starts_with("post /v1/metrics http/1.1\r\n"), "{}", request.head);
    for header in ["content-type: application/x-protobuf", "content-encoding: gzip", "x-key: abc"] {
        assert!(request.head.contains(header), "{}", request.head);
    }
    let mut body = Vec::new();
    GzDecoder::new(&request.body[..]).read_to_end(&mut body).unwrap();
    let message = ExportMetricsServiceRequest::decode(&body[..]).unwrap();
    assert_eq!(message.encoded_len(), body.len(), "nothing in it is unknown");
    let [resource] = &message.resource_metrics[..] else { panic!("{message:?}") };
    let own = std::env::current_exe().unwrap();
    let own = own.file_name().unwrap().to_str().unwrap();
    let attributes = &resource.resource.as_ref().unwrap().attributes;
    assert_eq!(texts(attributes), BTreeMap::from([("service.name", own)]));
    let [scope] = &resource.scope_metrics[..] else { panic!("{resource:?}") };
    assert_eq!(scope.scope.as_ref().unwrap().name, "mmstats");
    let metric = |name: &str| scope.metrics.iter().find(|metric| metric.name == name).unwrap();

    let requests = metric("requests");
    assert_eq!(requests.description, "Requests that were answered.");
    let Some(Data::Sum(sum)) = &requests.data else { panic!("{requests:?}") };
    assert_eq!((sum.aggregation_temporality, sum.is_monotonic), (2, true));
    let counts: Vec<_> = sum
        .data_points
        .iter()
        .map(|point| (texts(&point.attributes)["status"], point.value))
        .collect();
    assert_eq!(counts, [("ok", Some(Number::AsInt(3))), ("failed", Some(Number::AsInt(1)))]);
    let point = &sum.data_points[0];
    assert!(0 < point.start_time_unix_nano && point.start_time_unix_nano < point.time_unix_nano);

    let Some(Data::Gauge(load)) = &metric("load").data else { panic!("{scope:?}") };
    assert_eq!(load.data_points[0].value, Some(Number::AsDouble(0.75)));

    assert_eq!(metric("latency_seconds").unit, "s");
    let Some(Data::ExponentialHistogram(latency)) = &metric("latency_seconds").data else {
        panic!("{scope:?}");
    };
    let point = &latency.data_points[0];
    assert_eq!((point.count, point.sum, point.scale, point.zero_count), (2, Some(2.003), 4, 0));
    let buckets = point.positive.as_ref().unwrap();
    let bounds: Vec<_> = (buckets.offset..)
        .zip(&buckets.bucket_counts)
        .filter(|(_, count)| **count > 0)
        .map(|(index, _)| (f64::from(index) / 16.0).exp2())
        .collect();
    // Each bucket ends a 23rd above its bound.
    assert_eq!(bounds.len(), 2);
    assert!(bounds[0] < 0.003_1 && bounds[0] > 0.002_8, "{bounds:?}");
    assert!(bounds[1] < 2.1 && bounds[1] > 1.9, "{bounds:?}");

    assert_eq!(metric("size_bytes").unit, "By");
    let Some(Data::ExponentialHistogram(size)) = &metric("size_bytes").data else {
        panic!("{scope:?}");
    };
    let point = &size.data_points[0];
    assert_eq!((point.count, point.sum, point.zero_count), (6, Some(5000.0), 1));
    assert_eq!(point.positive.as_ref().unwrap().bucket_counts, [5]);
}

#[test]
fn a_collector_that_has_no_time_is_asked_again() {
    let dir = Dir::of_mmstats();
    fill(&dir.create::<Web>("web.mmstats"));
    let (server, url) = server();
    let arguments = ["export", "--once", "--otlp", &url, "."];
    let tool = Running::spawn(&mut dir.command(&arguments));
    let busy = "HTTP/1.1 429 Too Many Requests\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    let first = answer(&server, busy);
    // And once not at all.
    drop(server.accept().unwrap());
    let again = answer(&server, OK);
    assert_eq!(first.body, again.body);
    assert!(tool.end().0.success());
}

#[test]
fn a_collector_that_refuses_is_reported() {
    let dir = Dir::of_mmstats();
    fill(&dir.create::<Web>("web.mmstats"));
    let (server, url) = server();
    let arguments = ["export", "--once", "--otlp", &url, "."];
    let tool = Running::spawn(&mut dir.command(&arguments));
    let refusal =
        "HTTP/1.1 400 Bad Request\r\nContent-Length: 9\r\nConnection: close\r\n\r\nno \x1b[31m!";
    answer(&server, refusal);
    let (status, said) = tool.end();
    assert_eq!(status.code(), Some(2));
    assert!(said.contains("it answered 400 Bad Request: no"), "{said}");
    assert!(!said.contains('\x1b'), "{said:?}");
    let arguments = ["export", "--once", "--interval", "1", "--otlp", &url, "."];
    let garbage = Running::spawn(&mut dir.command(&arguments));
    for _ in 0..2 {
        answer(&server, "SSH-2.0-OpenSSH\r\n");
    }
    drop(server);
    let (status, said) = garbage.end();
    assert_eq!(status.code(), Some(2), "{said}");
}

#[test]
fn it_ends_when_it_is_told_to() {
    let dir = Dir::of_mmstats();
    fill(&dir.create::<Web>("web.mmstats"));
    let (server, url) = server();
    let arguments = ["export", "--interval", "20ms", "--otlp", &url, "."];
    let tool = Running::spawn(&mut dir.command(&arguments));
    answer(&server, OK);
    answer(&server, OK);
    let pid = rustix::process::Pid::from_raw(tool.pid().try_into().unwrap()).unwrap();
    // While nobody answers.
    drop(server);
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
    assert!(tool.end().0.success());
}

#[test]
fn a_text_file_is_replaced_in_one_step() {
    let dir = Dir::of_mmstats();
    let web = dir.create::<Web>("web.mmstats");
    fill(&web);
    let place = dir.path("node-exporter");
    fs::create_dir(&place).unwrap();
    let arguments = ["export", "--once", "--textfile", place.to_str().unwrap(), "."];
    for count in [3, 4] {
        assert_eq!(Outcome::of(&mut dir.command(&arguments)).code, 0);
        let text = fs::read_to_string(place.join("mmstats.prom")).unwrap();
        assert!(text.contains(&format!("status=\"ok\"}} {count}\n")), "{text}");
        assert!(!text.contains("_created"), "the collector would take it for a series");
        web.requests[Status::Ok].inc();
    }
    let names: Vec<_> =
        fs::read_dir(&place).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["mmstats.prom"]);
    let nowhere = ["export", "--once", "--textfile", "nowhere", "."];
    let outcome = Outcome::of(&mut dir.command(&nowhere));
    assert_eq!(outcome.code, 2);
    assert!(outcome.err.contains("nowhere: No such file"), "{}", outcome.err);
}

#[test]
fn arguments_that_mean_nothing_are_refused() {
    let dir = Dir::of_mmstats();
    for arguments in [
        &["export"][..],
        &["export", "--otlp", "https://host/v1/metrics"],
        &["export", "--otlp", "http:///v1/metrics"],
        &["export", "--textfile", ".", "--header", "a: b"],
        &["export", "--otlp", "http://host", "--header", "nonsense"],
    ] {
        assert_eq!(Outcome::of(&mut dir.command(arguments)).code, 2, "{arguments:?}");
    }
}
