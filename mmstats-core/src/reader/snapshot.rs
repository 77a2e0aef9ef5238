#![forbid(unsafe_code)]

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use super::source::Inode;
use crate::liveness::State;
use crate::schema::{Kind, Merge};
use crate::value::{Scalar, Value};

/// What a file said at one moment: owned values, the lanes merged.
#[derive(Debug, Clone)]
pub struct Snapshot {
    pub(super) path: PathBuf,
    pub(super) version: u8,
    pub(super) state: State,
    pub(super) taken: SystemTime,
    pub(super) written: Option<SystemTime>,
    /// The same by a clock that nobody sets.
    pub(super) read_at: Instant,
    pub(super) writer: Writer,
    pub(super) origin: Origin,
    pub(super) labels: Arc<Labels>,
    pub(super) values: Vec<Reading>,
    pub(super) lanes: Vec<Lane>,
    pub(super) lanes_lost: u64,
}

/// Who writes a file, as far as it says so.
#[derive(Debug, Clone, Default)]
pub struct Writer {
    /// Its process, in its own pid namespace.
    pub pid: Option<u32>,
    /// The thread that created the file.
    pub tid: Option<u32>,
    /// The user that it ran as.
    pub uid: Option<u32>,
    /// The group that it ran as.
    pub gid: Option<u32>,
    /// The name under which it was started.
    pub command: Option<String>,
    /// When the file was created.
    pub created: Option<SystemTime>,
    /// When its writer said that it ended.
    pub ended: Option<SystemTime>,
    /// When it was last written back to its disk.
    pub flushed: Option<SystemTime>,
    /// Whether the file is a [checkpoint](crate::Builder::checkpoint_to): it says what was when it
    /// was flushed, whatever its writer has done since.
    pub checkpoint: bool,
    /// What the file is told from all others by, also from one that later has its name.
    pub file_id: Option<[u8; 16]>,
}

/// What identifies a version 1 file beyond its contents. Version 2 needs none of it.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Origin {
    pub(super) inode: Option<Inode>,
    /// Whether its live writer maps this very file; if not, this is a copy.
    pub(super) mapped: Option<bool>,
    /// `sys.created` as stored, which a program may repeat in the files of all its threads.
    pub(super) declared: Option<SystemTime>,
}

/// A value, and whether it belongs together.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Reading {
    pub(super) value: Value,
    pub(super) torn: bool,
}

/// What one thread wrote.
#[derive(Debug, Clone)]
pub struct Lane {
    pub(super) tid: u32,
    pub(super) claimed: bool,
    pub(super) values: Vec<Reading>,
    pub(super) labels: Arc<Labels>,
}

/// The names of a file's statistics. All snapshots of a file share them.
#[derive(Debug, Default)]
pub(super) struct Labels {
    /// All strings, one behind the other.
    pub(super) text: String,
    pub(super) fields: Vec<Field>,
}

/// One field's names, as ranges of the text, and what it is.
#[derive(Debug, Clone)]
pub(super) struct Field {
    pub(super) label: Range<usize>,
    pub(super) help: Range<usize>,
    pub(super) unit: Range<usize>,
    pub(super) kind: Option<Kind>,
    pub(super) merge: Option<Merge>,
}

/// One statistic of a snapshot.
#[derive(Debug, Clone, Copy)]
pub struct Stat<'a> {
    text: &'a str,
    field: &'a Field,
    reading: &'a Reading,
}

impl<'a> Stat<'a> {
    /// What it is called.
    pub fn label(&self) -> &'a str {
        &self.text[self.field.label.clone()]
    }

    /// What it means; empty where the program does not say.
    pub fn help(&self) -> &'a str {
        &self.text[self.field.help.clone()]
    }

    /// What it is measured in; empty where the program does not say.
    pub fn unit(&self) -> &'a str {
        &self.text[self.field.unit.clone()]
    }

    /// What kind of statistic it is; `None` in a version 1 file, which does not say, and for the
    /// facts from the header.
    pub fn kind(&self) -> Option<Kind> {
        self.field.kind
    }

    /// How it is merged; `None` where [`kind`](Self::kind) is.
    pub fn merge(&self) -> Option<Merge> {
        self.field.merge
    }

    /// Its value.
    pub fn value(&self) -> &'a Value {
        &self.reading.value
    }

    /// Whether its writer was busy, or died, in the middle of writing it, so that its parts may
    /// not belong together.
    pub fn is_torn(&self) -> bool {
        self.reading.torn
    }
}

impl Labels {
    pub(super) fn stats<'a>(
        &'a self,
        values: &'a [Reading],
    ) -> impl ExactSizeIterator<Item = Stat<'a>> + Clone {
        let text = self.text.as_str();
        // What a lane does not have are the facts from the header, which come first.
        let fields = &self.fields[self.fields.len() - values.len()..];
        fields.iter().zip(values).map(move |(field, reading)| Stat { text, field, reading })
    }
}

impl Snapshot {
    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Which version of the format it is in.
    pub fn version(&self) -> u8 {
        self.version
    }

    /// What has become of its writer.
    pub fn state(&self) -> State {
        self.state
    }

    /// When the snapshot was taken; of a [checkpoint](Writer::checkpoint), when that was.
    pub fn taken(&self) -> SystemTime {
        self.taken
    }

    /// The latest trace that its writer left of when it wrote: that it ended, created or flushed
    /// the file, started a thread, recorded a duration, or made the system note a modification.
    ///
    /// It may have written later: a store to memory leaves no trace of when.
    pub fn written(&self) -> Option<SystemTime> {
        self.written
    }

    /// Who writes it.
    pub fn writer(&self) -> &Writer {
        &self.writer
    }

    /// How long ago the file was created.
    pub fn age(&self) -> Option<Duration> {
        self.taken.duration_since(self.writer.created?).ok()
    }

    /// All statistics, in the file's order: in a version 2 file first `sys.pid` and the other
    /// facts from the header, which in a version 1 file are fields. If the program gave a
    /// `label_prefix` they have it as well; [`writer`](Self::writer) tells them without.
    pub fn stats(&self) -> impl ExactSizeIterator<Item = Stat<'_>> + Clone {
        self.labels.stats(&self.values)
    }

    /// The statistic with this label.
    pub fn stat(&self, label: &str) -> Option<Stat<'_>> {
        self.stats().find(|stat| stat.label() == label)
    }

    /// The value of the statistic with this label.
    pub fn get(&self, label: &str) -> Option<&Value> {
        self.stat(label).map(|stat| stat.value())
    }

    /// What each thread wrote. Empty for a version 1 file.
    pub fn lanes(&self) -> &[Lane] {
        &self.lanes
    }

    /// How many threads found no room in the file, and so count where nobody sees it.
    pub fn lanes_lost(&self) -> u64 {
        self.lanes_lost
    }
}

impl Lane {
    /// The thread that owns it, or owned it last.
    pub fn tid(&self) -> u32 {
        self.tid
    }

    /// Whether a thread owns it now, or did when its process ended.
    pub fn is_claimed(&self) -> bool {
        self.claimed
    }

    /// What is in it.
    pub fn stats(&self) -> impl ExactSizeIterator<Item = Stat<'_>> + Clone {
        self.labels.stats(&self.values)
    }
}

impl From<Value> for Reading {
    fn from(value: Value) -> Self {
        Self { value, torn: false }
    }
}

impl From<Scalar> for Reading {
    fn from(scalar: Scalar) -> Self {
        Value::Number(scalar).into()
    }
}
