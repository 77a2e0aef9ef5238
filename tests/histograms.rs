//! Histograms record values of any unit, and a reader finds their quantiles.

use std::mem::offset_of;
use std::path::Path;
use std::{fs, thread};

use mmstats::__private_0_1::format::header::Header;
use mmstats::__private_0_1::format::record::{FieldRecord, RECORD_SIZE, digest};
use mmstats::{Distribution, Histogram, Kind, Mapped, MmStats, Reader, Snapshot, Timer, Value};
use tempfile::TempDir;

/// One of each precision.
#[derive(MmStats)]
#[repr(C)]
struct Stats {
    /// The size of an answer.
    #[mmstats(unit = "bytes")]
    size: Histogram,
    three: Histogram<3>,
    five: Histogram<5>,
    six: Histogram<6>,
    seven: Histogram<7>,
}

fn created() -> (TempDir, Mapped<Stats>) {
    let directory = tempfile::tempdir().unwrap();
    let stats = Stats::builder().directory(directory.path()).create().unwrap();
    (directory, stats)
}

fn snapshot(stats: &Mapped<Stats>) -> Snapshot {
    Reader::open(stats.path().unwrap()).unwrap().snapshot().unwrap()
}

/// Returns the histogram as a reader of the file sees it.
fn distribution(snapshot: &Snapshot, label: &str) -> Distribution {
    let value = snapshot.get(label).unwrap();
    value.as_distribution().unwrap_or_else(|| panic!("{label}: {value:?}")).clone()
}

#[test]
fn what_was_recorded_is_read() {
    let (_directory, stats) = created();
    for size in [500, 3, 70_000] {
        stats.size.record(size);
    }
    stats.size.record_n(40, 7);
    let snapshot = snapshot(&stats);
    let size = snapshot.stat("size").unwrap();
    assert_eq!((size.kind(), size.unit()), (Some(Kind::Histogram), "bytes"));
    assert_eq!(size.help(), "The size of an answer.");
    let read = distribution(&snapshot, "size");
    assert_eq!((read.count(), read.sum(), read.mean()), (10, 70_783, 7_078.3));
    assert_eq!((read.min(), read.max(), read.is_torn()), (3, 70_000, false));
    assert_eq!((read.quantile(0.0), read.quantile(1.0)), (3, 70_000));
    assert_eq!(read.quantile(0.5).abs_diff(40) * 32 / 40, 0);
    assert_eq!(read, stats.size.local());
    assert_eq!(read, stats.total(|stats| &stats.size));
    let buckets: Vec<_> = read.buckets().collect();
    assert_eq!(buckets.iter().map(|bucket| bucket.count).collect::<Vec<_>>(), [1, 7, 1, 1]);
    for (bucket, value) in buckets.iter().zip([3, 40, 500, 70_000]) {
        assert!(bucket.start <= value && bucket.end > Some(value), "{bucket:?}: {value}");
    }
}

#[test]
fn nothing_recorded_is_zero() {
    let (_directory, stats) = created();
    stats.size.record_n(9, 0);
    let snapshot = snapshot(&stats);
    let read = distribution(&snapshot, "size");
    assert_eq!((read.count(), read.sum(), read.mean()), (0, 0, 0.0));
    assert_eq!((read.min(), read.max(), read.quantile(0.5)), (0, 0, 0));
    assert_eq!(read.buckets().count(), 0);
    let samples = snapshot.get("size").unwrap().summary().samples.unwrap();
    assert_eq!((samples.count, samples.mean, samples.min, samples.max), (0, None, None, None));
    assert_eq!((samples.has_quantiles(), samples.quantile(0.5)), (true, None));
}

#[test]
fn the_least_and_the_greatest_value_have_their_buckets() {
    let (_directory, stats) = created();
    macro_rules! record {
        ($($name:ident)*) => {$(
            for value in [0, u64::MAX, 1 << 63] {
                stats.$name.record(value);
            }
        )*};
    }
    record! { size three five six seven }
    let snapshot = snapshot(&stats);
    for (label, bits) in [("size", 4), ("three", 3), ("five", 5), ("six", 6), ("seven", 7)] {
        let read = distribution(&snapshot, label);
        assert_eq!((read.min(), read.max(), read.quantile(0.0)), (0, u64::MAX, 0), "{label}");
        // The sum is modulo 2⁶⁴.
        assert_eq!(read.sum(), (1 << 63) - 1, "{label}");
        let error = |found: u64, value: u64| u128::from(found.abs_diff(value)) << (bits + 1);
        assert!(error(read.quantile(0.5), 1 << 63) <= 1 << 63, "{label}");
        assert!(error(read.quantile(1.0), u64::MAX) <= u64::MAX.into(), "{label}");
        let buckets: Vec<_> = read.buckets().collect();
        assert_eq!(buckets.len(), 3, "{label}");
        assert_eq!((buckets[0].start, buckets[0].end, buckets[2].end), (0, Some(1), None));
        let width = 1 << (63 - bits);
        assert_eq!(buckets[2].start, u64::MAX - width + 1, "{label}");
    }
}

#[test]
fn threads_are_added_up_without_loss() {
    let (_directory, stats) = created();
    thread::scope(|scope| {
        for thread in 0..3 {
            let stats = &stats;
            scope.spawn(move || {
                for value in 0..1_000 {
                    stats.size.record(3 * value + thread);
                }
            });
        }
    });
    let read = distribution(&snapshot(&stats), "size");
    let alone = Histogram::default();
    for value in 0..3_000 {
        alone.record(value);
    }
    assert_eq!(read, alone.local());
}

#[test]
fn an_interval_has_the_values_recorded_in_it() {
    let (_directory, stats) = created();
    let reader = Reader::open(stats.path().unwrap()).unwrap();
    stats.size.record_n(1_000_000, 1_000);
    let before = reader.snapshot().unwrap();
    for size in [100, 200, 400] {
        stats.size.record(size);
    }
    let delta = reader.snapshot().unwrap().since(&before).unwrap();
    let came = delta.get("size").unwrap().as_distribution().unwrap().clone();
    let alone = Histogram::default();
    for size in [100, 200, 400] {
        alone.record(size);
    }
    assert_eq!((came.count(), came.sum(), came.min()), (3, 700, 100));
    assert!(came.buckets().eq(alone.local().buckets()));
    assert!(came.max().abs_diff(400) * 16 <= 400, "as exact as a bucket");
    assert_eq!(came.quantile(0.5), alone.local().quantile(0.5));
}

#[test]
fn files_with_the_same_buckets_are_merged_and_others_keep_the_first() {
    let (_first, first) = created();
    let (_second, second) = created();
    first.size.record(10);
    second.size.record(30);
    second.seven.record(2_000);
    let [a, b] = [&first, &second].map(snapshot);
    let merged = a.get("size").unwrap().clone().merged(b.get("size").unwrap().clone());
    let Value::Histogram(merged) = merged else { panic!("{merged:?}") };
    assert_eq!((merged.count(), merged.sum(), merged.min(), merged.max()), (2, 40, 10, 30));
    assert_eq!(merged.buckets().count(), 2);
    let other = distribution(&a, "size").merged(distribution(&b, "seven"));
    assert_eq!((other.count(), other.max(), other.buckets().count()), (2, 2_000, 1));
}

#[test]
fn a_lane_takes_as_many_bytes_as_is_stated() {
    let histograms = [
        size_of::<Histogram<3>>(),
        size_of::<Histogram>(),
        size_of::<Histogram<5>>(),
        size_of::<Histogram<6>>(),
        size_of::<Histogram<7>>(),
    ];
    assert_eq!(histograms, [4_032, 7_872, 15_424, 30_272, 59_456]);
    let timers = [
        size_of::<Timer<100, 3>>(),
        size_of::<Timer<100>>(),
        size_of::<Timer<100, 5>>(),
        size_of::<Timer<100, 6>>(),
        size_of::<Timer<100, 7>>(),
    ];
    assert_eq!(timers, [3_584, 6_144, 11_136, 20_864, 39_808]);
}

// ---- What a file may claim ----

fn number(file: &[u8], at: usize) -> usize {
    let word: [u8; 8] = file[at..at + 8].try_into().unwrap();
    usize::try_from(u64::from_le_bytes(word)).unwrap()
}

/// Writes to the first record, and to all that the digest covers what it demands.
fn patch(path: &Path, at: usize, bytes: &[u8]) {
    let mut file = fs::read(path).unwrap();
    let records = number(&file, offset_of!(Header, records_offset));
    file[records + at..][..bytes.len()].copy_from_slice(bytes);
    let strings = number(&file, offset_of!(Header, strings_offset));
    let strings_size = number(&file, offset_of!(Header, strings_size));
    let record_count = number(&file, offset_of!(Header, record_count)) & 0xffff_ffff;
    let of_records = &file[records..][..RECORD_SIZE * record_count];
    let digest = digest(of_records, &file[strings..][..strings_size]);
    file[offset_of!(Header, schema_digest)..][..8].copy_from_slice(&digest.to_le_bytes());
    fs::write(path, file).unwrap();
}

#[test]
fn a_file_that_claims_other_buckets_is_refused_or_read_as_it_says() {
    let refused = [
        (offset_of!(FieldRecord, bucket_bits), vec![17], "at most 16 bits"),
        (offset_of!(FieldRecord, buckets), vec![0; 4], "at least one bucket"),
        (offset_of!(FieldRecord, buckets), vec![0xff; 4], "34359738400"),
        // One more than there is room for.
        (offset_of!(FieldRecord, buckets), 980_u32.to_le_bytes().into(), "7880"),
    ];
    for (at, bytes, says) in refused {
        let (_directory, stats) = created();
        let path = stats.path().unwrap().to_owned();
        stats.size.record(9);
        drop(stats);
        patch(&path, at, &bytes);
        let error = Reader::open(&path).unwrap_err().to_string();
        assert!(error.contains(says), "{error}");
    }
    // A program may have fewer buckets, or wider ones.
    for (at, bytes, median) in [
        (offset_of!(FieldRecord, buckets), 10_u32.to_le_bytes().to_vec(), 9),
        (offset_of!(FieldRecord, bucket_bits), vec![0], 9),
        (offset_of!(FieldRecord, bucket_bits), vec![16], 9),
    ] {
        let (_directory, stats) = created();
        let path = stats.path().unwrap().to_owned();
        stats.size.record(9);
        drop(stats);
        patch(&path, at, &bytes);
        let read = distribution(&Reader::open(&path).unwrap().snapshot().unwrap(), "size");
        assert_eq!((read.count(), read.quantile(0.5)), (1, median), "{at}");
    }
}
