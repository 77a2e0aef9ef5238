//! Files that claim far more than they take on the disk: they cost little memory and little time.

use std::fs::{self, File};
use std::mem::offset_of;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::process::Stdio;

use mmstats::__private_0_1::format::header::{VITALS_OFFSET, VitalsBytes};
use mmstats::__private_0_1::format::lane::LANE_HEADER_SIZE;
use mmstats::__private_0_1::format::record::{RECORD_SIZE, digest};
use mmstats::__private_0_1::format::{FieldRecord, Header};
use mmstats::{Counter, MmStats, MovingAverage, Reader, Text, Value};
use mmstats_testing::{Child, role, say, wrapped};
use tempfile::{TempDir, tempdir};

#[derive(MmStats)]
#[repr(C)]
struct Stats {
    done: Counter,
    latest: MovingAverage<1>,
    user: Text<8>,
}

const STRIDE: u64 = 1 << 28;
/// On a slow machine, the time is over before other limits are reached.
const TOO_SLOW: &str = "takes longer to read than 5 s";

const BODY: u64 = STRIDE - 4096;

/// A file, and what it claims.
struct Claim {
    directory: TempDir,
    bytes: Vec<u8>,
}

impl Claim {
    fn new() -> Self {
        let directory = tempdir().unwrap();
        let stats =
            Stats::builder().directory(directory.path()).file("sparse.mmstats").create().unwrap();
        stats.done.add(3);
        let path = stats.path().unwrap().to_owned();
        drop(stats);
        Self { bytes: fs::read(path).unwrap(), directory }
    }

    fn word(&self, at: usize) -> u64 {
        u64::from_le_bytes(self.bytes[at..at + 8].try_into().unwrap())
    }

    fn set(&mut self, at: usize, bytes: &[u8]) {
        self.bytes[at..at + bytes.len()].copy_from_slice(bytes);
    }

    /// Sets a part of the record of the field at `index`.
    fn set_record(&mut self, index: usize, part: usize, bytes: &[u8]) {
        let records = usize::try_from(self.word(offset_of!(Header, records_offset))).unwrap();
        self.set(records + index * RECORD_SIZE + part, bytes);
    }

    /// Claims lanes of 256 MiB. All but the first are holes.
    fn lanes(&mut self, count: u64) {
        self.set(offset_of!(Header, lane_stride), &STRIDE.to_le_bytes());
        self.set(offset_of!(Header, lane_body_size), &BODY.to_le_bytes());
        self.set(VITALS_OFFSET + offset_of!(VitalsBytes, lanes), &count.to_le_bytes());
    }

    /// Makes the text, which is the last field, as large as a text can be.
    fn large_text(&mut self) {
        let capacity = 1u32 << 20;
        self.set_record(2, offset_of!(FieldRecord, capacity), &capacity.to_le_bytes());
        self.set_record(2, offset_of!(FieldRecord, size), &(capacity + 24).to_le_bytes());
    }

    fn seal(&mut self) {
        let [records, strings, strings_size] = [
            offset_of!(Header, records_offset),
            offset_of!(Header, strings_offset),
            offset_of!(Header, strings_size),
        ]
        .map(|at| usize::try_from(self.word(at)).unwrap());
        let digest =
            digest(&self.bytes[records..strings], &self.bytes[strings..strings + strings_size]);
        self.set(offset_of!(Header, schema_digest), &digest.to_le_bytes());
    }

    /// Writes the file, with `size` bytes.
    fn write(&self, size: u64) -> File {
        let path = self.directory.path().join("sparse.mmstats");
        fs::write(&path, &self.bytes).unwrap();
        let file = File::options().read(true).write(true).open(&path).unwrap();
        file.set_len(size).unwrap();
        file
    }

    fn lane(&self, index: u64) -> u64 {
        self.word(offset_of!(Header, lanes_offset)) + index * STRIDE
    }

    /// Returns the result of reading the file in a child with a memory limit of 256 MiB.
    fn read(&self) -> String {
        let wrapper = ["sh", "-c", "ulimit -v 262144; exec \"$0\" \"$@\""];
        let mut command = wrapped(&wrapper, "child_reads_a_file", self.directory.path());
        let mut child = Child::spawn(command.stderr(Stdio::null()));
        let said = child.hear();
        child.end_well();
        said
    }
}

fn read(path: &Path) -> String {
    match Reader::open(path).and_then(|reader| reader.snapshot()) {
        Ok(snapshot) => {
            let done = snapshot.get("done").and_then(Value::as_u64).unwrap_or_default();
            format!("{done} in {} lanes", snapshot.lanes().len())
        }
        Err(error) => error.kind().to_string(),
    }
}

#[test]
fn child_reads_a_file() {
    let Some(directory) = role("child_reads_a_file") else { return };
    say(read(&directory.join("sparse.mmstats")));
}

#[test]
fn records_of_terabytes_are_refused_at_once() {
    for (record_size, count, expected) in [
        (u32::MAX, 3, "byte 52: expected a record of 64 to 1024 bytes, found 4294967295"),
        (64, u32::MAX, "byte 64: expected at most 1,048,576 fields, found 4294967295"),
        (1024, 1 << 20, "byte 64: expected at most 64 MiB of records, found 1048576 of 1024 bytes"),
        // Within all limits, but holes: they are read and not kept.
        (64, 1 << 20, "byte 24: expected the digest of records and strings"),
    ] {
        let mut claim = Claim::new();
        claim.set(offset_of!(Header, record_size), &u32::to_le_bytes(record_size));
        claim.set(offset_of!(Header, record_count), &u32::to_le_bytes(count));
        claim.write(1 << 43);
        let said = claim.read();
        assert!(said.starts_with(expected) || said == TOO_SLOW, "{said}");
    }
}

#[test]
fn strings_of_holes_take_no_more_than_their_limit() {
    let mut claim = Claim::new();
    claim.set(offset_of!(Header, strings_size), &(1u64 << 26).to_le_bytes());
    claim.write(1 << 30);
    let said = claim.read();
    let digest = "byte 24: expected the digest of records and strings";
    let limits = [digest, "takes more than the ", TOO_SLOW];
    assert!(limits.iter().any(|limit| said.starts_with(limit)), "{said}");
}

#[test]
fn lanes_that_are_holes_are_skipped() {
    let mut claim = Claim::new();
    claim.lanes(10_000);
    claim.seal();
    claim.write(claim.lane(10_000));
    assert_eq!(claim.read(), "3 in 1 lanes");
}

#[test]
fn large_fields_of_many_lanes_exceed_the_budget() {
    let mut claim = Claim::new();
    claim.lanes(1000);
    claim.large_text();
    claim.seal();
    let file = claim.write(claim.lane(1000));
    for index in 1..1000 {
        file.write_all_at(&[1], claim.lane(index)).unwrap();
    }
    let said = claim.read();
    let limits = ["takes more than the ", TOO_SLOW];
    assert!(limits.iter().any(|limit| said.starts_with(limit)), "{said}");
}

#[test]
fn large_texts_that_are_always_odd_are_torn_and_do_not_hold_up_a_reader() {
    let mut claim = Claim::new();
    claim.lanes(8);
    claim.large_text();
    claim.set(VITALS_OFFSET + offset_of!(VitalsBytes, state), &[1]);
    claim.seal();
    let file = claim.write(claim.lane(8));
    let offset = offset_of!(Stats, user) as u64;
    for index in 0..8 {
        file.write_all_at(&[1], claim.lane(index)).unwrap();
        let field = claim.lane(index) + LANE_HEADER_SIZE as u64 + offset;
        file.write_all_at(&[1], field).unwrap();
    }
    // Whoever may read the file can lock it, and the process is out of sight: so it is live.
    file.lock().unwrap();
    file.write_all_at(&[0; 24], offset_of!(Header, pid) as u64).unwrap();
    let path = claim.directory.path().join("sparse.mmstats");
    let reader = Reader::open(&path).unwrap();
    let before = bytes_read();
    let snapshot = reader.snapshot().unwrap();
    assert_eq!(snapshot.state(), mmstats::State::Live);
    assert!(snapshot.stat("user").unwrap().is_torn());
    // Each lane a few times, and 16 MiB in vain. It was 64 times 8 MiB.
    let read = bytes_read() - before;
    assert!(read <= 64 << 20, "{read} bytes read");
}

/// Returns how many bytes this thread has read by system calls.
fn bytes_read() -> u64 {
    let io = fs::read_to_string("/proc/thread-self/io").unwrap();
    let read = io.lines().find_map(|line| line.strip_prefix("rchar: ")).unwrap();
    read.parse().unwrap()
}
