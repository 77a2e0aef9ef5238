//! The limit of the machine: bare accesses to words of a mapped file.

use std::error::Error;
use std::fs::File;
use std::hint::black_box;
use std::path::Path;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};

use memmap2::MmapMut;
use zerocopy::{FromBytes, IntoBytes};

use crate::measure::{Operation, Rank};

/// The number of lines. Each thread uses its own, of two cache lines, so that none is shared.
const LINES: usize = 256;

/// A shared mapping of a file, like that of mmstats.
pub(crate) struct Page {
    lines: &'static [Line],
    next: AtomicUsize,
}

#[derive(FromBytes, IntoBytes)]
#[repr(C)]
struct Line {
    words: [AtomicU64; 16],
}

impl Page {
    pub(crate) fn map(directory: &Path) -> Result<Self, Box<dyn Error>> {
        let file =
            File::options().read(true).write(true).create_new(true).open(directory.join("bare"))?;
        file.set_len((LINES * size_of::<Line>()) as u64)?;
        // SAFETY: the file was created above, in a directory of this process alone, which neither
        // truncates it nor writes to it in any other way.
        #[expect(unsafe_code, reason = "maps a file")]
        let map = unsafe { MmapMut::map_mut(&file)? };
        let bytes = &mut forever_mut(map)[..];
        let lines = <[Line]>::mut_from_bytes(bytes).map_err(|error| error.to_string())?;
        Ok(Self { lines, next: AtomicUsize::new(0) })
    }

    /// Returns words that no other thread of the team uses.
    pub(crate) fn line(&self) -> &'static [AtomicU64; 16] {
        &self.lines[self.next.fetch_add(1, Relaxed) % (LINES / 2)].words
    }

    /// Returns a word that all threads share.
    pub(crate) fn shared(&self) -> &'static AtomicU64 {
        &self.lines[LINES / 2].words[0]
    }
}

fn forever_mut<T>(value: T) -> &'static mut T {
    Box::leak(Box::new(value))
}

/// Increments the count of a single writer.
#[inline]
pub(crate) fn count(word: &AtomicU64) {
    word.store(word.load(Relaxed).wrapping_add(1), Relaxed);
}

/// Creates the limit of a family that counts. No other family may use the same word of the lines.
pub(crate) fn counting(page: &'static Page, word: usize) -> Operation {
    Operation::prepared(Rank::Limit, "a bare load, add and store", move || {
        let word = &page.line()[word];
        move || count(black_box(word))
    })
    .counted(move || {
        page.lines[..LINES / 2].iter().map(|line| line.words[word].load(Relaxed)).sum()
    })
}
