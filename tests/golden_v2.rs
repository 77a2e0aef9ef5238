//! Files of version 2 that were once written: they are read as they were meant, and what is
//! written today is the same to the byte. `BLESS=1` writes this version's pair anew.

use std::path::{Path, PathBuf};
use std::time::Duration;
use std::{env, fs};

use mmstats::format::header::{Header, VITALS_OFFSET, VitalsBytes};
use mmstats::format::{LaneHeader, body};
use mmstats::{
    Average, Constant, ConstantText, Counter, Gauge, MmStats, MovingAverage, Reader, Scalar,
    Snapshot, Text, Timer, UpDown, Value,
};
use serde_json::{Map, json};

/// Of each kind one, laid out the same by every compiler.
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
    #[mmstats(label = "user")]
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
}

/// In nanoseconds.
const SECOND: u64 = 1_000_000_000;

fn data() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/v2")
}

/// Writes a file of two lanes, and blots out what differs from run to run.
fn written_today() -> Vec<u8> {
    let directory = tempfile::tempdir().unwrap();
    let stats = AllFields::builder().path(directory.path()).label_prefix("web.").create().unwrap();
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
    let stride = 8192;
    for (index, lane) in [lanes, lanes + stride].into_iter().enumerate() {
        let number = index as u64 + 1;
        set(lane + std::mem::offset_of!(LaneHeader, tid), &(4280 + number).to_le_bytes());
        set(lane + std::mem::offset_of!(LaneHeader, claimed_at_ns), &SECOND.to_le_bytes());
        let start = lane + size_of::<LaneHeader>();
        // Stamps are taken by the second lane only.
        let stamp = if index == 0 { 0 } else { SECOND + number };
        for at in [
            std::mem::offset_of!(AllFields, byte) + body::gauge::STAMP,
            std::mem::offset_of!(AllFields, load) + body::gauge::STAMP,
            std::mem::offset_of!(AllFields, ready) + body::gauge::STAMP,
            std::mem::offset_of!(AllFields, last_user) + body::text::STAMP,
        ] {
            set(start + at, &stamp.to_le_bytes());
        }
        let last_at = std::mem::offset_of!(AllFields, otherdb) + body::timer::LAST_AT;
        set(start + last_at, &(SECOND + number).to_le_bytes());
    }
}

/// What a file means, in JSON.
fn meaning(snapshot: &Snapshot) -> serde_json::Value {
    let stats: Map<_, _> = snapshot
        .stats()
        .map(|stat| {
            let said = [stat.unit(), stat.help()];
            (stat.label().to_owned(), json!([value(stat.value()), said[0], said[1]]))
        })
        .collect();
    json!({
        "state": snapshot.state().as_str(),
        "command": snapshot.writer().command,
        "lanes": snapshot.lanes().iter().map(mmstats::Lane::tid).collect::<Vec<_>>(),
        "stats": stats,
    })
}

fn value(value: &Value) -> serde_json::Value {
    match value {
        Value::Counter(count) => json!(count),
        Value::UpDown(count) => json!(count),
        Value::Number(Scalar::Unsigned(number)) => json!(number),
        Value::Number(Scalar::Signed(number)) => json!(number),
        Value::Number(Scalar::Bool(truth)) => json!(truth),
        Value::Number(scalar) => json!(scalar.as_f64()),
        Value::Text(text) => json!(text),
        Value::Average(mean) => json!({"count": mean.count, "sum": mean.sum}),
        Value::MovingAverage(window) => json!({"count": window.count, "samples": window.samples}),
        Value::Timer(timing) => json!({
            "count": timing.count(),
            "sum": timing.sum(),
            "min": timing.min(),
            "max": timing.max(),
            "last": timing.last(),
            "moving_average": timing.moving_average(),
            "p50": timing.quantile(0.5),
            "running": timing.running(),
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
