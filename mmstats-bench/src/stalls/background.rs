//! What goes on beside the writer: a disk that has a lot to write, and flushes.

use std::fs::File;
use std::io::{self, Seek, Write};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread;
use std::time::Duration;

use mmstats::{Mapped, MmStats};

/// Writes a large file over and over, each time down to the disk, until told to end; tells how
/// many bytes that were.
///
/// The file is a quarter of the memory: more than the kernel lets wait to be written back, so that
/// it also holds up those who write.
pub(super) fn load(directory: &Path, end: &AtomicBool) -> io::Result<u64> {
    let chunk = vec![0x5a; 1 << 20];
    let size = rustix::system::sysinfo().totalram as u64 / 4;
    let mut file: File = tempfile::tempfile_in(directory)?;
    let mut written = 0;
    loop {
        file.set_len(0)?;
        file.rewind()?;
        while file.stream_position()? < size {
            if end.load(Relaxed) {
                return Ok(written);
            }
            file.write_all(&chunk)?;
            written += chunk.len() as u64;
        }
        file.sync_all()?;
    }
}

/// Flushes every ten milliseconds, or as often as the disk lets it, until told to end; tells how
/// often.
pub(super) fn flush<S: MmStats>(stats: &Mapped<S>, end: &AtomicBool) -> io::Result<u64> {
    let mut flushes = 0;
    while !end.load(Relaxed) {
        stats.flush()?;
        flushes += 1;
        thread::sleep(Duration::from_millis(10));
    }
    Ok(flushes)
}
