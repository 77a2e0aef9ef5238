#![forbid(unsafe_code)]
//! Readers that stay open between looks, as far as the limit on open files allows.

use std::collections::HashMap;
use std::path::Path;

use crate::error::ReadError;
use crate::reader::{Inode, Reader, limit};

/// How many files the rest of the process may need.
const RESERVE: usize = 64;

#[derive(Debug)]
pub(super) struct OpenFiles {
    readers: HashMap<Inode, Reader>,
    /// The caller's limit.
    pub(super) limit: usize,
    /// How many the system allowed when it refused one.
    granted: usize,
    /// How many readers stay open at this look.
    allowed: usize,
}

impl OpenFiles {
    pub(super) fn new() -> Self {
        Self { readers: HashMap::new(), limit: usize::MAX, granted: usize::MAX, allowed: 0 }
    }

    /// Adapts to the limit of the system, which the process may have changed.
    pub(super) fn begin_look(&mut self) {
        self.allowed =
            self.limit.min(limit::on_open_files().saturating_sub(RESERVE)).min(self.granted);
        self.close_excess();
    }

    pub(super) fn take(&mut self, inode: &Inode) -> Option<Reader> {
        self.readers.remove(inode)
    }

    /// Keeps the reader open, or closes it if there are too many.
    pub(super) fn keep(&mut self, inode: Inode, reader: Reader) {
        if self.readers.len() < self.allowed {
            self.readers.insert(inode, reader);
        }
    }

    /// Opens a file, and closes others if the system refuses to open more.
    pub(super) fn open(&mut self, path: &Path) -> Result<Reader, ReadError> {
        loop {
            match Reader::open(path) {
                Err(error) if limit::is_reached(&error) && !self.readers.is_empty() => {
                    self.granted = self.readers.len().saturating_sub(RESERVE);
                    self.allowed = self.allowed.min(self.granted);
                    self.close_excess();
                }
                result => return result,
            }
        }
    }

    fn close_excess(&mut self) {
        let excess: Vec<_> = self.readers.keys().copied().skip(self.allowed).collect();
        for inode in excess {
            self.readers.remove(&inode);
        }
    }
}
