//! Files that are corrupt, truncated, shrinking, or hostile: section by section.
//!
//! For any file, a reader returns an error or a snapshot: it neither panics nor takes much more
//! memory than the file has bytes, and its error names the byte and what it expected there.
#![expect(unsafe_code, reason = "an allocator that counts")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::fs::{self, File};
use std::mem::offset_of;
use std::ops::Range;
use std::os::unix::fs::FileExt as _;
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::LazyLock;
use std::thread;
use std::time::Duration;

use mmstats::__private_0_1::format::extension::Extension;
use mmstats::__private_0_1::format::header::{VITALS_OFFSET, VitalsBytes};
use mmstats::__private_0_1::format::lane::LANE_HEADER_SIZE;
use mmstats::__private_0_1::format::record::{RECORD_SIZE, digest};
use mmstats::__private_0_1::format::{FieldRecord, Header, LaneHeader};
use mmstats::{
    Average, Constant, ConstantText, Counter, DynFamily, Gauge, Group, Histogram, Kind, Lane,
    MmStats, MovingAverage, Progress, Reader, Registry, RunTime, Scalar, Snapshot, Stat, State,
    Text, Timer, UpDown, Value,
};
use mmstats_testing::{Child, role, say, wrapped};
use tempfile::{TempDir, tempdir};

// Memory allocated by a thread.

struct Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

thread_local! {
    static TAKEN: Cell<usize> = const { Cell::new(0) };
    static PEAK: Cell<usize> = const { Cell::new(0) };
}

// SAFETY: all calls are forwarded to the system's allocator. (Reallocation is the trait's default:
// while it copies, both blocks are counted.)
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        take(layout);
        // SAFETY: forwards the caller's promises.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        take(layout);
        // SAFETY: forwards the caller's promises.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // This thread also frees memory that other threads allocated.
        TAKEN.set(TAKEN.get().saturating_sub(layout.size()));
        // SAFETY: forwards the caller's promises.
        unsafe { System.dealloc(pointer, layout) }
    }
}

fn take(layout: Layout) {
    /// A reader requests this much before it decodes many values, and never touches it.
    const REQUEST: usize = 32 << 20;
    if layout.size() == REQUEST {
        return;
    }
    TAKEN.set(TAKEN.get() + layout.size());
    PEAK.set(PEAK.get().max(TAKEN.get()));
}

/// Returns the result of opening and reading a file, and the peak of allocated bytes.
fn measured(path: &Path) -> (Result<Snapshot, String>, usize) {
    TAKEN.set(0);
    PEAK.set(0);
    let snapshot = Reader::open(path).and_then(|reader| reader.snapshot());
    let peak = PEAK.get();
    let snapshot = snapshot.map_err(|error| {
        let (whole, kind) = (error.to_string(), error.kind().to_string());
        assert_eq!(whole, format!("{}: {kind}", path.display()));
        assert!(!whole.contains(char::is_control), "{whole:?}");
        kind
    });
    (snapshot, peak)
}

/// Reads everything in a snapshot.
fn look_at(snapshot: &Snapshot) {
    let lanes = snapshot.lanes().iter().flat_map(Lane::stats);
    for stat in snapshot.stats().chain(lanes) {
        let _ = (stat.key().as_str(), stat.help(), stat.unit(), stat.value().as_f64());
        if let Value::Timer(timing) = stat.value() {
            for quantile in [f64::NAN, -1.0, 0.0, 0.5, 1.0] {
                let _ = timing.quantile(quantile);
            }
            let _ = (timing.mean(), timing.recent_mean(), timing.running_for());
        }
    }
    let _ = (snapshot.age(), snapshot.writer());
}

/// A file that is overwritten many times, and yields an error or a snapshot each time.
struct Victim {
    _directory: TempDir,
    path: PathBuf,
    file: File,
}

impl Victim {
    fn new(content: &[u8]) -> Self {
        let directory = tempdir().unwrap();
        let path = directory.path().join("victim.mmstats");
        fs::write(&path, content).unwrap();
        let file = File::options().write(true).open(&path).unwrap();
        Self { _directory: directory, path, file }
    }

    fn write(&self, at: usize, bytes: &[u8]) {
        self.file.write_all_at(bytes, at as u64).unwrap();
    }

    /// Reads the file, and checks that this takes no more than a few times its size of memory.
    fn read(&self) -> Result<Snapshot, String> {
        let (snapshot, peak) = measured(&self.path);
        let size = self.file.metadata().unwrap().len();
        let allowed = 8 * usize::try_from(size).unwrap() + (64 << 10);
        assert!(peak <= allowed, "{peak} bytes of memory for a file of {size}");
        if let Ok(snapshot) = &snapshot {
            look_at(snapshot);
        }
        snapshot
    }

    /// Truncates the file to every `step`th length, and then restores `content`.
    fn survives_truncation(
        &self,
        content: &[u8],
        step: usize,
        mut check: impl FnMut(usize, Result<Snapshot, String>),
    ) {
        for len in (0..=content.len()).rev().step_by(step) {
            self.file.set_len(len as u64).unwrap();
            check(len, self.read());
        }
        self.write(0, content);
    }

    /// Flips bytes one by one, first all bits and then the lowest. The digest is left as it was, or
    /// corrected.
    fn survives_flips(&self, content: &[u8], range: impl Iterator<Item = usize>, digest: Digest) {
        for at in range {
            for flip in [0xff, 0x01] {
                self.write(at, &[content[at] ^ flip]);
                if digest == Digest::Right {
                    let mut flipped = content.to_vec();
                    flipped[at] ^= flip;
                    seal(&mut flipped);
                    self.write(DIGEST, &flipped[DIGEST..][..8]);
                }
                let _ = self.read();
            }
            self.write(at, &content[at..=at]);
            if digest == Digest::Right {
                self.write(DIGEST, &content[DIGEST..][..8]);
            }
        }
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Digest {
    AsItWas,
    Right,
}

// Version 2: a file with all kinds of fields and two lanes.

#[derive(MmStats)]
#[repr(C)] // The errors below contain offsets.
struct Everything {
    /// What it counts.
    #[mmstats(unit = "things")]
    counter: Counter,
    up_down: UpDown,
    signed: Gauge<i16>,
    #[mmstats(name = "é")]
    double: Gauge<f64>,
    flag: Gauge<bool>,
    text: Text<20>,
    average: Average,
    moving_average: MovingAverage<4>,
    timer: Timer<4>,
    constant: Constant<u8>,
    constant_text: ConstantText<8>,
}

static FILE: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let directory = tempdir().unwrap();
    let builder = Everything::builder().directory(directory.path());
    let builder = builder.constant(|stats| &stats.constant, 7);
    let builder = builder.constant(|stats| &stats.constant_text, "text");
    let stats = builder.create().unwrap();
    let write = || {
        stats.counter.add(3);
        stats.up_down.dec();
        stats.signed.set(-2);
        stats.double.set(0.75);
        stats.flag.set(true);
        stats.text.set("Hélène");
        for sample in [1.0, 2.0, 3.0, 4.0, 5.0] {
            stats.average.add(sample);
            stats.moving_average.add(sample);
            stats.timer.record(Duration::from_micros(7));
        }
    };
    write();
    thread::scope(|scope| {
        scope.spawn(write);
    });
    let path = stats.path().unwrap().to_owned();
    drop(stats);
    in_pages_of_4096(&fs::read(path).unwrap())
});

/// Moves the sections of a file to pages of 4096 bytes, as the offsets in the errors below assume.
fn in_pages_of_4096(file: &[u8]) -> Vec<u8> {
    let [records, strings, lanes] = [RECORDS, STRINGS, LANES].map(|at| word(file, at));
    let strings_end = strings + word(file, STRINGS_SIZE);
    let stride = word(file, STRIDE);
    let mut small = vec![0; 24_576];
    small[..4096].copy_from_slice(&file[..4096]);
    small[4096..][..strings_end - records].copy_from_slice(&file[records..strings_end]);
    small[8192..16_384].copy_from_slice(&file[lanes..][..8192]);
    small[16_384..].copy_from_slice(&file[lanes + stride..][..8192]);
    let strings = 4096 + (strings - records) as u64;
    for (at, number) in [(RECORDS, 4096), (STRINGS, strings), (LANES, 8192), (STRIDE, 8192)] {
        small[at..][..8].copy_from_slice(&number.to_le_bytes());
    }
    small
}

const DIGEST: usize = offset_of!(Header, schema_digest);
const RECORDS: usize = offset_of!(Header, records_offset);
const STRINGS: usize = offset_of!(Header, strings_offset);
const STRINGS_SIZE: usize = offset_of!(Header, strings_size);
const LANES: usize = offset_of!(Header, lanes_offset);
const STRIDE: usize = offset_of!(Header, lane_stride);

/// Returns the number at `at`, capped at the largest `usize`.
fn word(file: &[u8], at: usize) -> usize {
    let word = file[at..at + 8].try_into().unwrap();
    usize::try_from(u64::from_le_bytes(word)).unwrap_or(usize::MAX)
}

fn half(file: &[u8], at: usize) -> usize {
    word(file, at) & 0xffff_ffff
}

/// Returns the offset of the record of the field with this label.
fn record(label: &str) -> usize {
    let (file, strings) = (&*FILE, word(&FILE, STRINGS));
    let mut records = (word(file, RECORDS)..strings).step_by(RECORD_SIZE);
    let found = records.find(|at| {
        let start = strings + half(file, at + offset_of!(FieldRecord, name_offset));
        let size = half(file, at + offset_of!(FieldRecord, name_size)) & 0xffff;
        &file[start..start + size] == label.as_bytes()
    });
    found.expect("there is such a label")
}

/// Returns the offset of the field with this label in the first lane.
fn place(label: &str) -> usize {
    let offset = word(&FILE, record(label) + offset_of!(FieldRecord, offset));
    word(&FILE, LANES) + LANE_HEADER_SIZE + offset
}

/// Corrects the digest, if there is anything to digest, so that a reader checks the rest.
fn seal(file: &mut [u8]) {
    let section = |at: usize, len: usize| file.get(at..at.checked_add(len)?);
    let record_size = half(file, offset_of!(Header, record_size));
    let records = record_size * half(file, offset_of!(Header, record_count));
    let records = section(word(file, RECORDS), records);
    let strings = section(word(file, STRINGS), word(file, STRINGS_SIZE));
    if let (Some(records), Some(strings)) = (records, strings) {
        let digest = digest(records, strings);
        file[DIGEST..][..8].copy_from_slice(&digest.to_le_bytes());
    }
}

/// Returns a valid file with some bytes overwritten.
fn patched(patches: &[(usize, &[u8])]) -> Vec<u8> {
    let mut file = FILE.clone();
    for (at, bytes) in patches {
        file[*at..][..bytes.len()].copy_from_slice(bytes);
    }
    if patches.iter().all(|(at, _)| *at != DIGEST) {
        seal(&mut file);
    }
    file
}

/// Overwrites one place of a valid file, and expects an error.
macro_rules! corrupt {
    ($($name:ident: at $at:expr, write $bytes:expr, says $says:literal;)*) => {$(
        #[test]
        fn $name() {
            let file = patched(&[($at, &$bytes)]);
            let error = Victim::new(&file).read().expect_err("it is corrupt");
            assert_eq!(error, $says);
        }
    )*};
}

/// Overwrites one place of a valid file, and expects a snapshot that passes `$check`.
macro_rules! harmless {
    ($($name:ident: at $at:expr, write $bytes:expr, $check:expr;)*) => {$(
        #[test]
        fn $name() {
            let file = patched(&[($at, &$bytes)]);
            let snapshot = Victim::new(&file).read().expect("it can be read");
            let check: fn(&Snapshot) = $check;
            check(&snapshot);
        }
    )*};
}

/// Returns the offset of a part of the header.
macro_rules! header {
    (vitals.$part:ident) => {
        VITALS_OFFSET + offset_of!(VitalsBytes, $part)
    };
    ($part:ident) => {
        offset_of!(Header, $part)
    };
}

/// Returns the offset of a part of a field's record.
macro_rules! of_record {
    ($label:literal, $part:ident) => {
        record($label) + offset_of!(FieldRecord, $part)
    };
}

/// Returns the offset of a part of the first lane's header.
macro_rules! of_lane {
    ($part:ident) => {
        word(&FILE, LANES) + offset_of!(LaneHeader, $part)
    };
}

const U64_MAX: [u8; 8] = [0xff; 8];
const U32_MAX: [u8; 4] = [0xff; 4];
const U16_MAX: [u8; 2] = [0xff; 2];
const FAR: [u8; 8] = (1u64 << 40).to_le_bytes();

fn everything_is_there(snapshot: &Snapshot) {
    assert_eq!(snapshot.get("counter"), Some(&Value::Counter(6)));
    assert_eq!(snapshot.get("constant_text"), Some(&Value::ConstantText("text".into())));
    assert_eq!((snapshot.stats().len(), snapshot.lanes().len()), (16, 2));
    assert!(!snapshot.stats().any(|stat| stat.is_torn()));
}

#[test]
fn a_good_file_is_read() {
    let snapshot = Victim::new(&FILE).read().unwrap();
    everything_is_there(&snapshot);
    assert_eq!((snapshot.state(), snapshot.lanes_lost()), (State::Closed, 0));
    let mut sealed = FILE.clone();
    seal(&mut sealed);
    assert_eq!(sealed, *FILE);
}

// Version 2: the header.

corrupt! {
    a_version_that_is_not_known: at 0, write [3],
        says "byte 0: expected a statistics file (version 1 or 2), found version 3";
    another_magic: at 3, write [0x1b],
        says "byte 0: expected a statistics file (version 1 or 2), found another file";
    a_version_1_that_is_none: at 0, write [1],
        says "byte 0: expected a statistics file (version 1 or 2), found another file";
    a_flag_that_is_required: at header!(flags), write [0, 0, 0, 0x80],
        says "byte 16: needs a newer reader (flags 0x80000000)";
    a_wrong_digest: at DIGEST, write [0; 8],
        says "byte 24: expected the digest of records and strings, found 0x43791458344516e4";
    a_header_that_is_too_small: at header!(header_size), write 511u32.to_le_bytes(),
        says "byte 48: expected a header of 512 to 4096 bytes, found 511";
    records_of_no_size: at header!(record_size), write [0; 4],
        says "byte 52: expected a record of 64 to 1024 bytes, found 0";
    records_that_are_too_small: at header!(record_size), write [63],
        says "byte 52: expected a record of 64 to 1024 bytes, found 63";
    records_that_are_huge: at header!(record_size), write U32_MAX,
        says "byte 52: expected a record of 64 to 1024 bytes, found 4294967295";
    records_that_lie_nowhere: at header!(records_offset), write U64_MAX,
        says "byte 18446744073709551615: expected 704 bytes for the field records, found 0";
    records_beyond_the_end: at header!(records_offset), write FAR,
        says "byte 1099511627776: expected 704 bytes for the field records, found 0";
    a_huge_count_of_records: at header!(record_count), write U32_MAX,
        says "byte 64: expected at most 1,048,576 fields, found 4294967295";
    a_lane_header_that_is_too_small: at header!(lane_header_size), write [63],
        says "byte 68: expected a lane header of 64 to 4096 bytes, found 63";
    a_lane_header_that_is_huge: at header!(lane_header_size), write U32_MAX,
        says "byte 68: expected a lane header of 64 to 4096 bytes, found 4294967295";
    strings_that_lie_nowhere: at header!(strings_offset), write U64_MAX,
        says "byte 18446744073709551615: expected 100 bytes for the strings, found 0";
    strings_that_are_huge: at header!(strings_size), write U64_MAX,
        says "byte 80: expected at most 64 MiB of strings, found 18446744073709551615";
    lanes_that_lie_nowhere: at header!(lanes_offset), write U64_MAX,
        says "byte 18446744073709551615: expected 5760 bytes for a lane, found 0";
    lanes_beyond_the_end: at header!(lanes_offset), write FAR,
        says "byte 1099511627776: expected 5760 bytes for a lane, found 0";
    no_stride: at header!(lane_stride), write [0; 8],
        says "byte 104: expected a stride that holds a lane, of at most 512 MiB, found 0";
    a_stride_that_is_less_than_a_lane: at header!(lane_stride), write 5695u64.to_le_bytes(),
        says "byte 104: expected a stride that holds a lane, of at most 512 MiB, found 5695";
    a_stride_that_leads_out_of_the_file: at header!(lane_stride), write (1u64 << 29).to_le_bytes(),
        says "byte 536879104: expected 5760 bytes for a lane, found 0";
    a_stride_that_is_huge: at header!(lane_stride), write FAR,
        says "byte 104: expected a stride that holds a lane, of at most 512 MiB, found 1099511627776";
    a_body_that_is_huge: at header!(lane_body_size), write U64_MAX,
        says "byte 112: expected a struct of at most 256 MiB, found 18446744073709551615";
    a_body_that_is_more_than_its_lane: at header!(lane_body_size), write 8192u64.to_le_bytes(),
        says "byte 104: expected a stride that holds a lane, of at most 512 MiB, found 8192";
    a_body_that_holds_no_field: at header!(lane_body_size), write [0; 8],
        says "byte 4120: expected a field inside the lane, found 8 bytes at 0 of 0";
    a_prefix_that_lies_nowhere: at header!(prefix_offset), write U32_MAX,
        says "byte 188: expected a prefix in the string area, found bytes 4294967295 to 4294967295 of 100";
    a_prefix_that_ends_nowhere: at header!(prefix_size), write [101],
        says "byte 188: expected a prefix in the string area, found bytes 0 to 101 of 100";
    creation_that_has_not_finished: at header!(vitals.state), write [0; 8],
        says "byte 256: creation has not finished";
    more_lanes_than_there_are: at header!(vitals.lanes), write [3],
        says "byte 24576: expected 5760 bytes for a lane, found 0";
    a_huge_count_of_lanes: at header!(vitals.lanes), write (1u64 << 63).to_le_bytes(),
        says "byte 264: expected at most 1,048,576 lanes, found 9223372036854775808";
}

harmless! {
    a_newer_minor_version: at header!(minor), write [9], everything_is_there;
    a_flag_that_is_not_required: at header!(flags), write [0, 0, 0, 0, 1], everything_is_there;
    what_is_reserved: at header!(reserved_2), write [0xff; 168], everything_is_there;
    a_place_that_cannot_be: at header!(device), write [0xff; 16], everything_is_there;
    a_section_that_is_not_known: at header!(extension_offset), write U64_MAX, everything_is_there;
    a_page_size_of_nothing: at header!(page_size), write [0; 4], everything_is_there;
    a_panic_note_that_lies_nowhere: at header!(panic_note_offset), write U64_MAX,
        everything_is_there;
    a_writer_that_cannot_be: at header!(created_realtime_ns), write [0xff; 64],
        everything_is_there;
    a_command_that_is_too_long: at header!(command_size), write U16_MAX, |snapshot| {
        everything_is_there(snapshot);
        assert_eq!(snapshot.writer().command().as_ref().unwrap().len(), 64);
    };
    a_command_that_is_no_text: at header!(command), write [0xff; 64], everything_is_there;
    vitals_that_cannot_be: at header!(vitals.lanes_lost), write [0xff; 48], |snapshot| {
        everything_is_there(snapshot);
        assert_eq!(snapshot.lanes_lost(), u64::MAX);
    };
    a_state_that_is_not_known: at header!(vitals.state), write U64_MAX, |snapshot| {
        everything_is_there(snapshot);
        assert_eq!(snapshot.state(), State::Unknown);
    };
    no_lanes: at header!(vitals.lanes), write [0], |snapshot| {
        assert_eq!(snapshot.get("counter"), Some(&Value::Counter(0)));
        assert_eq!((snapshot.stats().len(), snapshot.lanes().len()), (16, 0));
    };
    fewer_fields_than_there_are: at header!(record_count), write [1], |snapshot| {
        assert_eq!(snapshot.get("counter"), Some(&Value::Counter(6)));
        assert_eq!(snapshot.stats().len(), 6);
    };
}

// Version 2: the schema. The record of `counter` is at 4096, those of the others follow.

corrupt! {
    a_name_that_lies_nowhere: at of_record!("counter", name_offset), write U32_MAX,
        says "byte 4096: expected a string in the string area, found bytes 4294967295 to 4294967302 of 100";
    a_name_that_begins_within_a_character: at of_record!("é", name_offset), write [42],
        says "byte 4288: expected a string in the string area, found bytes 42 to 44 of 100";
    a_name_of_no_length: at of_record!("counter", name_size), write [0],
        says "byte 4100: expected a name of 1 to 1024 bytes, found 0";
    a_name_that_is_too_long: at of_record!("counter", name_size), write 1025u16.to_le_bytes(),
        says "byte 4100: expected a name of 1 to 1024 bytes, found 1025";
    a_unit_that_lies_nowhere: at of_record!("counter", unit_offset), write U32_MAX,
        says "byte 4104: expected a string in the string area, found bytes 4294967295 to 4294967301 of 100";
    a_unit_that_is_too_long: at of_record!("counter", unit_size), write U16_MAX,
        says "byte 4102: expected a unit of at most 63 bytes, found 65535";
    a_help_that_lies_nowhere: at of_record!("counter", help_offset), write U32_MAX,
        says "byte 4108: expected a string in the string area, found bytes 4294967295 to 4294967310 of 100";
    a_help_that_is_too_long: at of_record!("counter", help_size), write U32_MAX,
        says "byte 4112: expected a help text of at most 65,535 bytes, found 4294967295";
    a_type_that_is_not_known: at of_record!("signed", scalar), write [12],
        says "byte 4246: expected a scalar type, found 12";
    a_policy_that_is_not_known: at of_record!("signed", merge), write [77],
        says "byte 4247: expected a merge policy, found 77";
    a_field_that_lies_nowhere: at of_record!("signed", offset), write U64_MAX,
        says "byte 4248: expected a field inside the lane, found 16 bytes at 18446744073709551615 of 5696";
    a_field_beyond_its_lane: at of_record!("counter", offset), write U16_MAX,
        says "byte 4120: expected a field inside the lane, found 8 bytes at 65535 of 5696";
    a_field_that_is_huge: at of_record!("counter", size), write U32_MAX,
        says "byte 4120: expected a field inside the lane, found 4294967295 bytes at 0 of 5696";
    a_counter_that_is_too_small: at of_record!("counter", size), write [7],
        says "byte 4128: expected a size that holds the field, found 7, where a Counter takes 8";
    a_timer_that_is_too_small: at of_record!("timer", size), write [64, 0],
        says "byte 4640: expected a size that holds the field, found 64, where a Timer takes 5344";
    a_text_that_holds_more_than_it_has: at of_record!("text", capacity), write U32_MAX,
        says "byte 4448: expected a size that holds the field, found 48, where a Text takes 4294967319";
    a_ring_that_is_huge: at of_record!("moving_average", capacity), write U32_MAX,
        says "byte 4576: expected a size that holds the field, found 56, where a MovingAverage takes 34359738384";
    a_timer_with_a_huge_ring: at of_record!("timer", capacity), write U32_MAX,
        says "byte 4640: expected a size that holds the field, found 5376, where a Timer takes 34359743672";
    a_timer_with_a_huge_histogram: at of_record!("timer", buckets), write U32_MAX,
        says "byte 4640: expected a size that holds the field, found 5376, where a Timer takes 34359738456";
    a_timer_without_a_histogram: at of_record!("timer", buckets), write [0; 4],
        says "byte 4652: expected at least one bucket, found 0";
    buckets_that_are_too_narrow: at of_record!("timer", bucket_bits), write [17],
        says "byte 4656: expected at most 16 bits, found 17";
    fields_that_overlap: at of_record!("up_down", offset), write [7],
        says "byte 4096: expected fields that do not overlap, found bytes 0..8 and 7..15 of the lane";
    fields_in_the_same_place: at of_record!("up_down", offset), write [0],
        says "byte 4096: expected fields that do not overlap, found bytes 0..8 and 0..8 of the lane";
    a_lock_that_is_not_before_its_field: at of_record!("up_down", group), write [2],
        says "byte 4212: expected a group's lock before its fields, found a lock at 1, of a field at 8";
    a_lock_that_lies_nowhere: at of_record!("up_down", group), write U32_MAX,
        says "byte 4212: expected a group's lock before its fields, found a lock at 4294967294, of a field at 8";
    a_lock_that_is_a_field: at of_record!("up_down", group), write [1],
        says "byte 4096: expected fields that do not overlap, found bytes 0..8 and 0..8 of the lane";
}

#[derive(MmStats)]
#[repr(C)]
struct Pair {
    first: Counter,
    second: Average,
}

#[derive(MmStats)]
#[repr(C)]
struct Grouped {
    pair: Group<Pair>,
    single: Counter,
}

fn grouped() -> Vec<u8> {
    let directory = tempdir().unwrap();
    let stats = Grouped::builder().directory(directory.path()).create().unwrap();
    stats.pair.update(|pair| pair.first.inc());
    fs::read(stats.path().unwrap()).unwrap()
}

#[test]
fn a_group_with_another_field_in_it_is_refused() {
    let mut file = grouped();
    let records = word(&file, RECORDS);
    let mut put = |index: usize, offset| {
        file[records + index * RECORD_SIZE + offset_of!(FieldRecord, offset)] = offset;
    };
    put(1, 24); // `second`, which was at 16
    put(2, 16); // `single`, which was at 48
    seal(&mut file);
    let error = Victim::new(&file).read().unwrap_err();
    let expected = "groups whose fields are together, behind their lock";
    let found = "bytes 0..56 and 16..24 of the lane";
    assert_eq!(error, format!("byte {records}: expected {expected}, found {found}"));
}

#[test]
fn any_byte_of_a_group_may_flip() {
    let file = grouped();
    let victim = Victim::new(&file);
    let records = word(&file, RECORDS);
    victim.survives_flips(&file, records..records + 3 * RECORD_SIZE, Digest::Right);
    let lane = word(&file, LANES);
    let end = lane + LANE_HEADER_SIZE + size_of::<Grouped>();
    victim.survives_flips(&file, lane..end, Digest::AsItWas);
}

#[derive(MmStats)]
#[repr(C)]
struct Families {
    #[mmstats(key = "tenant")]
    tenants: DynFamily<Pair, 2, 8>,
    single: Counter,
}

fn families() -> Vec<u8> {
    let directory = tempdir().unwrap();
    let stats = Families::builder().directory(directory.path()).create().unwrap();
    stats.tenants.of("a").first.add(3);
    stats.tenants.of("b").first.add(4);
    stats.tenants.of("c").first.add(5);
    fs::read(stats.path().unwrap()).unwrap()
}

/// Returns the error of a file of families, one of whose records has another number: the families, the
/// first field of a member, its second field, or the single counter.
fn with_record(index: usize, at: usize, number: u32) -> String {
    let mut file = families();
    let record = word(&file, RECORDS) + index * RECORD_SIZE;
    file[record + at..][..4].copy_from_slice(&number.to_le_bytes());
    seal(&mut file);
    let error = Victim::new(&file).read().unwrap_err();
    let (byte, rest) = error.strip_prefix("byte ").unwrap().split_once(':').unwrap();
    let byte: usize = byte.parse().unwrap();
    format!("{}:{rest}", byte - word(&file, RECORDS))
}

#[test]
fn a_family_that_cannot_be_is_refused() {
    // 24 bytes, 2 keys of 16, a table of 32, and 3 members of 40.
    let (capacity, stride) = (offset_of!(FieldRecord, capacity), offset_of!(FieldRecord, buckets));
    let expected = "32: expected a family that holds its keys and its members";
    let found = |keys| format!("{expected}, found 208 bytes, of which {keys} are keys");
    assert_eq!(with_record(0, capacity, 3), found(120));
    assert_eq!(with_record(0, capacity, 1 << 20), found(24 + 32 * (1 << 20)));
    assert_eq!(with_record(0, stride, 41), found(88));
    assert_eq!(with_record(0, stride, u32::MAX), found(88));
    let bits = offset_of!(FieldRecord, bucket_bits);
    assert_eq!(with_record(0, bits, 0), "48: expected keys of at least one word, found 0");
    let unit = offset_of!(FieldRecord, name_size);
    let labels = "8: expected the keys of one to four labels, found ";
    assert!(
        with_record(0, unit, 16).starts_with(labels),
        "no labels: {}",
        with_record(0, unit, 16)
    );
    let family = offset_of!(FieldRecord, family);
    let expected = "expected the family of the records before, around the field, found a family at";
    assert_eq!(with_record(1, family, 9), format!("{}: {expected} 8", RECORD_SIZE + family));
    let offset = offset_of!(FieldRecord, offset);
    assert_eq!(with_record(1, offset, 128), format!("{}: {expected} 0", RECORD_SIZE + family));
    assert_eq!(with_record(1, offset, 80), format!("{}: {expected} 0", RECORD_SIZE + family));
    assert_eq!(with_record(3, family, 1), format!("{}: {expected} 0", 3 * RECORD_SIZE + family));
    let overlap =
        "0: expected fields that do not overlap, found bytes 88..96 and 88..120 of the lane";
    assert_eq!(with_record(2, offset, 88), overlap);
}

#[test]
fn any_byte_of_a_family_may_flip() {
    let file = families();
    let victim = Victim::new(&file);
    let records = word(&file, RECORDS);
    victim.survives_flips(&file, records..records + 4 * RECORD_SIZE, Digest::Right);
    let lane = word(&file, LANES);
    let end = lane + LANE_HEADER_SIZE + size_of::<Families>();
    victim.survives_flips(&file, lane..end, Digest::AsItWas);
}

#[test]
fn members_that_were_never_taken_take_no_memory() {
    #[derive(MmStats)]
    struct Large {
        #[mmstats(key = "tenant")]
        tenants: DynFamily<[Counter; 64], 65_535, 8>,
    }
    let directory = tempdir().unwrap();
    let stats = Large::builder().directory(directory.path()).create().unwrap();
    stats.tenants.of("a")[0].inc();
    let path = stats.path().unwrap();
    let (snapshot, taken) = measured(path);
    assert_eq!(snapshot.unwrap().stats().len(), 5 + 1 + 64);
    assert!(taken < 1 << 20, "{taken}");
    // All of them are taken, as far as the file says, and none has a key.
    let file = File::options().write(true).open(path).unwrap();
    let lanes = word(&fs::read(path).unwrap(), LANES) + LANE_HEADER_SIZE;
    file.write_all_at(&u64::MAX.to_le_bytes(), lanes as u64).unwrap();
    let (snapshot, taken) = measured(path);
    assert_eq!(snapshot.unwrap().stats().len(), 5 + 1 + 64);
    assert!(taken < 4 << 20, "{taken}");
}

#[derive(MmStats)]
#[repr(C)]
struct Distributions {
    size: Histogram<3>,
    users: Progress,
}

fn distributions() -> Vec<u8> {
    let directory = tempdir().unwrap();
    let stats = Distributions::builder().directory(directory.path()).create().unwrap();
    stats.size.record_n(300, 4);
    stats.users.set_total(10);
    stats.users.inc();
    fs::read(stats.path().unwrap()).unwrap()
}

#[test]
fn a_histogram_that_cannot_be_is_refused() {
    let error_with = |at: usize, number: u32| {
        let mut file = distributions();
        let records = word(&file, RECORDS);
        file[records + at..][..4].copy_from_slice(&number.to_le_bytes());
        seal(&mut file);
        let error = Victim::new(&file).read().unwrap_err();
        error.strip_prefix(&format!("byte {}: ", records + at)).map(str::to_owned).unwrap_or(error)
    };
    let (buckets, bits) = (offset_of!(FieldRecord, buckets), offset_of!(FieldRecord, bucket_bits));
    assert_eq!(error_with(buckets, 0), "expected at least one bucket, found 0");
    assert!(error_with(buckets, u32::MAX).contains("expected a size that holds the field"));
    assert_eq!(error_with(bits, 17), "expected at most 16 bits, found 17");
}

#[test]
fn any_byte_of_a_histogram_and_of_progress_may_flip() {
    let file = distributions();
    let victim = Victim::new(&file);
    let records = word(&file, RECORDS);
    victim.survives_flips(&file, records..records + 2 * RECORD_SIZE, Digest::Right);
    let lane = word(&file, LANES);
    let end = lane + LANE_HEADER_SIZE + size_of::<Distributions>();
    victim.survives_flips(&file, (lane..lane + 256).chain(end - 128..end), Digest::AsItWas);
}

/// A file with two statistics that were declared at run time, and where their section begins.
fn declared() -> (Vec<u8>, usize) {
    let directory = tempdir().unwrap();
    let file = RunTime::builder().directory(directory.path()).create().unwrap();
    let registry = Registry::from(file);
    registry.counter("first").register().unwrap().add(3);
    registry.counter("second").unit("bytes").register().unwrap().add(4);
    let file = fs::read(registry.path().unwrap()).unwrap();
    let section = word(&file, offset_of!(Header, extension_offset));
    (file, section)
}

#[test]
fn what_is_declared_at_run_time_may_be_corrupt() {
    let (file, section) = declared();
    let victim = Victim::new(&file);
    let records = word(&file, section + offset_of!(Extension, records_offset));
    let error_with = |at: usize, bytes: &[u8]| {
        victim.write(at, bytes);
        let result = victim.read();
        victim.write(at, &file[at..at + bytes.len()]);
        result.map(|snapshot| snapshot.stats().len())
    };
    let of = |at: usize| section + at;
    let huge = U64_MAX.as_slice();
    let at = of(offset_of!(Extension, records));
    let error = format!("byte {at}: expected at most 1,048,576 fields, found {}", u64::MAX);
    assert_eq!(error_with(at, huge), Err(error));
    assert!(error_with(at, &[3]).unwrap_err().contains("a name of 1 to 1024 bytes, found 0"));
    assert_eq!(error_with(at, &[1]), Ok(5 + 1 + 1));
    let at = of(offset_of!(Extension, strings_size));
    let error = format!("byte {at}: expected at most 64 MiB of strings, found {}", u64::MAX);
    assert_eq!(error_with(at, huge), Err(error));
    assert!(error_with(at, &[6]).unwrap_err().contains("a string in the string area"));
    for at in [offset_of!(Extension, records_offset), offset_of!(Extension, strings_offset)] {
        assert!(error_with(of(at), huge).unwrap_err().contains("found 0"));
    }
    let kind = of(offset_of!(Extension, kind));
    assert_eq!(error_with(kind, &[2]), Ok(5 + 1), "a section that is not known");
    let offset = records + RECORD_SIZE + offset_of!(FieldRecord, offset);
    let first = &file[records + offset_of!(FieldRecord, offset)..][..8];
    assert!(error_with(offset, first).unwrap_err().contains("fields that do not overlap"));
    assert!(error_with(offset, huge).unwrap_err().contains("a field inside the lane"));
    assert_eq!(victim.read().unwrap().get("second"), Some(&Value::Counter(4)));
}

#[test]
fn any_byte_of_what_is_declared_may_flip() {
    let (file, section) = declared();
    let victim = Victim::new(&file);
    let records = word(&file, section + offset_of!(Extension, records_offset));
    let strings = word(&file, section + offset_of!(Extension, strings_offset));
    for range in [section..section + 64, records..records + 3 * RECORD_SIZE, strings..strings + 16]
    {
        victim.survives_flips(&file, range, Digest::AsItWas);
    }
}

harmless! {
    a_kind_that_is_not_known: at of_record!("text", kind), write 4711u16.to_le_bytes(), |snapshot| {
        everything_is_there(snapshot);
        let text = snapshot.stat("text").unwrap();
        assert_eq!(*text.value(), Value::Unknown { kind: 4711 });
        assert_eq!((text.kind(), text.merge(), text.value().as_f64()), (None, None, None));
    };
    record_flags_that_are_not_known: at of_record!("text", flags), write U32_MAX,
        everything_is_there;
    what_is_reserved_in_a_record: at of_record!("text", reserved_2), write [0xff; 4],
        everything_is_there;
    a_gauge_of_no_type: at of_record!("signed", scalar), write [0], everything_is_there;
    a_ring_of_no_samples: at of_record!("timer", capacity), write [0; 4], |snapshot| {
        let Some(Value::Timer(timer)) = snapshot.get("timer") else {
            panic!("{snapshot:?}");
        };
        assert_eq!((timer.count(), timer.last()), (10, Duration::ZERO));
        assert_eq!(timer.recent_mean(), Duration::ZERO);
    };
}

#[test]
fn a_newer_record_may_be_longer() {
    // One field, whose record has space after the known parts.
    let longer = 128u32.to_le_bytes();
    let file =
        patched(&[(header!(record_size), &longer), (header!(record_count), &1u32.to_le_bytes())]);
    let snapshot = Victim::new(&file).read().unwrap();
    assert_eq!(snapshot.get("counter"), Some(&Value::Counter(6)));
}

#[test]
fn a_kind_that_is_not_known_may_have_any_policy() {
    let file = patched(&[
        (of_record!("signed", kind), &[99]),
        (of_record!("signed", scalar), &[99]),
        (of_record!("signed", merge), &[99]),
    ]);
    everything_is_there(&Victim::new(&file).read().unwrap());
}

// Version 2: the strings, which are at 4800.

corrupt! {
    strings_that_are_not_utf_8: at 4803, write [0xff],
        says "byte 4803: expected UTF-8, found other bytes";
    strings_that_end_within_a_character: at header!(strings_size), write [42],
        says "byte 4841: expected UTF-8, found other bytes";
    strings_that_are_too_short: at header!(strings_size), write [0; 8],
        says "byte 4096: expected a string in the string area, found bytes 0 to 7 of 0";
}

harmless! {
    a_label_with_a_control_character: at 4800, write [0x1b], |snapshot| {
        // Returned as is: the code that shows it escapes it.
        assert_eq!(snapshot.get("\u{1b}ounter"), Some(&Value::Counter(6)));
    };
}

#[test]
fn a_prefix_that_makes_labels_too_long_is_refused() {
    // `sys.created` is the longest label that it precedes.
    let with_prefix = |len: u16| {
        let file = patched(&[
            (header!(strings_size), &2000u64.to_le_bytes()),
            (header!(prefix_size), &len.to_le_bytes()),
        ]);
        Victim::new(&file).read()
    };
    let snapshot = with_prefix(1013).unwrap();
    assert!(snapshot.stats().all(|stat| stat.key().as_str().len() <= 1024));
    assert_eq!(
        with_prefix(1014).unwrap_err(),
        "byte 186: expected a prefix of at most 1013 bytes, found 1014"
    );
}

#[test]
fn labels_that_are_not_canonical_are_refused() {
    #[derive(MmStats)]
    struct Labelled {
        #[mmstats(key = "shard")]
        rows: [[Counter; 1]; 1],
    }

    const KEY: &[u8] = br#"rows{index="0",shard="0"}"#;
    let directory = tempdir().unwrap();
    let stats = Labelled::builder().directory(directory.path()).create().unwrap();
    let good = fs::read(stats.path().unwrap()).unwrap();
    let at = good.windows(KEY.len()).position(|bytes| bytes == KEY).expect("the key is there");
    let labels_at = word(&good, RECORDS) + offset_of!(FieldRecord, labels_size);
    let read = |size: u16, key: &[u8]| {
        let mut file = good.clone();
        file[at..][..key.len()].copy_from_slice(key);
        file[labels_at..][..2].copy_from_slice(&size.to_le_bytes());
        seal(&mut file);
        Victim::new(&file).read()
    };
    let snapshot = read(19, KEY).unwrap();
    let labels = [("index", "0".into()), ("shard", "0".into())];
    assert!(snapshot.stats().last().unwrap().labels().eq(labels));

    let cases: [(&[u8], usize, &str); 11] = [
        (br#"rows{shard="0",index="0"}"#, 15, "labels sorted by key, each key once, found `i`"),
        (br#"rows{index="0",index="0"}"#, 15, "labels sorted by key, each key once, found `i`"),
        (br#"rows{index="0";shard="0"}"#, 14, "`,` between two labels, found `;`"),
        (br#"rows{index="0",shard="0","#, 24, "`}` after the labels, found `,`"),
        (br#"rows[index="0",shard="0"}"#, 4, "`{` after the name, found `[`"),
        (br#"ro{s{index="0",shard="0"}"#, 2, "a name without `{`, found `{`"),
        (br#"rows{index=00",shard="0"}"#, 10, "`=\"` after the key of a label, found `=`"),
        (br#"rows{=ndex="0",shard="0"}"#, 5, "the key of a label, found `=`"),
        (br#"rows{index="0",shard="0,}"#, 24, "`\"` after the value of a label, found `}`"),
        (br#"rows{index="\,shard="00"}"#, 12, r#"`\\`, `\"` or `\n`, found `\\`"#),
        (b"rows{index=\"\n\",shard=\"0\"}", 12, r"`\n` for a line feed, found `\n`"),
    ];
    for (key, within, expected) in cases {
        let expected = format!("byte {}: expected {expected}", at + within);
        assert_eq!(read(19, key).unwrap_err(), expected);
    }
    let error = read(18, KEY).unwrap_err();
    assert_eq!(error, format!("byte {}: expected `}}` after the labels, found `\\\"`", at + 23));
    let error = read(1025, KEY).unwrap_err();
    assert_eq!(
        error,
        format!("byte {labels_at}: expected at most 1024 bytes of labels, found 1025")
    );
    let error = read(1024, KEY).unwrap_err();
    assert!(error.contains("expected a string in the string area"), "{error}");
}

#[test]
fn a_version_1_label_with_braces_is_a_key_only_if_it_reads_as_one() {
    let labels: [&[u8]; 4] =
        [br#"done{user="rob"}"#, b"done{", br#"done{b="2",a="1"}"#, br#"{user="rob"}"#];
    let fields = labels.map(|label| field(label, "Q", 255, &[&[7, 0, 0, 0, 0, 0, 0, 0]]));
    let snapshot = Victim::new(&version_1(&fields)).read().unwrap();
    let names: Vec<_> = snapshot.stats().map(|stat| stat.name()).collect();
    assert_eq!(names, ["done", "done{", r#"done{b="2",a="1"}"#, r#"{user="rob"}"#]);
    for label in labels {
        assert!(snapshot.get(std::str::from_utf8(label).unwrap()).is_some());
    }
}

#[test]
fn labels_may_be_the_same_bytes() {
    let label = &FILE[record("counter")..][..6];
    let file = patched(&[(of_record!("up_down", name_offset), label)]);
    let snapshot = Victim::new(&file).read().unwrap();
    let counters = snapshot.stats().filter(|stat| stat.key().as_str() == "counter");
    let values: Vec<_> = counters.map(|stat| stat.value().clone()).collect();
    assert_eq!(values, [Value::Counter(6), Value::UpDown(-2)]);
}

// Version 2: the lanes.

harmless! {
    a_lane_that_is_not_there_yet: at of_lane!(state), write [0], |snapshot| {
        assert_eq!(snapshot.get("counter"), Some(&Value::Counter(3)));
        assert_eq!((snapshot.stats().len(), snapshot.lanes().len()), (16, 1));
    };
    a_lane_in_a_state_that_is_not_known: at of_lane!(state), write U64_MAX, |snapshot| {
        everything_is_there(snapshot);
        assert!(!snapshot.lanes()[0].is_claimed());
    };
    a_thread_that_cannot_be: at of_lane!(tid), write U64_MAX, |snapshot| {
        everything_is_there(snapshot);
        assert_eq!(snapshot.lanes()[0].tid(), 0);
    };
    a_lane_claimed_in_the_future: at of_lane!(claimed_at_ns), write U64_MAX, everything_is_there;
    what_is_reserved_in_a_lane: at of_lane!(reserved), write [0xff; 32], everything_is_there;
    a_counter_that_overflows: at place("counter"), write U64_MAX, |snapshot| {
        assert_eq!(snapshot.get("counter"), Some(&Value::Counter(2)));
    };
    a_boolean_of_more_than_two_values: at place("flag") + 8, write [0x77], |snapshot| {
        assert_eq!(snapshot.get("flag"), Some(&Value::Gauge(Scalar::Bool(true))));
    };
    a_text_that_is_longer_than_its_room: at place("constant_text") + 16, write U64_MAX, |snapshot| {
        let text = Value::ConstantText("text\0\0\0\0".into());
        assert_eq!(snapshot.get("constant_text"), Some(&text));
    };
    a_text_that_is_not_utf_8: at place("constant_text") + 24, write [0xff], |snapshot| {
        let text = Value::ConstantText("\u{fffd}ext".into());
        assert_eq!(snapshot.get("constant_text"), Some(&text));
    };
    a_write_that_did_not_end: at place("timer"), write [0x77], |snapshot| {
        let torn: Vec<_> = snapshot.stats().filter(Stat::is_torn).collect();
        assert_eq!(torn.iter().map(|stat| stat.key().as_str()).collect::<Vec<_>>(), ["timer"]);
        assert!(matches!(torn[0].value(), Value::Timer(timing) if timing.count() == 10));
    };
    a_timer_that_overflows: at place("timer") + 8, write [0xff; 56], |snapshot| {
        assert!(matches!(snapshot.get("timer"), Some(Value::Timer(timing)) if timing.count() == 4));
    };
    a_histogram_that_overflows: at place("timer") + 96, write [0xff; 5248], everything_is_there;
    a_moving_average_that_overflows: at place("moving_average") + 8, write [0xff; 40],
        everything_is_there;
    averages_that_are_no_numbers: at place("average") + 16, write [0xff; 8], everything_is_there;
}

// Version 2: everything at once.

#[test]
fn a_file_cut_to_any_length_is_an_error() {
    let victim = Victim::new(&FILE);
    // The space after the struct in the last lane may be missing.
    let needed =
        word(&FILE, LANES) + word(&FILE, STRIDE) + LANE_HEADER_SIZE + size_of::<Everything>();
    victim.survives_truncation(&FILE, 1, |len, read| match read {
        Ok(snapshot) if len >= needed => everything_is_there(&snapshot),
        Ok(_) => panic!("{len} bytes of {needed} are not enough"),
        Err(error) if len < needed => assert!(is_of_truncation(&error), "{len}: {error}"),
        Err(error) => panic!("{len} bytes are enough: {error}"),
    });
}

fn is_of_truncation(error: &str) -> bool {
    let empty = "byte 0: expected a statistics file (version 1 or 2), found ";
    error.starts_with(empty) || (error.contains("expected ") && error.contains(" bytes for "))
}

#[test]
fn any_byte_of_the_header_may_flip() {
    Victim::new(&FILE).survives_flips(&FILE, 0..size_of::<Header>(), Digest::AsItWas);
}

#[test]
fn any_byte_of_the_header_may_flip_under_a_right_digest() {
    Victim::new(&FILE).survives_flips(&FILE, 0..size_of::<Header>(), Digest::Right);
}

fn schema() -> Range<usize> {
    word(&FILE, RECORDS)..word(&FILE, STRINGS) + word(&FILE, STRINGS_SIZE)
}

#[test]
fn any_byte_of_the_schema_that_flips_is_noticed() {
    let victim = Victim::new(&FILE);
    for at in schema() {
        victim.write(at, &[FILE[at] ^ 1]);
        let error = victim.read().unwrap_err();
        assert!(
            error.starts_with("byte 24: expected the digest of records and strings"),
            "{error}"
        );
        victim.write(at, &[FILE[at]]);
    }
    victim.survives_flips(&FILE, schema(), Digest::AsItWas);
}

#[test]
fn any_byte_of_the_schema_may_flip_under_a_right_digest() {
    Victim::new(&FILE).survives_flips(&FILE, schema(), Digest::Right);
}

#[test]
fn any_byte_of_a_lane_may_flip() {
    // Except for most of the timer's histogram, whose buckets are all alike.
    let histogram = place("timer") + 96..place("constant");
    let lane = word(&FILE, LANES)..place("constant_text") + 32;
    let bytes = lane.filter(|at| !histogram.contains(at) || at % 59 == 0);
    Victim::new(&FILE).survives_flips(&FILE, bytes, Digest::AsItWas);
}

// Small files that claim to need much memory.

#[test]
fn fields_without_a_lane_take_no_memory() {
    // The file has no lane, so its size does not limit the struct.
    let size = 1u64 << 26;
    let buckets = u32::try_from((size - 64) / 8).unwrap();
    let file = patched(&[
        (header!(vitals.lanes), &[0]),
        (header!(lane_stride), &(2 * size).to_le_bytes()),
        (header!(lane_body_size), &size.to_le_bytes()),
        (header!(record_count), &1u32.to_le_bytes()),
        (of_record!("counter", kind), &Kind::Timer.code().to_le_bytes()),
        (of_record!("counter", size), &u32::try_from(size).unwrap().to_le_bytes()),
        (of_record!("counter", buckets), &buckets.to_le_bytes()),
    ]);
    let _ = Victim::new(&file).read();
}

/// Returns a file of many similar fields, and as many lanes as fit in as many bytes.
fn crowd(fields: u32, size: u32, kind: u16) -> Vec<u8> {
    let body = (fields * size).next_multiple_of(64);
    let stride = (body + 64).next_multiple_of(4096);
    let strings = 4096 + 64 * fields;
    let lanes_at = (strings + 1).next_multiple_of(4096);
    let lanes = (lanes_at / stride).max(1);
    let mut file = vec![0; (lanes_at + lanes * stride) as usize];
    file[..512].copy_from_slice(&FILE[..512]);
    file[strings as usize] = b'x';
    for (at, number) in [
        (header!(record_count), fields),
        (header!(strings_offset), strings),
        (header!(strings_size), 1),
        (header!(lanes_offset), lanes_at),
        (header!(lane_stride), stride),
        (header!(lane_body_size), body),
        (header!(vitals.lanes), lanes),
    ] {
        file[at..][..4].copy_from_slice(&number.to_le_bytes());
    }
    for index in 0..fields {
        let record = &mut file[4096 + 64 * index as usize..][..64];
        record[offset_of!(FieldRecord, name_size)] = 1;
        record[offset_of!(FieldRecord, kind)..][..2].copy_from_slice(&kind.to_le_bytes());
        record[offset_of!(FieldRecord, scalar)] = 1; // a byte
        record[offset_of!(FieldRecord, merge)] = 1;
        record[offset_of!(FieldRecord, offset)..][..4]
            .copy_from_slice(&(index * size).to_le_bytes());
        record[offset_of!(FieldRecord, size)..][..4].copy_from_slice(&size.to_le_bytes());
    }
    for index in 0..lanes {
        file[(lanes_at + index * stride) as usize] = 1;
    }
    seal(&mut file);
    file
}

#[test]
fn fields_of_next_to_no_size_do_not_multiply() {
    for kind in [Kind::Constant.code(), 4711] {
        for size in [0, 1] {
            let error = Victim::new(&crowd(4000, size, kind)).read().unwrap_err();
            assert!(error.starts_with("byte 4128: expected "), "{error}");
        }
        let snapshot = Victim::new(&crowd(4000, 8, kind)).read().unwrap();
        assert_eq!(snapshot.stats().len(), 4005);
        assert!(snapshot.lanes().len() > 1);
    }
}

#[test]
fn values_that_are_all_torn_do_not_hold_up_a_reader() {
    let fields = 20_000;
    let mut file = crowd(fields, 32, Kind::Average.code());
    let place = word(&file, LANES) + LANE_HEADER_SIZE;
    for sequence in file[place..][..32 * fields as usize].chunks_mut(32) {
        sequence[0] = 1;
    }
    let snapshot = Victim::new(&file).read().unwrap();
    assert_eq!(snapshot.stats().filter(Stat::is_torn).count(), fields as usize);
}

#[test]
fn child_reads_a_sparse_file() {
    let Some(directory) = role("child_reads_a_sparse_file") else {
        return;
    };
    let (read, peak) = measured(&directory.join("sparse.mmstats"));
    assert!(peak <= 256 << 20, "{peak} bytes of memory for an empty file");
    say(read.map_or_else(|error| error, |snapshot| format!("{} stats", snapshot.stats().len())));
}

/// Returns a child's result for a sparse file that starts with these bytes.
fn read_sparse(content: &[u8], size: u64) -> String {
    let directory = tempdir().unwrap();
    let path = directory.path().join("sparse.mmstats");
    fs::write(&path, content).unwrap();
    File::options().write(true).open(&path).unwrap().set_len(size).unwrap();
    // The limit protects the machine if the test fails.
    let wrapper = ["sh", "-c", "ulimit -v 8388608; exec \"$0\" \"$@\""];
    let mut command = wrapped(&wrapper, "child_reads_a_sparse_file", directory.path());
    let mut child = Child::spawn(command.stderr(Stdio::null()));
    let said = child.hear();
    child.end_well();
    said
}

const SPARSE: [u64; 2] = [1 << 31, 1 << 40];

#[test]
fn a_sparse_file_of_version_1_takes_no_memory() {
    let content = version_1(&[field(b"done", "I", 255, &[&[3, 0, 0, 0]])]);
    for size in SPARSE {
        assert_eq!(read_sparse(&content, size), "1 stats");
    }
}

#[test]
fn a_sparse_file_of_version_2_takes_no_memory() {
    for size in SPARSE {
        let body = size - 8192 - 64;
        let content = patched(&[
            (header!(lane_body_size), &body.to_le_bytes()),
            (header!(lane_stride), &size.to_le_bytes()),
            (header!(vitals.lanes), &[1]),
        ]);
        let said = read_sparse(&content, size);
        assert!(said == "16 stats" || said.starts_with("byte "), "{said}");
    }
}

// Files that change under an open reader.

#[test]
fn a_file_that_shrinks_under_a_reader_is_an_error() {
    let victim = Victim::new(&FILE);
    let reader = Reader::open(&victim.path).unwrap();
    everything_is_there(&reader.snapshot().unwrap());
    for len in [20_000, 16_384, 8200, 8192, 4096, 320, 300, 256, 1, 0] {
        victim.file.set_len(len).unwrap();
        let error = reader.snapshot().unwrap_err().kind().to_string();
        assert!(is_of_truncation(&error), "{len} bytes: {error}");
    }
    victim.write(0, &FILE);
    everything_is_there(&reader.snapshot().unwrap());
}

#[test]
fn a_header_that_changes_under_a_reader_is_no_danger() {
    let victim = Victim::new(&FILE);
    let reader = Reader::open(&victim.path).unwrap();
    victim.write(0, &[0xff; 256]);
    everything_is_there(&reader.snapshot().unwrap());
    victim.write(header!(vitals.lanes), &U64_MAX);
    let error = reader.snapshot().unwrap_err().to_string();
    assert!(error.contains("byte 264: expected at most 1,048,576 lanes"), "{error}");
}

#[test]
fn a_file_that_was_deleted_is_read_by_who_has_it_open() {
    let victim = Victim::new(&FILE);
    let reader = Reader::open(&victim.path).unwrap();
    fs::remove_file(&victim.path).unwrap();
    everything_is_there(&reader.snapshot().unwrap());
}

// Paths that are not files.

#[test]
fn what_is_no_file_is_refused_at_once() {
    let directory = tempdir().unwrap();
    let at = |name: &str| directory.path().join(name);
    rustix::fs::mkfifoat(rustix::fs::CWD, at("fifo"), rustix::fs::Mode::from(0o600)).unwrap();
    let _listener = UnixListener::bind(at("socket")).unwrap();
    let refused = |path: &Path| measured(path).0.unwrap_err();
    for path in [&at("fifo"), &at("socket"), directory.path(), Path::new("/dev/null")] {
        assert_eq!(refused(path), "is not a regular file", "{}", path.display());
    }
    assert_eq!(refused(&at("nothing")), "cannot open it: No such file or directory (os error 2)");
}

#[test]
fn what_is_no_statistics_file_is_named() {
    for (content, found) in [
        (&b""[..], "an empty file"),
        (b"\0", "another file"),
        (b"\x02mmstat", "another file"),
        (b"\x07mmstats", "version 7"),
        // What it contains is not shown: a link may have led here.
        (b"#!/bin/sh\n", "another file"),
        ("\u{1b}[2Jé".as_bytes(), "another file"),
        (b"\x01secret key", "another file"),
    ] {
        let error = Victim::new(content).read().unwrap_err();
        let expected =
            format!("byte 0: expected a statistics file (version 1 or 2), found {found}");
        assert_eq!(error, expected);
    }
}

// Version 1, by hand.

/// Returns a field as the original writes it.
fn field(label: &[u8], code: &str, buffer: u8, values: &[&[u8]]) -> Vec<u8> {
    let size = |bytes: &[u8]| u16::try_from(bytes.len()).unwrap().to_le_bytes();
    let mut field =
        [&size(label), label, &size(code.as_bytes()), code.as_bytes(), &[buffer]].concat();
    field.extend(values.concat());
    field
}

/// A field that makes a file one of version 1, whatever follows.
fn good() -> Vec<u8> {
    field(b"good", "B", 255, &[&[3]])
}

/// Returns a file of these fields, followed by zeros.
fn version_1(fields: &[Vec<u8>]) -> Vec<u8> {
    [&[1], &*fields.concat(), &[0; 64]].concat()
}

#[test]
fn every_type_code_of_version_1_is_read() {
    // The original writes constants without buffers, and only in these types.
    let constant = |number: Scalar| (Value::Constant(number), Value::Untyped(number));
    let untyped = |number: Scalar| (Value::Untyped(number), Value::Untyped(number));
    let signed = |number: i64| Scalar::from(number);
    let unsigned = |number: u64| Scalar::from(number);
    let boolean = |value| untyped(Scalar::Bool(value));
    let text = |text: &str| (Value::Text(text.into()), Value::Text(text.into()));
    let cases: [(&str, Vec<u8>, (Value, Value)); 33] = [
        ("c", b"x".to_vec(), text("x")),
        ("b", i8::MIN.to_le_bytes().to_vec(), untyped(signed(-128))),
        ("B", u8::MAX.to_le_bytes().to_vec(), untyped(unsigned(255))),
        ("?", vec![0], boolean(false)),
        ("?", vec![1], boolean(true)),
        ("h", i16::MIN.to_le_bytes().to_vec(), untyped(signed(-32_768))),
        ("H", u16::MAX.to_le_bytes().to_vec(), untyped(unsigned(65_535))),
        ("i", i32::MIN.to_le_bytes().to_vec(), untyped(signed(i32::MIN.into()))),
        ("I", u32::MAX.to_le_bytes().to_vec(), constant(unsigned(u32::MAX.into()))),
        ("l", i64::MIN.to_le_bytes().to_vec(), untyped(signed(i64::MIN))),
        ("L", u64::MAX.to_le_bytes().to_vec(), untyped(unsigned(u64::MAX))),
        ("q", i64::MIN.to_le_bytes().to_vec(), constant(signed(i64::MIN))),
        ("Q", u64::MAX.to_le_bytes().to_vec(), constant(unsigned(u64::MAX))),
        ("f", 0.1f32.to_le_bytes().to_vec(), constant(Scalar::Float(0.1))),
        ("f", f32::NAN.to_le_bytes().to_vec(), constant(Scalar::Float(f32::NAN))),
        ("d", 0.1f64.to_le_bytes().to_vec(), constant(Scalar::Double(0.1))),
        ("d", (-0.0f64).to_le_bytes().to_vec(), constant(Scalar::Double(-0.0))),
        ("s", b"x".to_vec(), text("x")),
        ("0s", vec![], text("")),
        ("5s", b"ab\0\0\0".to_vec(), text("ab")),
        ("5s", b"ab\0cd".to_vec(), text("ab")),
        ("5s", b"abcde".to_vec(), text("abcde")),
        ("7s", "Hélène".as_bytes()[..7].to_vec(), text("Hélèn")),
        ("6s", "Hélène".as_bytes()[..6].to_vec(), text("Hélè")),
        ("5s", "Hélène".as_bytes()[..5].to_vec(), text("Hél")),
        (" i", (-3i32).to_le_bytes().to_vec(), untyped(signed(-3))),
        ("i ", (-3i32).to_le_bytes().to_vec(), untyped(signed(-3))),
        ("  3s\t", b"abc".to_vec(), text("abc")),
        ("1i", (-3i32).to_le_bytes().to_vec(), untyped(signed(-3))),
        ("@l", (-3i64).to_le_bytes().to_vec(), untyped(signed(-3))),
        ("=l", (-3i32).to_le_bytes().to_vec(), untyped(signed(-3))),
        ("<L", 3u32.to_le_bytes().to_vec(), untyped(unsigned(3))),
        ("= q", (-3i64).to_le_bytes().to_vec(), constant(signed(-3))),
    ];
    for (code, bytes, (unbuffered, buffered)) in cases {
        let other = vec![0x55; bytes.len()];
        let file = version_1(&[
            field(b"unbuffered", code, 255, &[&bytes]),
            field(b"first", code, 1, &[&bytes, &other]),
            field(b"second", code, 0, &[&other, &bytes]),
        ]);
        let snapshot = Victim::new(&file).read().unwrap();
        let read: Vec<_> =
            snapshot.stats().map(|stat| (stat.key().as_str(), stat.value())).collect();
        let expected = [("unbuffered", &unbuffered), ("first", &buffered), ("second", &buffered)];
        assert_eq!(read, expected, "{code:?}");
        assert_eq!((snapshot.version(), snapshot.state()), (1, State::Unknown));
        assert!(snapshot.lanes().is_empty());
    }
}

#[test]
fn a_version_1_file_may_end_where_its_fields_end() {
    for rest in [&b""[..], &[0], &[0, 0], &[0; 4096]] {
        let fields = field(b"done", "I", 255, &[&[3, 0, 0, 0]]);
        let file = [&[1], &*fields, rest].concat();
        let snapshot = Victim::new(&file).read().unwrap();
        assert_eq!(snapshot.get("done"), Some(&Value::Constant(Scalar::Integer(3))));
        assert_eq!(snapshot.stats().len(), 1);
    }
    assert_eq!(Victim::new(&[1]).read().unwrap().stats().len(), 0);
}

#[test]
fn a_version_1_label_that_is_not_utf_8_is_shown_without_what_is_not() {
    let file = version_1(&[field(b"a\xff\xfeb", "B", 255, &[&[3]])]);
    let snapshot = Victim::new(&file).read().unwrap();
    assert_eq!(snapshot.stats().next().unwrap().key().as_str(), "ab");
}

#[test]
fn a_version_1_type_that_is_none_is_named() {
    const CODES: &str =
        "one of Python's struct codes c b B ? h H i I l L q Q f d, or a number and s";
    for (code, shown) in [
        ("", ""),
        (" ", " "),
        ("x", "x"),
        ("p", "p"),
        ("P", "P"),
        ("ii", "ii"),
        ("3i", "3i"),
        ("0i", "0i"),
        (">i", ">i"),
        ("!i", "!i"),
        ("5", "5"),
        ("-1s", "-1s"),
        ("+1s", "+1s"),
        ("2 s", "2 s"),
        ("s5", "s5"),
        ("99999999999999999999s", "99999999999999999999s"),
        ("é", "é"),
        ("\u{1b}[2J", r"\u{1b}[2J"),
    ] {
        let file = version_1(&[good(), field(b"done", code, 255, &[&[0; 8]])]);
        let error = Victim::new(&file).read().unwrap_err();
        assert_eq!(error, format!("byte 20: expected {CODES}, found `{shown}`"));
    }
}

#[test]
fn a_long_version_1_type_is_abbreviated() {
    let file = version_1(&[good(), field(b"done", &"\u{1b}".repeat(60_000), 255, &[])]);
    let error = Victim::new(&file).read().unwrap_err();
    assert!(error.len() < 1000, "{} bytes of error", error.len());
}

#[test]
fn what_is_wrong_with_a_version_1_file_is_named() {
    let bad = |field: Vec<u8>| Victim::new(&version_1(&[good(), field])).read().unwrap_err();
    assert_eq!(
        bad(field(b"done", "I", 2, &[&[0; 8]])),
        "byte 21: expected write buffer 0, 1 or 255, found 2"
    );
    assert_eq!(
        bad(field(b"done", "99s", 255, &[])),
        "byte 24: expected 99 bytes for a value, found 64"
    );
    assert_eq!(
        bad(field(b"done", "99s", 0, &[])),
        "byte 24: expected 99 bytes for the first buffer, found 64"
    );
    assert_eq!(
        bad(field(b"done", "99s", 1, &[&[0; 99]])),
        "byte 123: expected 99 bytes for the second buffer, found 64"
    );
    assert_eq!(
        bad(b"\xff\xffdone".to_vec()),
        "byte 14: expected 65535 bytes for a label, found 68"
    );
    assert_eq!(
        bad(b"\x04\0done\xff\xff".to_vec()),
        "byte 20: expected 65535 bytes for a type, found 64"
    );
}

#[test]
fn a_version_1_field_cut_anywhere_is_an_error() {
    let field = field(b"done", "I", 0, &[&[1; 4], &[2; 4]]);
    let file = [&[1], &*good(), &*field].concat();
    let errors = [
        "byte 12: expected 2 bytes for the size of a label, found 1",
        "byte 14: expected 4 bytes for a label, found 0",
        "byte 14: expected 4 bytes for a label, found 1",
        "byte 14: expected 4 bytes for a label, found 2",
        "byte 14: expected 4 bytes for a label, found 3",
        "byte 18: expected 2 bytes for the size of a type, found 0",
        "byte 18: expected 2 bytes for the size of a type, found 1",
        "byte 20: expected 1 bytes for a type, found 0",
        "byte 21: expected 1 bytes for the number of the write buffer, found 0",
        "byte 22: expected 4 bytes for the first buffer, found 0",
        "byte 22: expected 4 bytes for the first buffer, found 1",
        "byte 22: expected 4 bytes for the first buffer, found 2",
        "byte 22: expected 4 bytes for the first buffer, found 3",
        "byte 26: expected 4 bytes for the second buffer, found 0",
        "byte 26: expected 4 bytes for the second buffer, found 1",
        "byte 26: expected 4 bytes for the second buffer, found 2",
        "byte 26: expected 4 bytes for the second buffer, found 3",
    ];
    Victim::new(&file).survives_truncation(&file, 1, |len, read| match len {
        0 => assert!(read.unwrap_err().contains("an empty file")),
        1 => assert_eq!(read.unwrap().stats().len(), 0),
        2..12 => assert!(read.unwrap_err().ends_with("found another file")),
        12 => assert_eq!(read.unwrap().stats().len(), 1),
        30 => assert_eq!(read.unwrap().stats().len(), 2),
        _ => assert_eq!(read.unwrap_err(), errors[len - 13]),
    });
}

#[test]
fn version_1_facts_that_cannot_be_are_none() {
    if mmstats_testing::skipped_in_container("version_1_facts_that_cannot_be_are_none") {
        return;
    }
    for created in [f64::NAN, f64::INFINITY, -1.0, 1e300, 9.2e18, 1.8e19] {
        let file = version_1(&[
            field(b"sys.pid", "i", 255, &[&(-1i32).to_le_bytes()]),
            field(b"sys.uid", "Q", 255, &[&U64_MAX]),
            field(b"sys.created", "d", 255, &[&created.to_le_bytes()]),
        ]);
        let snapshot = Victim::new(&file).read().unwrap();
        let writer = snapshot.writer();
        assert_eq!((writer.pid(), writer.uid(), snapshot.state()), (None, None, State::Unknown));
    }
    // The pid of a process that exists, and a time before any process started.
    let pid = std::process::id().to_le_bytes();
    for (created, state) in [(0.0f64, State::Dead), (9.2e18, State::Live), (1e300, State::Live)] {
        let file = version_1(&[
            field(b"sys.pid", "I", 255, &[&pid]),
            field(b"sys.created", "d", 255, &[&created.to_le_bytes()]),
        ]);
        assert_eq!(Victim::new(&file).read().unwrap().state(), state);
    }
}

#[test]
fn fields_of_version_1_take_memory_in_proportion() {
    // The worst case: eight bytes per field.
    let fields = vec![field(b"x", "B", 255, &[&[3]]); 10_000];
    let victim = Victim::new(&version_1(&fields));
    let (snapshot, peak) = measured(&victim.path);
    assert_eq!(snapshot.unwrap().stats().len(), 10_000);
    assert!(peak <= 512 * fields.len(), "{peak} bytes of memory");
}

/// Every file of the original is truncated to every length, and each of its bytes flipped; for a
/// long one, a sample.
macro_rules! originals {
    ($($name:ident: $file:literal, step $step:literal;)*) => {$(
        #[test]
        fn $name() {
            let content = fs::read(concat!("tests/data/v1/", $file, ".mmstats")).unwrap();
            let victim = Victim::new(&content);
            victim.survives_truncation(&content, $step, |_, _| ());
            let bytes = (0..content.len()).step_by($step);
            victim.survives_flips(&content, bytes, Digest::AsItWas);
        }
    )*};
}

originals! {
    exact_page: "exact-page", step 1;
    float_edges: "float-edges", step 1;
    fresh: "fresh", step 1;
    many_pages: "many-pages", step 37;
    one_update: "one-update", step 1;
    prefixed: "prefixed", step 1;
    script: "script", step 1;
}
