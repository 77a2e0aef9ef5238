#![forbid(unsafe_code)]

use std::fs::File;
use std::io::{self, Read};

/// Reads one of the kernel's small files with a single read.
///
/// Their metadata gives a size of 0, so `fs::read` would read them in several pieces.
pub(crate) fn read_small(path: &str) -> io::Result<String> {
    let mut bytes = [0; 1024];
    let len = File::open(path)?.read(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes[..len]).into_owned())
}
