//! The progress of jobs: what is counted and when, over threads, for readers of the file, and with
//! bad or hostile numbers.

use std::fs;
use std::mem::offset_of;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use mmstats::__private_0_1::format::record::digest;
use mmstats::__private_0_1::format::{FieldRecord, Header};
use mmstats::{
    Kind, Lane, Mapped, MmStats, Progress, ReadError, Reader, Snapshot, State, Value, Work,
};
use tempfile::TempDir;

#[derive(MmStats)]
#[repr(C)]
struct Job {
    pages: Progress,
    rows: Progress,
}

fn job() -> (TempDir, Mapped<Job>) {
    let directory = tempfile::tempdir().unwrap();
    let job = Job::builder().directory(&directory).file("job.mmstats").create().unwrap();
    (directory, job)
}

fn read(job: &Mapped<Job>) -> Snapshot {
    Reader::open(job.path().unwrap()).unwrap().snapshot().unwrap()
}

fn rows(snapshot: &Snapshot) -> &Work {
    snapshot.get("rows").and_then(|value| value.as_work()).unwrap()
}

#[test]
fn items_are_counted_when_they_are_finished() {
    let (_directory, job) = job();
    let mut seen = Vec::new();
    for row in job.rows.over(0..3) {
        seen.push((row, job.rows.done()));
    }
    assert_eq!(seen, [(0, 0), (1, 1), (2, 2)]);
    let snapshot = read(&job);
    let rows = rows(&snapshot);
    assert_eq!((rows.done(), rows.total(), rows.part()), (3, Some(3), Some(1.0)));
    assert_eq!(rows.left(), Some(Duration::ZERO));
    assert!(rows.rate().unwrap() > 0.0);
}

#[test]
fn an_item_that_is_not_finished_does_not_count() {
    let (_directory, job) = job();
    let _ = job.rows.over(0..9).find(|row| *row == 4);
    assert_eq!((job.rows.local().done(), job.rows.local().total()), (4, Some(9)));
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        for row in job.rows.over(0..3) {
            assert!(row < 2);
        }
    }));
    assert!(panicked.is_err());
    // What is done already, and three more.
    assert_eq!((job.rows.local().done(), job.rows.local().total()), (6, Some(9)));
}

#[test]
fn a_total_that_was_set_prevails_over_those_of_iterators() {
    let (_directory, job) = job();
    job.rows.set_total(100);
    for _ in 0..3 {
        for _ in job.rows.over(0..10) {}
    }
    assert_eq!((job.rows.local().done(), job.rows.local().total()), (30, Some(100)));
    job.rows.set_total(0);
    assert_eq!(job.rows.local().total(), Some(30), "zero stands for not known");
    // An iterator that does not know its length.
    for _ in job.pages.over((0..10).filter(|page| page % 2 == 0)) {}
    assert_eq!((job.pages.local().done(), job.pages.local().total()), (5, None));
}

#[test]
fn threads_add_up() {
    let (_directory, job) = job();
    job.pages.set_total(60);
    std::thread::scope(|scope| {
        for _ in 0..3 {
            let work = || {
                for _ in job.pages.over(0..20) {
                    for _ in job.rows.over([1, 2]) {}
                }
            };
            scope.spawn(work).join().unwrap();
        }
        scope.spawn(|| job.rows.add(5));
    });
    let [pages, rows] = [job.total(|job| &job.pages), job.total(|job| &job.rows)];
    assert_eq!((pages.done(), pages.total()), (60, Some(60)));
    assert_eq!(rows.done(), 125);
    let snapshot = read(&job);
    let read = ["pages", "rows"].map(|key| snapshot.get(key).unwrap().as_u64().unwrap());
    assert_eq!(read, [60, 125]);
    assert_eq!(self::rows(&snapshot).total(), rows.total());
}

#[test]
fn a_resumed_job_has_the_items_of_earlier_runs_in_no_rate() {
    #[derive(MmStats)]
    struct Resumed {
        #[mmstats(initial = 1_000)]
        users: Progress,
    }
    let directory = tempfile::tempdir().unwrap();
    let resumed = Resumed::builder().directory(&directory).initially(|job: &Resumed| {
        job.users.set_done_before(400);
    });
    let resumed = resumed.create().unwrap();
    let reader = Reader::open(resumed.path().unwrap()).unwrap();
    let before = reader.snapshot().unwrap();
    assert_eq!(before.get("users").unwrap().as_work().unwrap().part(), Some(0.4));
    resumed.users.add(100);
    let after = reader.snapshot().unwrap();
    let users = after.get("users").unwrap().as_work().unwrap();
    assert_eq!((users.done(), users.done_before(), users.done_in_all()), (100, 400, 500));
    assert_eq!(users.total(), Some(1_000));
    assert_eq!(after.since(&before).unwrap().get("users").unwrap().count(), Some(100));
}

#[test]
fn a_restarted_job_is_all_new() {
    let (_directory, job) = job();
    job.rows.set_total(10);
    job.rows.set_done_before(1);
    job.rows.add(7);
    let before = read(&job);
    job.rows.restart();
    job.rows.add(2);
    let after = read(&job);
    let rows = rows(&after);
    assert_eq!((rows.done(), rows.done_before(), rows.total()), (2, 0, Some(10)));
    // A count that goes backwards was reset.
    let change = after.since(&before).unwrap();
    let change = change.get("rows").unwrap();
    assert_eq!((change.count(), change.as_work().unwrap().total()), (Some(2), None));
}

#[test]
fn bad_numbers_have_no_estimate() {
    let (_directory, job) = job();
    job.rows.set_total(3);
    assert_eq!(rows(&read(&job)).left(), None, "nothing is done");
    job.rows.add(4);
    let snapshot = read(&job);
    assert_eq!((rows(&snapshot).part(), rows(&snapshot).left()), (Some(1.0), None));
    job.rows.set_total(u64::MAX);
    job.rows.set_done_before(u64::MAX);
    job.rows.add(u64::MAX);
    let snapshot = read(&job);
    assert_eq!((rows(&snapshot).done(), rows(&snapshot).done_in_all()), (3, u64::MAX));
    assert_eq!(rows(&snapshot).left(), Some(Duration::ZERO));
}

#[test]
fn nothing_is_left_of_a_job_whose_writer_ended() {
    let (directory, job) = job();
    job.rows.set_total(100);
    job.rows.add(1);
    assert!(rows(&read(&job)).left().is_some());
    drop(job);
    let snapshot = Reader::open(directory.path().join("job.mmstats")).unwrap().snapshot().unwrap();
    assert_eq!(snapshot.state(), State::Closed);
    let rows = rows(&snapshot);
    assert_eq!((rows.done(), rows.total(), rows.left()), (1, Some(100), None));
}

// ---- Hostile files ----

/// Returns the file of a job that ended.
fn file() -> Vec<u8> {
    let (directory, job) = job();
    job.rows.set_total(100);
    for _ in job.rows.over(0..40) {}
    drop(job);
    fs::read(directory.path().join("job.mmstats")).unwrap()
}

fn word(file: &[u8], at: usize) -> usize {
    u64::from_le_bytes(file[at..at + 8].try_into().unwrap()).try_into().unwrap()
}

fn snapshot_of(file: &[u8]) -> Result<Snapshot, ReadError> {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("hostile.mmstats");
    fs::write(&path, file).unwrap();
    Reader::open(path)?.snapshot()
}

/// Calls all that computes something.
fn look_at(snapshot: &Snapshot) {
    for stat in snapshot.stats().chain(snapshot.lanes().iter().flat_map(Lane::stats)) {
        if let Some(work) = stat.value().as_work() {
            let _ = (work.part(), work.left(), work.rate(), work.recent_rate(), work.elapsed());
            let merged = stat.value().clone().merged(stat.value().clone());
            let _ = merged.as_work().map(Work::left);
            let _ = (merged.to_string(), format!("{work:?}"));
        }
    }
}

#[test]
fn hostile_words_are_read_without_harm() {
    let whole = file();
    let start = word(&whole, offset_of!(Header, lanes_offset)) + 64 + offset_of!(Job, rows);
    let words = |at: &str| {
        let part = Kind::Progress.parts().iter().find(|part| part.name == at).unwrap();
        start + part.offset
    };
    let extremes = [1, u64::MAX / 2, u64::MAX];
    for at in (start..start + size_of::<Progress>()).step_by(8) {
        for extreme in extremes {
            let mut file = whole.clone();
            file[at..at + 8].copy_from_slice(&extreme.to_le_bytes());
            look_at(&snapshot_of(&file).unwrap());
            // And all marks as well.
            for mark in (words("marks")..start + size_of::<Progress>()).step_by(8) {
                let number = extreme.wrapping_mul(mark as u64);
                file[mark..mark + 8].copy_from_slice(&number.to_le_bytes());
            }
            look_at(&snapshot_of(&file).unwrap());
        }
    }
    // A writer that died while it noted the time.
    let mut torn = whole.clone();
    torn[words("lock")] |= 1;
    let torn = snapshot_of(&torn).unwrap();
    assert!(torn.stat("rows").unwrap().is_torn());
    assert_eq!(torn.get("rows").unwrap().as_u64(), Some(40));
}

#[test]
fn a_hostile_capacity_is_an_error_or_means_no_marks() {
    let whole = file();
    let records = word(&whole, offset_of!(Header, records_offset));
    let strings = word(&whole, offset_of!(Header, strings_offset));
    let with_capacity = |capacity: u32| {
        let mut file = whole.clone();
        let at = records + size_of::<FieldRecord>() + offset_of!(FieldRecord, capacity);
        file[at..at + 4].copy_from_slice(&capacity.to_le_bytes());
        let size = word(&file, offset_of!(Header, strings_size));
        let digest = digest(
            &file[records..records + 2 * size_of::<FieldRecord>()],
            &file[strings..strings + size],
        );
        file[offset_of!(Header, schema_digest)..][..8].copy_from_slice(&digest.to_le_bytes());
        snapshot_of(&file)
    };
    let huge = with_capacity(u32::MAX).unwrap_err().to_string();
    let expected =
        "expected a size that holds the field, found 648, where a Progress takes 68719476792";
    assert!(huge.contains(expected), "{huge}");
    let none = with_capacity(0).unwrap();
    assert_eq!(none.get("rows").map(Value::count), Some(Some(40)));
}
