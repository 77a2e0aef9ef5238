//! Stored version 2 files read as intended, and new ones are identical to the byte. `BLESS=1`
//! rewrites this version's pair.

use std::path::{Path, PathBuf};
use std::time::Duration;
use std::{env, fs};

use mmstats::__private_0_1::format::LaneHeader;
use mmstats::__private_0_1::format::header::{Header, VITALS_OFFSET, VitalsBytes};
use mmstats::{
    Average, Constant, ConstantText, Counter, DynFamily, Gauge, Group, Histogram, Kind, MmStats,
    MovingAverage, Progress, Reader, Scalar, Snapshot, Text, Timer, UpDown, Value,
};
use serde_json::{Map, json};

/// One statistic of each kind, with the same layout in every compiler.
#[derive(MmStats)]
#[mmstats(prefix = "all.")]
#[repr(C)]
struct AllFields {
    /// Users processed so far.
    done: Counter,
    open: UpDown,
    #[mmstats(unit = "bytes", merge = "max")]
    byte: Gauge<i8>,
    load: Gauge<f64>,
    ready: Gauge<bool>,
    #[mmstats(name = "user")]
    last_user: Text<13>,
    #[mmstats(unit = "rows")]
    batch: Average,
    latest_batches: MovingAverage<3>,
    /// Time spent in the other database.
    ///
    /// Includes the commit.
    otherdb: Timer<2>,
    #[mmstats(initial = 8080)]
    port: Constant<u16>,
    #[mmstats(initial = "0.1.0")]
    version: ConstantText<8>,
    #[mmstats(initial = 20_000)]
    users: Progress,
    #[mmstats(unit = "bytes")]
    answer: Histogram<3>,
    pool: Pool,
    #[mmstats(key = "shard")]
    shards: [Pool; 2],
    trades: Group<Trade>,
    #[mmstats(key = "tenant")]
    tenants: DynFamily<Trade, 2, 16>,
}

#[derive(MmStats)]
#[repr(C)]
struct Trade {
    count: Counter,
    price: Average,
}

#[derive(MmStats)]
#[repr(C)]
struct Pool {
    /// Jobs by priority.
    #[mmstats(unit = "jobs")]
    waiting: [UpDown; 2],
    idle: UpDown,
}

/// Durations in nanoseconds.
const SECOND: u64 = 1_000_000_000;

fn data() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/v2")
}

/// Writes a file with two lanes, and overwrites the parts that differ from run to run.
fn written_today() -> Vec<u8> {
    let directory = tempfile::tempdir().unwrap();
    let stats = AllFields::builder().directory(directory.path()).prefix("web.").create().unwrap();
    let write = |sign: i8| {
        stats.done.add(3);
        stats.open.add(i64::from(sign) * 5);
        stats.byte.set(sign * 7);
        stats.load.set(f64::from(sign) / 4.0);
        stats.ready.set(true);
        stats.last_user.set(if sign > 0 { "Hélène" } else { "Ελένη Παπαδάκη" });
        for sample in [1.0, 2.0, 4.0, 8.0] {
            stats.batch.add(sample);
            stats.latest_batches.add(sample);
        }
        stats.pool.waiting[1].add(4);
        stats.shards[1].idle.inc();
        stats.users.set_done_before(1);
        for _ in stats.users.over(0..40) {}
        stats.answer.record(0);
        stats.answer.record_n(1_000, 4);
        stats.tenants.of("acme").count.add(2);
        stats.tenants.of(if sign > 0 { "Ελένη" } else { "zeta" }).price.add(3.0);
        stats.tenants.of("no room").count.inc();
        stats.trades.update(|trade| {
            trade.count.inc();
            trade.price.add(17.5);
        });
        stats.answer.record(u64::MAX);
        for us in [3, 1, 2] {
            stats.otherdb.record(Duration::from_micros(us));
        }
    };
    write(1);
    std::thread::scope(|scope| scope.spawn(|| write(-1)).join().unwrap());
    let path = stats.path().unwrap().to_owned();
    drop(stats);
    let mut file = fs::read(path).unwrap();
    blot_out(&mut file);
    file
}

/// Sets identity and times to fixed values.
fn blot_out(file: &mut [u8]) {
    let mut set = |at: usize, value: &[u8]| file[at..at + value.len()].copy_from_slice(value);
    macro_rules! header {
        ($($member:ident = $value:expr),* $(,)?) => {
            $(set(std::mem::offset_of!(Header, $member), &$value);)*
        };
    }
    header! {
        file_id = [0xf1; 16],
        created_realtime_ns = (1_795_423_068 * SECOND).to_le_bytes(),
        created_boottime_ns = SECOND.to_le_bytes(),
        pid = 4280u32.to_le_bytes(),
        tid = 4280u32.to_le_bytes(),
        process_start_ticks = 100u64.to_le_bytes(),
        pid_namespace = 4_026_531_836u64.to_le_bytes(),
        boot_id = [0xb0; 16],
        device = 1u64.to_le_bytes(),
        inode = 2u64.to_le_bytes(),
        uid = 0u32.to_le_bytes(),
        gid = 0u32.to_le_bytes(),
        command_size = 6u16.to_le_bytes(),
        command = [[b'g'; 6].as_slice(), &[0; 58]].concat(),
    }
    for (at, ns) in [
        (std::mem::offset_of!(VitalsBytes, flushed_realtime_ns), 1_795_423_069 * SECOND),
        (std::mem::offset_of!(VitalsBytes, anchor_clock_ns), 2 * SECOND),
        (std::mem::offset_of!(VitalsBytes, anchor_boottime_ns), 2 * SECOND),
    ] {
        set(VITALS_OFFSET + at, &ns.to_le_bytes());
    }
    let lanes = 8192;
    let stride = 12_288;
    for (index, lane) in [lanes, lanes + stride].into_iter().enumerate() {
        let number = index as u64 + 1;
        set(lane + std::mem::offset_of!(LaneHeader, tid), &(4280 + number).to_le_bytes());
        set(lane + std::mem::offset_of!(LaneHeader, claimed_at_ns), &SECOND.to_le_bytes());
        let start = lane + size_of::<LaneHeader>();
        // Only the second lane takes stamps.
        let stamp = if index == 0 { 0 } else { SECOND + number };
        for at in [
            std::mem::offset_of!(AllFields, byte) + part(Kind::Gauge, "stamp"),
            std::mem::offset_of!(AllFields, load) + part(Kind::Gauge, "stamp"),
            std::mem::offset_of!(AllFields, ready) + part(Kind::Gauge, "stamp"),
            std::mem::offset_of!(AllFields, last_user) + part(Kind::Text, "stamp"),
        ] {
            set(start + at, &stamp.to_le_bytes());
        }
        let last_at = std::mem::offset_of!(AllFields, otherdb) + part(Kind::Timer, "last_at_ns");
        set(start + last_at, &(SECOND + number).to_le_bytes());
        // The table of hashes, which is the writer's own.
        let table = std::mem::offset_of!(AllFields, tenants) + 24 + 2 * 24;
        set(start + table, &[0; 32]);
        for (name, ns) in [("started_ns", SECOND), ("last_at_ns", 2 * SECOND)] {
            let at = std::mem::offset_of!(AllFields, users) + part(Kind::Progress, name);
            set(start + at, &ns.to_le_bytes());
        }
    }
}

/// Returns the offset of a part of a statistic.
fn part(kind: Kind, name: &str) -> usize {
    kind.parts().iter().find(|part| part.name == name).unwrap().offset
}

/// Returns the contents of a file in JSON.
fn meaning(snapshot: &Snapshot) -> serde_json::Value {
    let stats: Map<_, _> = snapshot
        .stats()
        .map(|stat| {
            let said = [stat.unit(), stat.help()];
            (stat.key().as_str().to_owned(), json!([value(stat.value()), said[0], said[1]]))
        })
        .collect();
    json!({
        "state": snapshot.state().as_str(),
        "command": snapshot.writer().command(),
        "lanes": snapshot.lanes().iter().map(mmstats::Lane::tid).collect::<Vec<_>>(),
        "stats": stats,
    })
}

fn value(value: &Value) -> serde_json::Value {
    match value {
        Value::Counter(count) | Value::Overflow(count) => json!(count),
        Value::UpDown(count) => json!(count),
        Value::Gauge(number) | Value::Constant(number) => match number {
            Scalar::Integer(number) => json!(i64::try_from(*number).unwrap()),
            Scalar::Bool(truth) => json!(truth),
            float => json!(float.as_f64()),
        },
        Value::Text(text) | Value::ConstantText(text) => json!(text),
        Value::Average(mean) => json!({"count": mean.count(), "sum": mean.sum()}),
        Value::MovingAverage(window) => {
            json!({"count": window.count(), "samples": window.samples()})
        }
        Value::Progress(work) => json!({
            "done": work.done(),
            "done_before": work.done_before(),
            "total": work.total(),
            "rate": work.rate(),
        }),
        Value::Timer(timing) => json!({
            "count": timing.count(),
            "sum": timing.sum(),
            "min": timing.min(),
            "max": timing.max(),
            "last": timing.last(),
            "recent_mean": timing.recent_mean(),
            "p50": timing.quantile(0.5),
            "running": timing.running(),
        }),
        Value::Histogram(distribution) => json!({
            "count": distribution.count(),
            "sum": distribution.sum(),
            "min": distribution.min(),
            "max": distribution.max(),
            "p50": distribution.quantile(0.5),
        }),
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_is_written_today_is_what_this_version_always_wrote() {
    let golden = data().join("0.1.0-all-fields.mmstats");
    let today = written_today();
    if env::var_os("BLESS").is_some() {
        fs::write(&golden, &today).unwrap();
    }
    let expected = fs::read(&golden).unwrap();
    let differ = today.iter().zip(&expected).position(|(today, expected)| today != expected);
    assert_eq!(differ, None, "byte {differ:?} differs from {}", golden.display());
    assert_eq!(today.len(), expected.len());
}

#[test]
fn every_golden_file_is_read_as_it_was_meant() {
    let files = fs::read_dir(data()).unwrap().map(|entry| entry.unwrap().path());
    let mut read = 0;
    for path in files.filter(|path| path.extension().is_some_and(|end| end == "mmstats")) {
        let snapshot = Reader::open(&path).unwrap().snapshot().unwrap();
        let meaning = meaning(&snapshot);
        let beside = path.with_extension("json");
        if env::var_os("BLESS").is_some() {
            fs::write(&beside, format!("{meaning:#}\n")).unwrap();
        }
        let expected: serde_json::Value =
            serde_json::from_slice(&fs::read(&beside).unwrap()).unwrap();
        assert_eq!(meaning, expected, "{}", path.display());
        read += 1;
    }
    assert!(read > 0);
}
