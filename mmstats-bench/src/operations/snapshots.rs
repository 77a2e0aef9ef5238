//! Reading a whole file.

use std::error::Error;
use std::fs::File;
use std::hint::black_box;
use std::os::unix::fs::FileExt;
use std::path::Path;

use mmstats::{Counter, Gauge, MmStats, Reader, Text, Timer};

use super::family::Family;
use super::forever;
use crate::measure::{
    Operation,
    Rank::{Limit, Ours},
};

macro_rules! stats {
    ($name:ident { $($kind:ty: $($field:ident)*;)* }) => {
        #[derive(MmStats)]
        struct $name {
            $($($field: $kind,)*)*
        }
    };
}

stats! {
    Numbers {
        Counter:
            a0 a1 a2 a3 a4 a5 a6 a7 a8 a9 b0 b1 b2 b3 b4 b5 b6 b7 b8 b9
            c0 c1 c2 c3 c4 c5 c6 c7 c8 c9 d0 d1 d2 d3 d4 d5 d6 d7 d8 d9
            e0 e1 e2 e3 e4 e5 e6 e7 e8 e9;
        Gauge<u64>:
            f0 f1 f2 f3 f4 f5 f6 f7 f8 f9 g0 g1 g2 g3 g4 g5 g6 g7 g8 g9
            h0 h1 h2 h3 h4 h5 h6 h7 h8 h9 i0 i1 i2 i3 i4 i5 i6 i7 i8 i9
            j0 j1 j2 j3 j4 j5 j6 j7 j8 j9;
    }
}

stats! {
    Mixed {
        Counter:
            a0 a1 a2 a3 a4 a5 a6 a7 a8 a9 b0 b1 b2 b3 b4 b5 b6 b7 b8 b9
            c0 c1 c2 c3 c4 c5 c6 c7 c8 c9 d0 d1 d2 d3 d4 d5 d6 d7 d8 d9;
        Gauge<u64>:
            e0 e1 e2 e3 e4 e5 e6 e7 e8 e9 f0 f1 f2 f3 f4 f5 f6 f7 f8 f9
            g0 g1 g2 g3 g4 g5 g6 g7 g8 g9 h0 h1 h2 h3 h4 h5 h6 h7 h8 h9;
        Text<64>: i0 i1 i2 i3 i4 i5 i6 i7 i8 i9;
        Timer: j0 j1 j2 j3 j4 j5 j6 j7 j8 j9;
    }
}

/// The length of each kind of read in bytes, and the number of these reads.
#[derive(Clone, Copy)]
struct Reads(&'static [(usize, u32)]);

// As `strace` shows them: the vitals and the lane; of each text and timer, also the bytes and the
// sequence number.
const NUMBERS: Reads = Reads(&[(64, 1), (1264, 1)]);
const MIXED: Reads = Reads(&[(64, 1), (63_344, 1), (88, 10), (6144, 10), (8, 20)]);

pub(super) fn numbers(directory: &Path) -> Result<Family, Box<dyn Error>> {
    let stats = forever(Numbers::builder().directory(directory).file("numbers.mmstats").create()?);
    stats.a0.inc();
    let about = "An open `Reader` reads a file of one lane with 50 counters and 50 gauges. The \
                 limit is its bare `pread`s.";
    Ok(Family::new(
        "Snapshots of 100 numbers",
        about,
        rows(&directory.join("numbers.mmstats"), NUMBERS)?,
    ))
}

pub(super) fn mixed(directory: &Path) -> Result<Family, Box<dyn Error>> {
    let stats = forever(Mixed::builder().directory(directory).file("mixed.mmstats").create()?);
    stats.a0.inc();
    let about = "The file has one lane with 40 counters, 40 gauges, 10 texts and 10 timers. Texts \
                 and timers are also read one by one, so that each is consistent.";
    Ok(Family::new(
        "Snapshots of 80 numbers, 10 texts and 10 timers",
        about,
        rows(&directory.join("mixed.mmstats"), MIXED)?,
    ))
}

fn rows(path: &Path, reads: Reads) -> Result<Vec<Operation>, Box<dyn Error>> {
    let (file, reader) = (File::open(path)?, Reader::open(path)?);
    if reader.snapshot()?.get("a0").is_none() {
        return Err("the snapshot lacks a field".into());
    }
    let mut buffer = vec![0; 1 << 16];
    let bare = Operation::alone(Limit, "the bare preads", move || {
        for &(len, times) in reads.0 {
            for _ in 0..times {
                let read = file.read_exact_at(&mut black_box(&mut buffer)[..len], 64);
                assert!(read.is_ok(), "the file is as long as what is read of it");
            }
        }
    });
    let ours = Operation::alone(Ours, "mmstats Reader::snapshot", move || {
        let snapshot = black_box(&reader).snapshot();
        assert!(black_box(snapshot).is_ok(), "the file is intact");
    });
    Ok(vec![bare, ours])
}
