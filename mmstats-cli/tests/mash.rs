//! `mmash`, as scripts and a real browser see it.

mod browser;
mod http;
mod server;
mod tool;

use std::collections::{BTreeMap, HashSet};
use std::fs::{self, File};
use std::io::Write as _;
use std::mem::{self, offset_of};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::process::{self, Command};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use mmstats::__private_0_1::format::header::{VITALS_OFFSET, VitalsBytes};
use mmstats::{Average, Constant, Counter, Gauge, Mapped, MmStats, Progress, Text, Timer};
use rustix::process::Signal;
use serde_json::{Value, json};

use browser::{Browser, ENTER, ESCAPE, LEFT};
use mmstats_testing::{Child, again, role, say, wait_for_parent};
use server::Server;
use tool::{Dir, Outcome};

#[derive(MmStats)]
struct Job {
    #[mmstats(initial = 1000)]
    total: Constant<u64>,
    /// Users processed so far.
    done: Counter,
    load: Gauge<f64>,
    tries: Average,
    user: Text<64>,
    step: Timer,
}

/// Longer than any test takes.
const NEVER_AGAIN: &[&str] = &["--interval", "3600"];

/// As short as possible, so that no test has to wait.
const AT_ONCE: &[&str] = &["--interval", "0.05"];

fn dir() -> Dir {
    Dir::new(&[env!("CARGO_BIN_EXE_mmash")])
}

fn fill(job: &Job) {
    job.done.add(120);
    job.load.set(0.5);
    job.tries.add(3.0);
    job.user.set("Zoë");
    job.step.record(Duration::from_millis(2));
}

/// A version 1 file with fields that can change: label, code and value.
fn version_1(fields: &[(&str, &str, &[u8])]) -> Vec<u8> {
    let text =
        |text: &str| [&u16::try_from(text.len()).unwrap().to_le_bytes(), text.as_bytes()].concat();
    let field = |(label, code, value): &(&str, &str, &[u8])| {
        // Of two buffers, the one to read is not 0, which is being written.
        [text(label), text(code), vec![0], value.to_vec(), value.to_vec()].concat()
    };
    [vec![1], fields.iter().flat_map(field).collect(), vec![0, 0]].concat()
}

/// Sorts arrays: in the original, their order is that of the directory.
fn sorted(mut value: Value) -> Value {
    let arrays = value.as_object_mut().into_iter().flat_map(|object| object.values_mut());
    for array in arrays.filter_map(Value::as_array_mut) {
        array.sort_by_key(Value::to_string);
    }
    value
}

/// Compares with the recorded answers of Python's mmstats 0.8 for the same files.
#[test]
fn it_answers_as_the_original_does() {
    let dir = dir();
    for name in ["fresh", "one-update", "prefixed", "script"] {
        dir.fixture(&format!("{name}.mmstats"));
    }
    let server = Server::start(&dir, &[]);
    let recorded = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/mash/original.json");
    let recorded = fs::read_to_string(recorded).unwrap();
    let recorded = recorded.replace("DIR", dir.root().to_str().unwrap());
    let recorded: BTreeMap<String, Value> = serde_json::from_str(&recorded).unwrap();
    for (url, original) in recorded {
        let response = server.get(&url);
        assert_eq!(json!(response.status), original["status"], "{url}: {response:?}");
        match response.status {
            200 => assert_eq!(sorted(response.json()), sorted(original["body"].clone()), "{url}"),
            _ => assert_eq!(response.header("content-type"), Some("text/plain; charset=utf-8")),
        }
    }
}

#[test]
fn both_versions_are_served_alike() {
    let dir = dir();
    let job = dir.create::<Job>("a.mmstats");
    fill(&job);
    dir.fixture("script.mmstats");
    let server = Server::start(&dir, &["a.mmstats", "script.mmstats"]);
    assert_eq!(server.json("/stats/done?exact=1"), json!({"done": [120, 125]}));
    assert_eq!(server.json("/stats/done?aggr=sum"), json!({"done": 245}));
    assert_eq!(server.json("/stats/user"), json!({"user": ["Zoë", "rob"]}));
    assert_eq!(server.json("/stats/t"), json!({"total": [1000], "tries": [3.0]}));
    assert_eq!(server.json("/stats/step"), json!({"step": [0.002]}));
    assert_eq!(server.json("/stats/done?glob=a*"), json!({"done": [120]}));
    // `exact=0` is false, unlike in the original.
    assert_eq!(server.json("/stats/d?exact=0"), json!({"done": [120, 125]}));
    let unknown = server.get("/stats/doen?exact=1");
    assert_eq!(unknown.status, 404);
    assert_eq!(unknown.body, "no file has a field `doen`: did you mean `done`?\n");
    let files = server.json("/files/");
    assert_eq!(files, json!({"files": ["a.mmstats", "script.mmstats"]}));
}

#[test]
fn the_tools_own_json_is_served_too() {
    let dir = dir();
    let job = dir.create::<Job>("a.mmstats");
    fill(&job);
    drop(job);
    dir.fixture("script.mmstats");
    let slurp = |arguments: &[&str]| {
        let words = [&[env!("CARGO_BIN_EXE_slurpstats"), "--format", "json"], arguments].concat();
        serde_json::from_str::<Value>(&Outcome::of(&mut dir.program(&words)).out).unwrap()
    };
    let server = Server::start(&dir, &[]);
    assert_eq!(server.json("/json"), slurp(&[]));
    assert_eq!(server.json("/json?lanes&help-texts"), slurp(&["--lanes", "--help-texts"]));
    let one = server.json("/json?glob=a.*");
    assert_eq!(one.as_array().unwrap().len(), 1);
    assert_eq!(one[0]["stats"]["done"], 120);
    assert_eq!(one[0].get("rates"), None);
}

#[test]
fn errors_say_what_is_wrong() {
    let dir = dir();
    fs::write(dir.path("broken.mmstats"), b"\x02mm").unwrap();
    dir.fixture("script.mmstats");
    let server = Server::start(&dir, &[]);
    for (path, status, why) in [
        (
            "/stats/done?aggr=median",
            400,
            "unknown aggr `median`: expected one of avg, one, max, min, sum",
        ),
        ("/stats/user?aggr=sum", 400, "cannot aggregate `user` this way"),
        ("/stats/done?glob=a***", 400, "invalid pattern `a***`: "),
        ("/nowhere", 404, "not found: /nowhere: `mmash --help`"),
        ("/static/../mod.rs", 404, "not found: "),
        ("/static/mod.rs", 404, "not found: mod.rs"),
    ] {
        let response = server.get(path);
        assert_eq!(response.status, status, "{path}: {response:?}");
        assert!(response.body.starts_with(why), "{path}: {response:?}");
        assert_eq!(response.header("content-type"), Some("text/plain; charset=utf-8"));
    }
    for method in ["POST", "PUT", "DELETE", "OPTIONS"] {
        assert_eq!(http::ask(&server.host, &format!("{method} /stats/"), "", "").status, 405);
    }
    // The broken file is reported, and the others are served.
    assert_eq!(server.json("/stats/done"), json!({"done": [125]}));
    let live = server.json("/live");
    assert!(live["notices"][0].as_str().unwrap().contains("broken.mmstats: "), "{live}");
    assert_eq!(live["files"].as_array().unwrap().len(), 1);
}

#[test]
fn a_page_of_another_site_cannot_read_it() {
    let dir = dir();
    let server = Server::start(&dir, &["--allow-host", "Stats.example"]);
    let of = |path: &str, host: &str| {
        http::ask(&server.host, &format!("GET {path}"), &format!("Host: {host}\r\n"), "")
    };
    for path in ["/", "/stats/", "/live", "/static/list.js", "/nowhere"] {
        let refused = of(path, "evil.example");
        assert_eq!(refused.status, 421, "{path}");
        assert!(refused.body.contains("--allow-host"), "{refused:?}");
    }
    for host in ["localhost", "127.0.0.1:1", "stats.example", "[::1]"] {
        assert_eq!(of("/", host).status, 200, "{host}");
    }
    let absolute = "GET http://evil.example/stats/";
    assert_eq!(http::ask(&server.host, absolute, "", "").status, 421);
    for path in ["/", "/graph/", "/stats/", "/live", "/static/list.js", "/nowhere"] {
        let response = of(path, "localhost");
        let policy = response.header("content-security-policy").unwrap();
        assert!(policy.starts_with("default-src 'none'; script-src 'self';"), "{policy}");
        assert!(!policy.contains("unsafe"), "{policy}");
        assert_eq!(response.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(response.header("access-control-allow-origin"), None);
    }
}

#[test]
fn old_addresses_lead_to_new_ones() {
    let dir = dir();
    let server = Server::start(&dir, &[]);
    for (path, location) in
        [("/graph?label=a%20b", "graph/?label=a%20b"), ("/stats", "stats/"), ("/files", "files/")]
    {
        let response = server.get(path);
        assert_eq!((response.status, response.header("location")), (308, Some(location)));
    }
}

#[test]
fn clients_share_one_reader_and_without_clients_nothing_is_read() {
    let dir = dir();
    let job = dir.create::<Job>("a.mmstats");
    let server = Server::start(&dir, NEVER_AGAIN);
    // A page alone reads no files.
    assert_eq!(server.get("/").status, 200);
    assert_eq!(server.open_files(), 0);
    job.done.add(3);
    assert_eq!(server.json("/stats/done"), json!({"done": [3]}));
    assert_eq!(server.open_files(), 1);
    job.done.add(4);
    assert_eq!(server.json("/stats/done"), json!({"done": [3]}));
    assert_eq!(server.json("/stats/done?aggr=sum"), json!({"done": 3}));
    assert_eq!(server.json("/json")[0]["stats"]["done"], 3);
    assert_eq!(server.json("/live")["files"][0]["headline"]["value"], "3");
}

#[test]
fn changes_have_rates() {
    let dir = dir();
    let job = dir.create::<Job>("a.mmstats");
    let server = Server::start(&dir, AT_ONCE);
    let path = "/live?open=none";
    assert_eq!(server.json(path)["files"][0]["headline"]["rate"], Value::Null);
    assert_eq!(server.json(path)["files"][0]["stats"], Value::Null);
    server.until(path, |live| live["files"][0]["headline"]["rate"] == "0");
    job.done.add(5);
    let counted = server.until(path, |live| {
        live["files"][0]["headline"]["point"].as_f64().is_some_and(|rate| rate > 0.0)
    });
    assert_eq!(counted["files"][0]["headline"]["value"], "5");
    let json = server.until("/json?rates", |json| json[0]["rates"]["done"] == 0.0);
    assert_eq!(json[0]["changes"]["done"], 0);
    // Later clients find it in the history.
    let live = server.json("/live?label=done&history");
    let history = live["files"][0]["stats"][0]["history"].as_array().unwrap();
    assert!(history.iter().any(|point| point.as_f64() > Some(0.0)), "{history:?}");
    drop(job);
    server.until(path, |live| live["files"][0]["state"] == "closed");
    fs::remove_file(dir.path("a.mmstats")).unwrap();
    server.until(path, |live| live["files"].as_array().unwrap().is_empty());
    assert_eq!(server.open_files(), 0);
}

#[test]
fn a_page_gets_only_what_it_asks_for() {
    let dir = dir();
    let jobs: Vec<Mapped<Job>> =
        (0..6).map(|index| dir.create(&format!("job-{index}.mmstats"))).collect();
    dir.fixture("script.mmstats");
    let server = Server::start(&dir, NEVER_AGAIN);
    let files = |query: &str| server.json(&format!("/live?{query}"))["files"].clone();
    let open = |query: &str| {
        let files = files(query);
        let all = files.as_array().unwrap();
        (all.len(), all.iter().filter(|file| !file["stats"].is_null()).count())
    };
    // Few processes are all open; many are closed until the user opens one.
    assert_eq!(open(""), (7, 0));
    assert_eq!(open("filter=job-3"), (1, 1));
    let id = files("filter=job-3")[0]["id"].as_str().unwrap().to_owned();
    assert_eq!(open(&format!("open={id}")), (7, 1));
    assert_eq!(open("state=live"), (6, 0));
    // A process that was found by a label shows only this statistic.
    let found = files("filter=OTHERDB");
    assert_eq!(found.as_array().unwrap().len(), 1);
    assert_eq!(found[0]["stats"].as_array().unwrap().len(), 1);
    assert_eq!(found[0]["stats"][0]["label"], "otherdb_timer");
    let labels = server.json("/live?file=&drawable")["drawable"].clone();
    assert_eq!(labels, json!(["done", "load", "missing_email", "otherdb_timer", "step", "tries"]));
    drop(jobs);
}

#[test]
fn signals_end_it_even_with_clients() {
    let dir = dir();
    for signal in [Signal::INT, Signal::TERM] {
        let server = Server::start(&dir, &[]);
        // One client keeps its connection, and one has sent half of its request.
        let mut idle = TcpStream::connect(&server.host).unwrap();
        idle.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
        let mut slow = TcpStream::connect(&server.host).unwrap();
        slow.write_all(b"GET / HT").unwrap();
        assert_eq!(server.get("/").status, 200);
        let (status, err) = server.signal(signal);
        assert_eq!((status.code(), err.as_str()), (Some(0), ""));
    }
}

#[test]
fn a_failure_to_listen_is_reported() {
    let dir = dir();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let outcome = dir.run(&["--port", &port]);
    assert_eq!((outcome.code, outcome.out.as_str()), (2, ""));
    let expected =
        format!("mmash: cannot listen at 127.0.0.1, port {port}: Address already in use");
    assert!(outcome.err.starts_with(&expected), "{}", outcome.err);
    let outcome = dir.run(&["--host", "256.1.1.1", "--port", "0"]);
    assert_eq!(outcome.code, 2);
    assert!(outcome.err.starts_with("mmash: cannot listen at 256.1.1.1, port 0: "));
    assert_eq!(dir.run(&["--interval", "0.01"]).code, 2);
}

#[test]
fn the_originals_settings_are_read() {
    let dir = dir();
    dir.fixture("script.mmstats");
    dir.fixture("fresh.mmstats");
    let pattern = dir.path("s*.mmstats");
    let settings = format!(
        "HOST = '127.0.0.2'\nPORT = 1 # not this\nMMSTATS_GLOB = '{}'\nDEBUG = True\n",
        pattern.display()
    );
    fs::write(dir.path("settings.py"), settings).unwrap();
    let with_settings = |arguments: &[&str]| {
        let mut command = dir.command(arguments);
        command.env("MMASH_SETTINGS", "settings.py");
        command
    };
    let server = Server::spawn(&mut with_settings(&["--port", "0"]));
    assert!(server.host.starts_with("127.0.0.2:"), "{}", server.host);
    assert_eq!(server.json("/files/")["files"].as_array().unwrap().len(), 1);
    fs::write(dir.path("settings.py"), "PORT = os.environ['PORT']\n").unwrap();
    let outcome = Outcome::of(&mut with_settings(&[]));
    assert_eq!(outcome.code, 2);
    assert!(outcome.err.contains("MMASH_SETTINGS: settings.py: line 1: expected a port"));
}

#[test]
fn listening_to_other_machines_is_reported() {
    let dir = dir();
    let server = Server::start(&dir, &["--host", "0.0.0.0"]);
    let port = server.host.rsplit_once(':').unwrap().1.to_owned();
    let headers = "Host: any.example\r\n";
    assert_eq!(http::ask(&format!("127.0.0.1:{port}"), "GET /", headers, "").status, 200);
    let (status, err) = server.signal(Signal::TERM);
    assert_eq!(status.code(), Some(0));
    assert_eq!(err, "mmash: everyone who can connect to this machine can read these statistics\n");
}

#[test]
fn a_settings_file_that_is_a_pipe_is_refused() {
    let dir = dir();
    let pipe = dir.path("settings.py");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let outcome = Outcome::of(dir.command(&[]).env("MMASH_SETTINGS", &pipe));
    assert_eq!(outcome.code, 2);
    assert!(outcome.err.ends_with("settings.py: is not a regular file\n"), "{}", outcome.err);
}

#[derive(MmStats)]
struct Worker {
    served: Counter,
    queue: Gauge<u64>,
    ratio: Gauge<f64>,
    step: Timer,
}

fn worker(dir: &Dir, index: u32, served: u64, queue: u64, ratio: f64) -> Mapped<Worker> {
    let worker = dir.create::<Worker>(&format!("worker-{index}.mmstats"));
    worker.served.add(served);
    worker.queue.set(queue);
    worker.ratio.set(ratio);
    worker.step.record(Duration::from_millis(2));
    worker
}

/// The values of all statistics of a total or file, by label.
fn values(card: &Value) -> BTreeMap<&str, &str> {
    let stats = card["stats"].as_array().unwrap().iter();
    stats.map(|stat| (stat["label"].as_str().unwrap(), stat["value"].as_str().unwrap())).collect()
}

#[test]
fn several_live_processes_have_the_totals_of_the_other_tools() {
    let dir = dir();
    let _workers = [worker(&dir, 1, 100, 3, 0.5), worker(&dir, 2, 20, 4, 0.25)];
    // An ended process counts in counters and timers, but not in gauges.
    drop(worker(&dir, 3, 1, 1000, 1000.0));
    let server = Server::start(&dir, NEVER_AGAIN);
    let live = server.json("/live");
    let [total] = &live["totals"].as_array().unwrap()[..] else { panic!("{live}") };
    assert_eq!((&total["files"], &total["live"]), (&json!(3), &json!(2)));
    let expected = [("queue", "7"), ("ratio", "0.75"), ("served", "121"), ("step", "3")];
    assert_eq!(values(total), BTreeMap::from(expected));
    let stat = |label: &str| {
        total["stats"].as_array().unwrap().iter().find(|stat| stat["label"] == label).unwrap()
    };
    assert_eq!(stat("step")["mean"], "2.0 ms");
    assert_eq!(total["headline"]["label"], "served");

    let poll = [env!("CARGO_BIN_EXE_mmstats"), "poll", "--format", "json", "-n", "1"];
    let polled = Outcome::of(&mut dir.program(&[&poll[..], &["queue,ratio,served"]].concat()));
    let polled: Value = serde_json::from_str(&polled.out).unwrap();
    let polled = &polled["fields"];
    assert_eq!(
        [&polled["queue"]["value"], &polled["ratio"]["value"], &polled["served"]["total"]],
        [&json!(7), &json!(0.75), &json!(121)]
    );

    // A filter selects what is shown, and changes no total.
    assert_eq!(values(&server.json("/live?filter=queue")["totals"][0]), [("queue", "7")].into());
    let live = server.json("/live?state=live&open=none");
    assert_eq!(live["totals"][0]["headline"]["value"], "121");
    assert_eq!(live["totals"][0]["stats"], Value::Null);
    assert_eq!(server.json("/live?filter=worker-1")["totals"], json!([]));
    assert_eq!(server.json("/live?label=queue")["totals"], json!([]));
}

#[test]
fn totals_have_rates_also_of_processes_that_come_and_go() {
    let dir = dir();
    let workers = [worker(&dir, 1, 100, 0, 0.0), worker(&dir, 2, 20, 0, 0.0)];
    let server = Server::start(&dir, AT_ONCE);
    let headline = |live: &Value| live["totals"][0]["headline"].clone();
    assert_eq!(headline(&server.json("/live"))["rate"], Value::Null);
    server.until("/live", |live| headline(live)["rate"] == "0");
    let _new = worker(&dir, 3, 1000, 0, 0.0);
    let live = server.until("/live", |live| headline(live)["value"] == "1120");
    assert!(headline(&live)["point"].as_f64() > Some(0.0), "{live}");
    drop(workers);
}

/// Creates a version 1 file that this process has mapped.
fn map_version_1(dir: &Dir, name: &str, created: SystemTime, fields: &[(&str, u64)]) {
    // The mapping of a version 2 file stays when its content is overwritten.
    mem::forget(dir.create::<Job>(name));
    let created = created.duration_since(UNIX_EPOCH).unwrap().as_secs_f64().to_le_bytes();
    let pid = u64::from(process::id()).to_le_bytes();
    let numbers: Vec<_> =
        fields.iter().map(|(label, value)| (*label, value.to_le_bytes())).collect();
    let mut all: Vec<(&str, &str, &[u8])> =
        vec![("sys.pid", "Q", &pid), ("sys.created", "d", &created)];
    all.extend(numbers.iter().map(|(label, value)| (*label, "Q", &value[..])));
    let file = File::options().write(true).open(dir.path(name)).unwrap();
    file.write_all_at(&version_1(&all), 0).unwrap();
}

/// The original writes a file for each thread, and the same time of creation into all of them.
#[test]
fn a_new_thread_of_a_version_1_program_is_new() {
    let dir = dir();
    let declared = SystemTime::now();
    map_version_1(&dir, "1.mmstats", declared, &[("done", 40)]);
    let server = Server::start(&dir, AT_ONCE);
    assert_eq!(server.json("/live")["files"][0]["headline"]["rate"], Value::Null);
    // A file is complete when it has its name.
    let elsewhere = self::dir();
    map_version_1(&elsewhere, "2.mmstats", declared, &[("done", 20), ("memory", 1_000_000)]);
    fs::rename(elsewhere.path("2.mmstats"), dir.path("2.mmstats")).unwrap();
    let path = "/live?history";
    let live = server.until(path, |live| live["files"].as_array().unwrap().len() == 2);
    let new = &live["files"][1];
    assert_eq!(new["name"], "2.mmstats");
    let rate = new["headline"]["rate"].as_str().unwrap();
    assert_ne!(rate, "0");
    // Nobody knows yet whether the integers are counts.
    for stat in new["stats"].as_array().unwrap() {
        assert_eq!((&stat["point"], &stat["history"]), (&Value::Null, &json!([])), "{stat}");
    }
    let files = server.json("/json");
    assert!(files[1]["created"].as_f64() > files[0]["created"].as_f64(), "{files}");
}

#[test]
fn ended_writers_show_when_they_ended_and_how_long_they_ran() {
    let dir = dir();
    let job = dir.create::<Job>("a.mmstats");
    let mut killed = Child::spawn(&mut again("job", dir.root()));
    assert_eq!(killed.hear(), "ready");
    killed.kill();
    let server = Server::start(&dir, AT_ONCE);
    let lives = |live: &Value| {
        let files = live["files"].as_array().unwrap().iter();
        files.map(|file| file["life"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let running = lives(&server.json("/live"));
    assert!(running[0].ends_with("s old"), "{running:?}");
    assert!(running[1].starts_with("dead, last seen alive ") && running[1].ends_with("s ago"));
    drop(job);
    let ended = server.until("/live", |live| live["states"]["closed"] == 1);
    let closed = &lives(&ended)[1];
    assert!(closed.starts_with("closed ") && closed.contains("s ago, ran "), "{closed}");
    let json = server.json("/json");
    assert!(json[0]["ended"].is_f64() && json[1]["ended"].is_null(), "{json}");
    assert!(json[1]["last_seen"].is_f64(), "{json}");
}

#[test]
fn each_job_has_its_own_progress() {
    #[derive(MmStats)]
    struct Nested {
        #[mmstats(initial = 8)]
        pages: Progress,
        rows: Progress,
        unknown: Progress,
    }
    let dir = dir();
    let nested = dir.create::<Nested>("a.mmstats");
    nested.pages.add(2);
    for _ in nested.rows.over(0..4).take(4) {}
    drop(nested);
    let server = Server::start(&dir, NEVER_AGAIN);
    let id = server.json("/live")["files"][0]["id"].as_str().unwrap().to_owned();
    let file = &server.json(&format!("/live?open={id}"))["files"][0];
    assert_eq!(file["progress"], json!({"part": 0.25, "percent": "25 %", "left": null}));
    let shown = |label: &str| {
        let stats = file["stats"].as_array().unwrap();
        let stat = stats.iter().find(|stat| stat["label"] == label).unwrap();
        (stat["value"].clone(), stat["progress"]["percent"].clone())
    };
    assert_eq!(shown("pages"), (json!("2 of 8"), json!("25 %")));
    assert_eq!(shown("rows"), (json!("3 of 4"), json!("75 %")));
    assert_eq!(shown("unknown"), (json!("0"), Value::Null));
}

#[test]
fn the_time_left_is_the_same_for_people_and_scripts() {
    let dir = dir();
    let job = dir.create::<Job>("a.mmstats");
    job.done.add(500);
    let server = Server::start(&dir, NEVER_AGAIN);
    let left = server.json("/json")[0]["progress"]["left"].as_f64().unwrap();
    let progress = &server.json("/live")["files"][0]["progress"];
    let expected = if left < 10.0 { format!("{left:.1} s left") } else { format!("{left} s left") };
    assert_eq!((&progress["percent"], &progress["left"]), (&json!("50 %"), &json!(expected)));
}

#[test]
fn histories_are_as_precise_as_values() {
    let dir = dir();
    let job = dir.create::<Job>("a.mmstats");
    job.load.set(1_234_567_890.25);
    let server = Server::start(&dir, NEVER_AGAIN);
    let stat = &server.json("/live?label=load&history")["files"][0]["stats"][0];
    assert_eq!(
        (&stat["point"], &stat["history"]),
        (&json!(1_234_567_890.25), &json!([1_234_567_890.25]))
    );
}

#[test]
fn text_in_errors_is_harmless_to_a_terminal() {
    let dir = dir();
    let file = version_1(&[("\u{1b}]0;owned\u{7}\u{202e}", "Q", &[0; 8])]);
    fs::write(dir.path("a.mmstats"), file).unwrap();
    let server = Server::start(&dir, &[]);
    let response = server.get("/stats/no?exact=1");
    let expected = "no file has a field `no`: there are `\\u{1b}]0;owned\\u{7}\\u{202e}`\n";
    assert_eq!((response.status, response.body.as_str()), (404, expected));
    for path in ["/stats/%1b?exact=1", "/stats/x?aggr=%1b", "/files/%1b***", "/static/%1b"] {
        let response = server.get(path);
        assert!(response.status >= 400 && !response.body.contains('\u{1b}'), "{response:?}");
        assert!(response.body.contains("\\u{1b}"), "{response:?}");
    }
}

/// Creates a file that 3 threads found no room in.
fn lose_threads(dir: &Dir, name: &str) {
    drop(dir.create::<Job>(name));
    dir.patch(name, VITALS_OFFSET + offset_of!(VitalsBytes, lanes_lost), &3_u64.to_le_bytes());
}

#[test]
fn lost_threads_are_reported() {
    let dir = dir();
    lose_threads(&dir, "a.mmstats");
    let server = Server::start(&dir, &[]);
    let expected = "3 threads are missing: the file could not be extended";
    assert_eq!(server.json("/live")["files"][0]["lost"], expected);
    assert_eq!(server.json("/json")[0]["lanes_lost"], 3);
}

/// A child that its parent kills.
#[test]
fn job() {
    let Some(directory) = role("job") else { return };
    let job = Job::builder().directory(directory).file("killed.mmstats").create().unwrap();
    fill(&job);
    say("ready");
    wait_for_parent();
}

fn browse(test: &str) -> Option<Browser> {
    let browser = Browser::open();
    if browser.is_none() {
        mmstats_testing::skipped(test, "chromium and chromium-driver are not installed");
    }
    browser
}

/// Returns an expression that is true if an element has this text.
fn says(selector: &str, text: &str) -> String {
    let (selector, text) = (json!(selector), json!(text));
    format!(
        "[...document.querySelectorAll({selector})].some((found) => found.textContent === {text})"
    )
}

/// The lines of histories and charts.
const DRAWN: &str = "[...document.querySelectorAll('td.history path.line, .chart path.line')]";

#[test]
fn a_browser_shows_what_happens() {
    let Some(browser) = browse("a_browser_shows_what_happens") else { return };
    let dir = dir();
    let job = dir.create::<Job>("job.mmstats");
    fill(&job);
    let mut killed = Child::spawn(&mut again("job", dir.root()));
    assert_eq!(killed.hear(), "ready");
    dir.fixture("script.mmstats");
    let server = Server::start(&dir, AT_ONCE);
    browser.go(&format!("http://{}/", server.host));
    // All processes are shown with their statistics.
    browser.wait(
        "document.querySelectorAll('.process:not([data-state=total]) details[open]').length === 3",
    );
    browser.wait(&says(".chip", "2 live"));
    browser.wait(&says("tbody a", "otherdb_timer"));
    browser.wait(&says("td.text", "Zoë"));
    browser.wait(&says("tbody small", "Users processed so far."));
    browser.wait(
        "[...document.querySelectorAll('.far span')].some((far) => /^12 %, .* left$/.test(far.textContent))",
    );
    // Counts are shown and drawn.
    job.done.add(7);
    browser.wait(&says("td.value", "127"));
    browser.wait(&format!("{DRAWN}.some((line) => line.getAttribute('d')?.length > 20)"));
    killed.kill();
    browser.wait(&says("[data-state=dead] .badge", "dead"));
    browser.wait(
        "/^dead,\\slast seen alive .* ago$/.test(document.querySelector('[data-state=dead] .age').textContent)",
    );

    // A filter by label shows only this statistic.
    browser.press("/");
    browser.press("otherdb");
    browser.wait("document.querySelectorAll('.process').length === 1");
    browser.wait("document.querySelectorAll('tbody tr').length === 1");
    browser.press(ESCAPE);
    browser.wait("document.querySelectorAll('.process').length === 3");
    browser.click(".chip[data-state=live]");
    browser.wait("document.querySelectorAll('.process').length === 1");
    // A closed process stays closed, and a key opens it.
    browser.click(".process summary");
    browser.wait("!document.querySelector('.process details').open");
    job.done.add(1);
    browser.wait(&says(".headline .value", "128"));
    assert_eq!(browser.run("return document.querySelector('.process details').open"), false);
    browser.run("document.querySelector('.process summary').focus()");
    browser.press(ENTER);
    browser.wait(&says("td.value", "128"));

    // The page reports a lost server, and recovers.
    assert_eq!(browser.complaints(), Vec::<String>::new());
    let host = server.host.clone();
    let port = host.rsplit_once(':').unwrap().1;
    server.signal(Signal::TERM);
    browser.wait("document.querySelector('#status.lost')");
    let _server = Server::spawn(&mut dir.command(&[AT_ONCE, &["--port", port]].concat()));
    browser.wait("document.querySelector('#status.live')");
}

#[test]
fn a_browser_shows_totals_and_lost_threads() {
    let Some(browser) = browse("a_browser_shows_totals_and_lost_threads") else { return };
    let dir = dir();
    let workers = [worker(&dir, 1, 100, 3, 0.5), worker(&dir, 2, 20, 4, 0.25)];
    lose_threads(&dir, "a.mmstats");
    let server = Server::start(&dir, AT_ONCE);
    browser.go(&format!("http://{}/", server.host));
    for value in ["7", "0.75", "120"] {
        browser.wait(&says("[data-state=total] td.value", value));
    }
    workers[0].served.add(5);
    browser.wait(&says("[data-state=total] .headline .value", "125"));
    // Also while its statistics are hidden.
    browser.click("[data-state=closed] summary");
    browser.wait("!document.querySelector('[data-state=closed] details').open");
    let lost = "return document.querySelector('[data-state=closed] p.lost').innerText";
    assert_eq!(browser.run(lost), "3 threads are missing: the file could not be extended");
    browser.wait(
        "/^closed .* ago,\\sran /.test(document.querySelector('[data-state=closed] .age').textContent)",
    );
    // The graph of a total has a line for each process.
    browser.run(
        "[...document.querySelectorAll('[data-state=total] tbody a')].find((a) => a.textContent === 'served').click()",
    );
    browser.wait("location.pathname === '/graph/' && !location.search.includes('file=')");
    assert_eq!(browser.complaints(), Vec::<String>::new());
}

#[test]
fn a_browser_draws_graphs() {
    let Some(browser) = browse("a_browser_draws_graphs") else { return };
    let dir = dir();
    let job = dir.create::<Job>("job.mmstats");
    fill(&job);
    let server = Server::start(&dir, AT_ONCE);
    browser.go(&format!("http://{}/", server.host));
    browser.wait(&says("tbody a", "step"));
    browser.run(
        "[...document.querySelectorAll('tbody a')].find((a) => a.textContent === 'step').click()",
    );
    browser.wait("location.pathname === '/graph/'");
    browser.wait(&says(".chart h2 bdi", "step"));
    browser.wait(&says(".chart h2 bdi", "step, number"));
    job.step.record(Duration::from_millis(2));
    browser.wait(&format!("{DRAWN}.some((line) => line.getAttribute('d'))"));
    // Typing finds another statistic.
    browser.press("/");
    browser.press("loa");
    browser.wait("document.querySelectorAll('#labels .chip').length === 1");
    browser.click("#labels .chip");
    browser.wait(&says(".chart h2 bdi", "load"));
    browser.wait(&says(".legend b", "0.5"));
    assert!(browser.run("return location.search").as_str().unwrap().contains("label=load"));
    // Keys select a moment.
    browser.run("document.querySelectorAll('.chart svg')[2].focus()");
    browser.press(LEFT);
    browser.wait("[...document.querySelectorAll('.moment')].some((found) => found.textContent)");
    browser.run("const c = document.getElementById('combine'); c.value = 'sum'; c.dispatchEvent(new Event('change'))");
    browser.wait(&says(".legend bdi", "sum of 1"));
    browser.click(".chart .close");
    browser.wait("document.querySelectorAll('.chart').length === 1");
    assert_eq!(browser.complaints(), Vec::<String>::new());
    drop(job);
}

/// Loads a script of the pages as `module`.
fn import(browser: &Browser, name: &str) {
    browser.run(&format!("import('/static/{name}').then((found) => window.module = found)"));
    browser.wait("window.module");
}

#[test]
fn axes_have_few_and_distinct_labels() {
    let Some(browser) = browse("axes_have_few_and_distinct_labels") else { return };
    let server = Server::start(&dir(), AT_ONCE);
    browser.go(&format!("http://{}/graph/", server.host));
    import(&browser, "number.js");
    let max = "Number.MAX_VALUE";
    for (least, most) in [
        ("0", "1"),
        ("0.3", "0.30000000000000004"),
        ("1.7e18", "1.7e18 + 512"),
        ("1.2e9", "1.2e9 + 40"),
        ("-123456789", "-123456780"),
        ("-1e-300", "1e-300"),
        ("5e-324", "1e-323"),
        ("1.7e18", "1.7e18"),
        ("NaN", "NaN"),
        ("0", "NaN"),
        ("-Infinity", "Infinity"),
        ("0", "Infinity"),
        (&format!("-{max}"), max),
        ("0", max),
    ] {
        let labels = browser.run(&format!(
            "const {{ ticks, distinct, short }} = module; return distinct(ticks({least}, {most}, 4), short)"
        ));
        let labels: Vec<&str> =
            labels.as_array().unwrap().iter().map(|label| label.as_str().unwrap()).collect();
        assert!((1..=12).contains(&labels.len()), "{least} to {most}: {labels:?}");
        let distinct: HashSet<&&str> = labels.iter().collect();
        assert_eq!(distinct.len(), labels.len(), "{least} to {most}: {labels:?}");
    }
}

/// A step of less than the distance between two neighbours among the numbers must end as well.
#[test]
fn charts_of_any_numbers_and_times_have_few_elements() {
    let Some(browser) = browse("charts_of_any_numbers_and_times_have_few_elements") else { return };
    let server = Server::start(&dir(), AT_ONCE);
    browser.go(&format!("http://{}/graph/", server.host));
    import(&browser, "chart.js");
    for numbers in ["[0.3, 0.30000000000000004]", "[1.7e18, 1.7e18 + 256]", "[-1e308, 1e308]"] {
        for [from, to] in [["0", "3600"], ["1e18", "1e18 + 3600"]] {
            let drawn = browser.run(&format!(
                "const [from, to] = [{from}, {to}];
                 const chart = new module.Chart('load', '', String, () => 0);
                 const points = {numbers}.map((point, index) => [from + index, point]);
                 chart.show([{{ name: 'a', points }}], from, to, 5, false);
                 return chart.node.querySelectorAll('*').length"
            ));
            let drawn = drawn.as_u64().unwrap();
            assert!((10..1000).contains(&drawn), "{numbers} from {from} to {to}: {drawn}");
        }
    }
    assert_eq!(browser.complaints(), Vec::<String>::new());
}

#[test]
fn a_graph_draws_the_largest_lines_and_the_others() {
    let Some(browser) = browse("a_graph_draws_the_largest_lines_and_the_others") else { return };
    let dir = dir();
    let jobs: Vec<Mapped<Job>> =
        (0..12).map(|index| dir.create(&format!("{index:02}.mmstats"))).collect();
    for (load, job) in (0..12).zip(&jobs) {
        job.load.set(f64::from(load));
    }
    let server = Server::start(&dir, AT_ONCE);
    browser.go(&format!("http://{}/graph/?label=load", server.host));
    browser.wait(&says(".legend bdi", "sum of 5 others"));
    let values =
        "return [...document.querySelectorAll('.legend b')].map((value) => value.textContent)";
    assert_eq!(browser.run(values), json!(["5", "6", "7", "8", "9", "10", "11", "10"]));
    assert_eq!(browser.complaints(), Vec::<String>::new());
}

#[test]
fn huge_numbers_and_long_labels_fit_on_the_pages() {
    let Some(browser) = browse("huge_numbers_and_long_labels_fit_on_the_pages") else { return };
    let dir = dir();
    let label = "label".repeat(60);
    let max = f64::MAX.to_le_bytes();
    fs::write(dir.path("a.mmstats"), version_1(&[(&label, "d", &max)])).unwrap();
    let min = f64::MIN.to_le_bytes();
    fs::write(dir.path("b.mmstats"), version_1(&[(&label, "d", &min)])).unwrap();
    let server = Server::start(&dir, AT_ONCE);
    for path in [String::new(), format!("graph/?label={label}")] {
        browser.go(&format!("http://{}/{path}", server.host));
        let value = if path.is_empty() { "td.value" } else { ".legend b" };
        browser.wait(&says(value, "1.8e308"));
        let overflow = "const { scrollWidth, clientWidth } = document.documentElement; return scrollWidth - clientWidth";
        assert_eq!(browser.run(overflow), 0);
        assert_eq!(browser.complaints(), Vec::<String>::new());
    }
}

#[test]
fn hostile_text_stays_text_in_a_browser() {
    let Some(browser) = browse("hostile_text_stays_text_in_a_browser") else { return };
    let dir = dir();
    let label = "<script>document.title='owned'</script>";
    let image = "<img src=x onerror=\"document.title='owned'\">";
    let text = "\"><svg onload=document.title='owned'>\u{202e}evil";
    let padded = |text: &str| [text.as_bytes(), &[0; 255]].concat()[..255].to_vec();
    let file = version_1(&[
        (label, "Q", &7_u64.to_le_bytes()),
        (image, "Q", &8_u64.to_le_bytes()),
        ("javascript:document.title='owned'", "d", &1.5_f64.to_le_bytes()),
        ("text", "255s", &padded(text)),
    ]);
    let name = "<b onclick=alert(1)>&amp;.mmstats";
    fs::write(dir.path(name), file).unwrap();
    fs::write(dir.path("<img src=x>.mmstats"), b"\x02<img src=x>").unwrap();
    let server = Server::start(&dir, AT_ONCE);
    for path in ["", "graph/"] {
        browser.go(&format!("http://{}/{path}", server.host));
        if path.is_empty() {
            browser.wait(&says("tbody th a", label));
            browser.wait(&says("tbody th a", image));
            browser.wait(&says("td.text", "\"><svg onload=document.title='owned'>\\u{202e}evil"));
            browser.wait(&says(".name", name));
        } else {
            browser.run("document.getElementById('choice').open = true");
            browser.wait(&says("#labels .chip", image));
            browser
                .run("for (const chip of document.querySelectorAll('#labels .chip')) chip.click()");
            browser.wait(&says(".chart h2 bdi", label));
        }
        browser.wait("document.querySelector('.notices li').textContent.includes('<img src=x>')");
        let made = "return document.querySelectorAll('main img, main script, main b[onclick], main svg[onload]').length";
        assert_eq!(browser.run(made), 0);
        assert!(browser.run("return document.title").as_str().unwrap().starts_with("mmash: "));
        assert_eq!(browser.complaints(), Vec::<String>::new());
    }
}
