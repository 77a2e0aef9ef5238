//! The feature `serde`: snapshots as JSON, and as structs of the reader.

use std::time::Duration;

use mmstats::{
    Average, Constant, Counter, Gauge, Mapped, MmStats, MovingAverage, Progress, Reader, Snapshot,
    Text, Timer, UpDown,
};
use serde::Deserialize;
use serde_json::{Value, json};
use tempfile::TempDir;

#[derive(MmStats)]
struct Pool {
    idle: UpDown,
    wait: Timer,
}

#[derive(MmStats)]
struct Job {
    done: Counter,
    ratio: Gauge<f64>,
    ready: Gauge<bool>,
    user: Text<64>,
    tries: Average,
    load: MovingAverage<4>,
    pool: Pool,
    #[mmstats(initial = -8)]
    nice: Constant<i64>,
}

fn job() -> (TempDir, Mapped<Job>) {
    let directory = tempfile::tempdir().unwrap();
    let job = Job::builder().directory(directory.path()).create().unwrap();
    job.done.add(u64::MAX);
    job.ratio.set(f64::NEG_INFINITY);
    job.ready.set(true);
    job.user.set("小林 さくら");
    for tries in [1.0, 4.0] {
        job.tries.add(tries);
    }
    job.pool.idle.sub(3);
    job.pool.wait.record(Duration::from_millis(2));
    (directory, job)
}

fn snapshot(job: &Mapped<Job>) -> Snapshot {
    Reader::open(job.path().unwrap()).unwrap().snapshot().unwrap()
}

fn json(value: impl serde::Serialize) -> Value {
    serde_json::to_value(value).unwrap()
}

#[test]
fn a_snapshot_is_a_map_of_its_file() {
    let (_directory, job) = job();
    let snapshot = snapshot(&job);
    let json = json(&snapshot);
    let keys: Vec<&str> = json.as_object().unwrap().keys().map(String::as_str).collect();
    let facts = ["path", "version", "state", "created", "ended", "last_seen", "pid", "command"];
    assert_eq!(keys, [&facts[..], &["stats"]].concat());
    assert_eq!(json["path"], job.path().unwrap().to_str().unwrap());
    assert_eq!((&json["version"], &json["state"]), (&json!(2), &json!("live")));
    assert_eq!((&json["pid"], &json["ended"]), (&json!(std::process::id()), &Value::Null));
    assert!(json["last_seen"].as_f64() >= json["created"].as_f64());
}

#[test]
fn values_are_numbers_texts_and_objects() {
    let (_directory, job) = job();
    let snapshot = snapshot(&job);
    let stats = &json(&snapshot)["stats"];
    let keys: Vec<&str> = stats.as_object().unwrap().keys().map(String::as_str).collect();
    assert!(keys.iter().copied().eq(snapshot.stats().map(|stat| stat.key().as_str())));
    assert_eq!(stats["done"], u64::MAX);
    assert_eq!((&stats["ratio"], &stats["ready"]), (&json!("-inf"), &json!(true)));
    assert_eq!((&stats["user"], &stats["nice"]), (&json!("小林 さくら"), &json!(-8)));
    assert_eq!((&stats["pool.idle"], &stats["tries"]["mean"]), (&json!(-3), &json!(2.5)));
    assert_eq!(stats["load"]["recent_mean"], Value::Null);
    let expected = json!({"count": 1, "sum": 0.002, "mean": 0.002, "recent_mean": 0.002,
        "min": 0.002, "max": 0.002, "last": 0.002, "p50": 0.002, "p90": 0.002, "p99": 0.002});
    assert_eq!(stats["pool.wait"], expected);
    assert_eq!(json(snapshot.get("pool.wait")), expected);

    let lane = &json(snapshot.lanes())[0];
    assert_eq!((&lane["claimed"], &lane["stats"]["done"]), (&json!(true), &json!(u64::MAX)));
    assert!(lane["tid"].is_u64());
}

#[test]
fn progress_is_an_object_and_also_a_number() {
    #[derive(MmStats)]
    struct Import {
        rows: Progress,
    }
    #[derive(Deserialize)]
    struct Numbers {
        rows: u64,
    }
    #[derive(Deserialize)]
    struct Objects {
        rows: Rows,
    }
    #[derive(Debug, PartialEq, Deserialize)]
    struct Rows {
        done: u64,
        total: Option<u64>,
        left: Option<f64>,
    }
    let directory = tempfile::tempdir().unwrap();
    let import = Import::builder().directory(&directory).create().unwrap();
    let read = || Reader::open(import.path().unwrap()).unwrap().snapshot().unwrap();
    let unknown = json!({"done": 0, "done_before": 0, "total": null, "elapsed": null,
        "rate": null, "recent_rate": null, "left": null});
    assert_eq!(json(read().get("rows")), unknown);
    for _ in import.rows.over(0..3) {}
    assert_eq!(read().view::<Numbers>().unwrap().rows, 3);
    let expected = Rows { done: 3, total: Some(3), left: Some(0.0) };
    assert_eq!(read().view::<Objects>().unwrap().rows, expected);
}

#[test]
fn a_running_timer_shows_for_how_long() {
    let (_directory, job) = job();
    let _waiting = job.pool.wait.start();
    let wait = &json(snapshot(&job).get("pool.wait"));
    assert_eq!(wait["running"], 1);
    assert!(wait["running_for"].is_f64());
}

#[test]
fn a_change_is_a_map_of_its_values() {
    let (_directory, job) = job();
    let before = snapshot(&job);
    job.done.reset();
    job.done.add(5);
    let change = json(snapshot(&job).since(&before).unwrap());
    assert_eq!((&change["done"], &change["pool.wait"]["count"]), (&json!(5), &json!(0)));
}

#[test]
fn a_snapshot_becomes_a_struct() {
    #[derive(Debug, PartialEq, Deserialize)]
    struct View {
        done: u64,
        ready: bool,
        user: String,
        ratio: f64,
        tries: f64,
        missing: Option<u64>,
        nice: i8,
        pool: PoolView,
        #[serde(rename = "load")]
        samples: u64,
    }
    #[derive(Debug, PartialEq, Deserialize)]
    struct PoolView {
        idle: i64,
        wait: Wait,
    }
    #[derive(Debug, PartialEq, Deserialize)]
    struct Wait {
        count: u32,
        p99: Option<f64>,
        running: Option<u64>,
    }

    let (_directory, job) = job();
    let _waiting = job.pool.wait.start();
    let view: View = snapshot(&job).view().unwrap();
    let wait = Wait { count: 1, p99: Some(0.002), running: Some(1) };
    let expected = View {
        done: u64::MAX,
        ready: true,
        user: "小林 さくら".into(),
        ratio: f64::NEG_INFINITY,
        tries: 2.5,
        missing: None,
        nice: -8,
        pool: PoolView { idle: -3, wait },
        samples: 0,
    };
    assert_eq!(view, expected);
}

#[test]
fn a_statistic_that_does_not_fit_is_an_error() {
    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "never made")]
    struct Small {
        done: u8,
    }
    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "never made")]
    struct Other {
        errors: u64,
    }
    let (_directory, job) = job();
    let snapshot = snapshot(&job);
    let error = snapshot.view::<Small>().unwrap_err().to_string();
    assert!(error.contains("expected u8"), "{error}");
    let error = snapshot.view::<Other>().unwrap_err().to_string();
    assert_eq!(error, "missing field `errors`");
}
