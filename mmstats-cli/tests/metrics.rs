//! What Prometheus scrapes: one series per program, in the format that it asks for.

mod http;
mod server;
mod tool;

use std::io::{Read as _, Write as _};
use std::mem::offset_of;
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::time::Duration;

use mmstats::__private_0_1::format::header::Header;
use mmstats::{
    Average, Constant, Counter, DynFamily, Gauge, Histogram, MmStats, Progress, Text, Timer, UpDown,
};

use serde_json::Value;

use http::ask;
use server::Server;
use tool::{Dir, Running};

#[derive(MmStats)]
struct Pool {
    /// Connections that "nobody" uses,
    /// with a \ in between.
    idle: UpDown,
}

#[derive(MmStats)]
struct Web {
    /// Requests that were answered.
    requests: Counter,
    #[mmstats(unit = "bytes")]
    sent_total: Counter,
    #[mmstats(key = "pool-name")]
    pools: [Pool; 2],
    #[mmstats(unit = "ms")]
    lag: Gauge<u64>,
    #[mmstats(merge = "max")]
    most: Gauge<u8>,
    answer: Timer<4>,
    #[mmstats(unit = "bytes")]
    size: Histogram,
    rows: Average,
    import: Progress,
    #[mmstats(name = "2xx.été")]
    odd: Counter,
    release: Text<8>,
    #[mmstats(initial = 80)]
    port: Constant<u16>,
}

fn dir() -> Dir {
    Dir::new(&[env!("CARGO_BIN_EXE_slurpstats")])
}

/// Returns the lines of a family, without the label that every series has.
fn family(text: &str, name: &str) -> Vec<String> {
    let is_of = |line: &&str| {
        let rest = line.trim_start_matches("# ");
        let rest = ["HELP ", "TYPE ", "UNIT "].iter().find_map(|word| rest.strip_prefix(word));
        let rest = rest.unwrap_or(line).strip_prefix(name);
        rest.is_some_and(|rest| rest.starts_with(|end: char| !end.is_alphanumeric()))
    };
    let program = format!(
        "program=\"{}\"",
        std::env::current_exe().unwrap().file_name().unwrap().to_str().unwrap()
    );
    let without = |line: &str| line.replace(&format!("{program},"), "").replace(&program, "");
    text.lines().filter(is_of).map(without).collect()
}

fn fill(web: &Web) {
    web.requests.add(3);
    web.sent_total.add(700);
    web.pools[1].idle.add(2);
    web.lag.set(1500);
    web.most.set(7);
    web.answer.record(Duration::from_millis(3));
    web.answer.record(Duration::from_secs(100));
    web.size.record(1000);
    web.rows.add(2.5);
    web.import.set_total(10);
    web.import.add(4);
    web.odd.inc();
    web.release.set("1.2");
}

#[derive(MmStats)]
struct Tenants {
    /// Requests by who sent them.
    #[mmstats(key = "tenant")]
    requests: DynFamily<Counter, 2, 16>,
}

#[test]
fn members_of_several_processes_are_series_and_so_is_what_had_no_room() {
    let dir = dir();
    let both = [dir.create::<Tenants>("a.mmstats"), dir.create::<Tenants>("b.mmstats")];
    for tenants in &both {
        tenants.requests.of("acme").add(3);
    }
    both[0].requests.of("\"quoted\"").inc();
    both[0].requests.of("one too many").inc();
    both[1].requests.of("a key that is too long").inc();
    let text = dir.out(&["--format", "prometheus", "."]);
    assert_eq!(
        family(&text, "requests_total"),
        [
            "# HELP requests_total Requests by who sent them.",
            "# TYPE requests_total counter",
            "requests_total{tenant=\"\\\"quoted\\\"\"} 1",
            "requests_total{tenant=\"acme\"} 6",
            "requests_total{tenant=\"other\"} 2",
        ]
    );
    assert_eq!(
        family(&text, "requests_overflow_total").last().unwrap(),
        "requests_overflow_total{} 2"
    );
    let plain = dir.out(&["."]);
    let line = |key: &str| {
        let mut lines = plain.lines().map(str::trim).filter_map(|line| line.strip_prefix(key));
        lines.next().map(str::trim).map(str::to_owned)
    };
    assert_eq!(line("requests{tenant=\"acme\"}").as_deref(), Some("3"));
    assert_eq!(line("requests.overflow").as_deref(), Some("1"));
}

#[test]
fn each_kind_has_its_type_and_base_unit() {
    let dir = dir();
    let web = dir.create::<Web>("web.mmstats");
    fill(&web);
    let text = dir.out(&["--format", "prometheus", "."]);
    assert_eq!(
        family(&text, "requests_total"),
        [
            "# HELP requests_total Requests that were answered.",
            "# TYPE requests_total counter",
            "requests_total{} 3"
        ]
    );
    assert_eq!(
        family(&text, "sent_bytes_total"),
        ["# TYPE sent_bytes_total counter", "sent_bytes_total{} 700"]
    );
    assert_eq!(
        family(&text, "pools_idle"),
        [
            "# HELP pools_idle Connections that \"nobody\" uses, with a \\\\ in between.",
            "# TYPE pools_idle gauge",
            "pools_idle{pool_name=\"0\"} 0",
            "pools_idle{pool_name=\"1\"} 2"
        ]
    );
    assert_eq!(family(&text, "lag_seconds"), ["# TYPE lag_seconds gauge", "lag_seconds{} 1.5"]);
    assert_eq!(family(&text, "_2xx__t__total").last().unwrap(), "_2xx__t__total{} 1");
    assert_eq!(family(&text, "rows"), ["# TYPE rows summary", "rows_count{} 1", "rows_sum{} 2.5"]);
    let answer = family(&text, "answer_seconds");
    assert_eq!(answer[0], "# TYPE answer_seconds histogram");
    let at = |bound: &str| {
        let line = format!("answer_seconds_bucket{{le=\"{bound}\"}} ");
        answer.iter().find_map(|found| found.strip_prefix(&line)).unwrap().to_owned()
    };
    // 3 ms are in the bucket up to 3 · 2²⁰ ns, and not in the one up to 2²¹ ns.
    assert_eq!(
        (at("0.002097152"), at("0.003145728"), at("+Inf")),
        ("0".into(), "1".into(), "2".into())
    );
    assert!(answer.contains(&"answer_seconds_count{} 2".to_owned()));
    assert!(answer.contains(&"answer_seconds_sum{} 100.003".to_owned()));
    let size = family(&text, "size_bytes");
    assert!(size.contains(&"size_bytes_bucket{le=\"768.0\"} 0".to_owned()), "{size:?}");
    assert!(size.contains(&"size_bytes_bucket{le=\"1024.0\"} 1".to_owned()), "{size:?}");
    assert_eq!(family(&text, "import_expected").last().unwrap(), "import_expected{} 10");
    let is_shown = |name: &str| text.lines().any(|line| line.starts_with(name));
    assert!(!is_shown("release") && !is_shown("port"), "texts and constants are no series");
    assert!(!text.contains("_created") && !text.contains("# EOF"));
}

#[test]
fn openmetrics_has_units_births_and_an_end() {
    let dir = dir();
    let web = dir.create::<Web>("web.mmstats");
    fill(&web);
    let text = dir.out(&["--format", "openmetrics", "."]);
    assert!(text.ends_with("\n# EOF\n"));
    let sent = family(&text, "sent_bytes");
    assert_eq!(
        sent[..3],
        ["# TYPE sent_bytes counter", "# UNIT sent_bytes bytes", "sent_bytes_total{} 700"]
    );
    let created: f64 = sent[3].strip_prefix("sent_bytes_created{} ").unwrap().parse().unwrap();
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    assert!((now.as_secs_f64() - created).abs() < 3600.0);
    assert_eq!(family(&text, "mmstats_process")[1], "# TYPE mmstats_process info");
}

#[test]
fn processes_of_a_program_are_one_series_that_does_not_fall_when_one_ends() {
    let dir = dir();
    let webs = ["a.mmstats", "b.mmstats"].map(|name| dir.create::<Web>(name));
    for web in &webs {
        fill(web);
    }
    let seen = || {
        let text = dir.out(&["--format", "prometheus", "."]);
        ["requests_total", "lag_seconds", "most", "mmstats_process_info"].map(|name| {
            let lines = family(&text, name).into_iter().filter(|line| !line.starts_with('#'));
            lines.collect::<Vec<_>>()
        })
    };
    let [requests, lag, most, processes] = seen();
    assert_eq!(
        (requests, lag),
        (vec!["requests_total{} 6".into()], vec!["lag_seconds{} 3.0".into()])
    );
    assert_eq!((most, processes.len()), (vec!["most{} 7".into()], 2));
    let [first, second] = webs;
    drop(first);
    let [requests, lag, _, processes] = seen();
    assert_eq!(
        (requests, lag),
        (vec!["requests_total{} 6".into()], vec!["lag_seconds{} 1.5".into()])
    );
    assert_eq!(processes.len(), 1);
    drop(second);
    let [requests, lag, most, processes] = seen();
    assert_eq!(requests, ["requests_total{} 6"]);
    assert!(lag.is_empty() && most.is_empty() && processes.is_empty());
}

#[test]
fn a_program_names_itself_and_a_process_has_a_series_only_if_asked_for() {
    let dir = dir();
    let create = |file: &str, program: &str| {
        let builder = Web::builder().directory(dir.root()).file(file);
        builder.program(program).create().unwrap()
    };
    let (a, b) = (create("a.mmstats", "front"), create("b.mmstats", "back"));
    a.requests.add(3);
    b.requests.add(4);
    let text = dir.out(&["--format", "prometheus", "."]);
    let lines = |text: &str| {
        let lines = text.lines().filter(|line| line.starts_with("requests_total{"));
        lines.map(str::to_owned).collect::<Vec<_>>()
    };
    let back = "requests_total{program=\"back\"";
    let front = "requests_total{program=\"front\"";
    assert_eq!(lines(&text), [format!("{back}}} 4"), format!("{front}}} 3")]);
    let text = dir.out(&["--format", "prometheus", "--per-process", "."]);
    let pid = std::process::id();
    let of_process = |start: &str, count| format!("{start},pid=\"{pid}\"}} {count}");
    assert_eq!(lines(&text), [of_process(back, 4), of_process(front, 3)]);
    let server = Dir::new(&[env!("CARGO_BIN_EXE_mmash")]);
    let server = Server::start(&server, &[dir.root().to_str().unwrap()]);
    let response = ask(&server.host, "GET /metrics?per-process", "", "");
    assert_eq!(lines(&response.body), [of_process(back, 4), of_process(front, 3)]);
}

#[derive(MmStats)]
struct Other {
    requests: Gauge<u64>,
    done: Counter,
}

#[test]
fn a_program_that_gives_a_name_another_type_is_refused_and_shown() {
    let dir = dir();
    let (web, other) = (dir.create::<Web>("web.mmstats"), dir.create::<Other>("other.mmstats"));
    other.done.inc();
    web.requests.inc();
    dir.patch("other.mmstats", offset_of!(Header, command), b"\"\n\\\xff");
    let text = dir.out(&["--format", "openmetrics", "."]);
    // The command with bytes that have to be escaped sorts first.
    assert!(text.contains("done_total{program=\"\\\"\\n\\\\\u{fffd}"), "{text}");
    let refused: Vec<_> =
        text.lines().filter(|line| line.starts_with("mmstats_refused{")).collect();
    assert_eq!(refused.len(), 1, "{text}");
    assert!(refused[0].starts_with("mmstats_refused{name=\"requests\",program="));
    assert_eq!(text.matches("# TYPE requests ").count(), 1);
}

#[test]
fn what_is_scraped_is_compressed_for_those_who_ask() {
    let dir = Dir::new(&[env!("CARGO_BIN_EXE_mmash")]);
    let web = dir.create::<Web>("web.mmstats");
    fill(&web);
    let server = Server::start(&dir, &[]);
    let mut stream = TcpStream::connect(&server.host).unwrap();
    write!(
        stream,
        "GET /metrics HTTP/1.1\r\nHost: {}\r\nAccept-Encoding: br, GZIP;q=0.5\r\nConnection: close\r\n\r\n",
        server.host
    )
    .unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
    let head = String::from_utf8_lossy(&answer[..end]).to_lowercase();
    assert!(head.contains("content-encoding: gzip"), "{head}");
    assert!(head.contains("content-type: text/plain; version=0.0.4"), "{head}");
    let mut text = String::new();
    flate2::read::GzDecoder::new(&answer[end + 4..]).read_to_string(&mut text).unwrap();
    let plain = ask(&server.host, "GET /metrics", "Accept-Encoding: gzip;q=0, identity\r\n", "");
    assert_eq!(plain.header("content-encoding"), None);
    assert_eq!(text, plain.body);
    assert!(answer.len() < text.len() / 3, "{} of {}", answer.len(), text.len());
}

/// Starts Prometheus, which scrapes a server; `None` if there is no Prometheus.
fn prometheus(dir: &Dir, target: &str) -> Option<(Running, String)> {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let host = format!("127.0.0.1:{port}");
    let config = format!(
        "global:\n  scrape_interval: 200ms\n  scrape_timeout: 200ms\nscrape_configs:\n- job_name: mmstats\n  \
         static_configs:\n  - targets: ['{target}']\n"
    );
    let (file, data) = (dir.path("prometheus.yml"), dir.path("prometheus"));
    std::fs::write(&file, config).unwrap();
    let mut command = Command::new("prometheus");
    command.arg(format!("--config.file={}", file.display()));
    command.arg(format!("--storage.tsdb.path={}", data.display()));
    command.arg(format!("--web.listen-address={host}"));
    command.args(["--enable-feature=native-histograms", "--log.level=error"]);
    if Command::new("prometheus").arg("--version").output().is_err() {
        return None;
    }
    Some((Running::spawn(&mut command), host))
}

/// Asks Prometheus until it has an answer.
fn query(host: &str, query: &str) -> f64 {
    let encoded = query.bytes().fold(String::new(), |text, byte| format!("{text}%{byte:02x}"));
    for _ in 0..600 {
        if TcpStream::connect(host).is_ok() {
            let answer = ask(host, &format!("GET /api/v1/query?query={encoded}"), "", "");
            // It is not ready at first.
            let json = if answer.status == 200 { answer.json() } else { Value::Null };
            if let Some(value) = json["data"]["result"][0]["value"][1].as_str() {
                return value.parse().unwrap();
            }
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    panic!("Prometheus has no answer to {query}");
}

#[test]
fn prometheus_computes_quantiles_of_native_histograms() {
    let test = "prometheus_computes_quantiles_of_native_histograms";
    let dir = Dir::new(&[env!("CARGO_BIN_EXE_mmash")]);
    let web = dir.create::<Web>("web.mmstats");
    // Half of them around a millisecond, and some a thousand times as long.
    let mut durations: Vec<u64> = (1..=20_000_u64)
        .map(|n| 400_000 + n * 7_919_317 % 1_300_000 + if n % 50 == 0 { n * 49_999 } else { 0 })
        .collect();
    for ns in &durations {
        web.answer.record(Duration::from_nanos(*ns));
    }
    web.requests.add(3);
    let server = Server::start(&dir, &[]);
    let Some((_prometheus, host)) = prometheus(&dir, &server.host) else {
        return mmstats_testing::skipped(test, "there is no Prometheus");
    };
    assert_eq!(query(&host, "histogram_count(answer_seconds)").to_bits(), 20_000_f64.to_bits());
    assert_eq!(query(&host, "requests_total").to_bits(), 3_f64.to_bits());
    durations.sort_unstable();
    for (quantile, rank) in [("0.5", 10_000), ("0.9", 18_000), ("0.99", 19_800), ("0.999", 19_980)]
    {
        #[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
        let truth = durations[rank - 1] as f64 / 1e9;
        let found = query(&host, &format!("histogram_quantile({quantile}, answer_seconds)"));
        assert!((found / truth - 1.0).abs() < 0.04, "p{quantile}: {found} for {truth}");
    }
}

#[test]
fn a_scraper_gets_what_it_prefers() {
    let dir = Dir::new(&[env!("CARGO_BIN_EXE_mmash")]);
    let web = dir.create::<Web>("web.mmstats");
    web.requests.add(3);
    let server = Server::start(&dir, &[]);
    let kind = |accept: &str| {
        let response = ask(&server.host, "GET /metrics", accept, "");
        assert_eq!(response.status, 200);
        assert!(response.body.contains("requests_total{program="));
        response.header("content-type").unwrap().to_owned()
    };
    let text = "text/plain; version=0.0.4; charset=utf-8";
    let open = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    assert_eq!(kind(""), text);
    // Prometheus 2.53, and with native histograms; VictoriaMetrics; a browser.
    assert_eq!(
        kind(
            "Accept: application/openmetrics-text;version=1.0.0;q=0.5,\
             application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=0.0.4;q=0.3,\
             */*;q=0.2\r\n"
        ),
        open
    );
    assert_eq!(
        kind(
            "Accept: application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;\
             encoding=delimited;q=0.4,application/openmetrics-text;version=1.0.0;q=0.5,\
             text/plain;version=0.0.4;q=0.3\r\n"
        ),
        open
    );
    assert_eq!(kind("Accept: text/plain;version=0.0.4;q=1,*/*;q=0.1\r\n"), text);
    assert_eq!(kind("Accept: text/html,*/*;q=0.8\r\n"), text);
    assert_eq!(kind("Accept: application/openmetrics-text;q=0,text/plain;q=nonsense\r\n"), text);
    assert_eq!(ask(&server.host, "POST /metrics", "", "").status, 405);
}

#[test]
fn promtool_finds_nothing_wrong() {
    let dir = dir();
    let web = dir.create::<Web>("web.mmstats");
    fill(&web);
    let text = dir.out(&["--format", "prometheus", "."]);
    let promtool = Command::new("promtool")
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let Ok(mut promtool) = promtool else {
        mmstats_testing::skipped("promtool_finds_nothing_wrong", "there is no promtool");
        return;
    };
    promtool.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let found = promtool.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&found.stdout) + String::from_utf8_lossy(&found.stderr);
    // It advises help texts for all.
    let said: Vec<_> = said.lines().filter(|line| !line.contains("no help text")).collect();
    assert!(said.is_empty(), "{said:#?}\n{text}");
}
