//! The process that valgrind observes: it runs each operation between two marks.

use std::error::Error;
use std::hint::black_box;
use std::io::{self, Write};
use std::ops::Range;
use std::ptr;

use hot_paths::Stats;

use super::mark::MARK;
use super::operations::{Fixture, OPERATIONS};

/// Addresses by which the trace is interpreted.
#[derive(Debug)]
pub(super) struct Places {
    pub(super) mark: u64,
    /// An address in the main thread's stack.
    stack: u64,
    pub(super) lane: Range<u64>,
}

impl Places {
    pub(super) fn is_stack(&self, address: u64) -> bool {
        address.abs_diff(self.stack) < 1 << 17
    }

    /// Prints one line to standard error, where lackey writes the trace.
    fn print(&self) -> io::Result<()> {
        let Self { mark, stack, lane } = self;
        let line = format!("places {mark} {stack} {} {}\n", lane.start, lane.end);
        io::stderr().write_all(line.as_bytes()) // in one write
    }

    pub(super) fn parse(line: &str) -> Option<Self> {
        let numbers = line.strip_prefix("places ")?.split(' ').map(|word| word.parse().ok());
        let numbers: Vec<u64> = numbers.collect::<Option<_>>()?;
        let &[mark, stack, start, end] = numbers.as_slice() else { return None };
        Some(Self { mark, stack, lane: start..end })
    }
}

/// Runs each operation the given number of times.
pub(super) fn run(times: u32) -> Result<(), Box<dyn Error>> {
    let directory = tempfile::tempdir_in("/dev/shm")?;
    let at = Fixture::new(directory.path())?;
    let start = ptr::from_ref(at.lane()).addr() as u64;
    let places = Places {
        mark: ptr::from_ref(&MARK).addr() as u64,
        stack: ptr::from_ref(&at).addr() as u64,
        lane: start..start + size_of::<Stats>() as u64,
    };
    places.print()?;
    let mut lanes = 1;
    for operation in OPERATIONS {
        if operation.second_lane && lanes == 1 {
            at.add_a_lane();
            lanes = 2;
        }
        (operation.call)(&at); // one-time work, such as the lookup of the thread's lane
        begin();
        for _ in 0..times {
            (operation.call)(&at);
        }
        end();
    }
    Ok(())
}

/// The function at which callgrind starts to count.
#[inline(never)]
fn begin() {
    black_box("begin"); // differs from `end`, so that the two are not merged
}

/// The function at which callgrind writes its counts.
#[inline(never)]
fn end() {
    black_box("end");
}
