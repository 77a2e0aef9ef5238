//! The least that the machine lets it cost: words of a mapped file, used without anything around.

use std::error::Error;
use std::fs::File;
use std::hint::black_box;
use std::path::Path;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};

use memmap2::MmapMut;
use zerocopy::{FromBytes, IntoBytes};

use crate::measure::{Operation, Rank};

/// One for each thread of the largest team, two cache lines each, so that none shares one.
const LINES: usize = 256;

/// Mapped memory, shared with its file as ours is.
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
        // cuts it nor writes to it in any other way.
        #[expect(unsafe_code, reason = "maps a file")]
        let map = unsafe { MmapMut::map_mut(&file)? };
        let bytes = &mut forever_mut(map)[..];
        let lines = <[Line]>::mut_from_bytes(bytes).map_err(|error| error.to_string())?;
        Ok(Self { lines, next: AtomicUsize::new(0) })
    }

    /// Words that no thread of the same team has.
    pub(crate) fn line(&self) -> &'static [AtomicU64; 16] {
        &self.lines[self.next.fetch_add(1, Relaxed) % (LINES / 2)].words
    }

    /// A word that all threads share.
    pub(crate) fn shared(&self) -> &'static AtomicU64 {
        &self.lines[LINES / 2].words[0]
    }
}

fn forever_mut<T>(value: T) -> &'static mut T {
    Box::leak(Box::new(value))
}

/// A count as a single writer keeps it.
#[inline]
pub(crate) fn count(word: &AtomicU64) {
    word.store(word.load(Relaxed).wrapping_add(1), Relaxed);
}

/// The limit of all that counts, in a word of the lines that nothing else uses.
pub(crate) fn counting(page: &'static Page, word: usize) -> Operation {
    Operation::prepared(Rank::Limit, "a bare load, add and store", move || {
        let word = &page.line()[word];
        move || count(black_box(word))
    })
    .counted(move || {
        page.lines[..LINES / 2].iter().map(|line| line.words[word].load(Relaxed)).sum()
    })
}
