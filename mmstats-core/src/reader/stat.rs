#![forbid(unsafe_code)]

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

use crate::format::layout::HEADER_FACTS;
use crate::kind::{Kind, Scalar, Value};
use crate::schema::{Key, KeyBuf, Merge};

/// One statistic of a snapshot.
///
/// # Examples
/// ```
/// use mmstats::{Gauge, MmStats, Reader};
///
/// #[derive(MmStats)]
/// struct Cache {
///     /// Size of all entries.
///     #[mmstats(unit = "bytes")]
///     size: Gauge<u64>,
/// }
///
/// # let directory = tempfile::tempdir()?;
/// # let stats = Cache::builder().directory(&directory).create()?;
/// # let path = stats.path().ok_or("no file")?;
/// stats.size.set(4096);
/// let snapshot = Reader::open(path)?.snapshot()?;
/// let stat = snapshot.stat("size").ok_or("no such statistic")?;
/// assert_eq!(stat.to_string(), "size 4096 bytes");
/// assert_eq!(stat.help(), "Size of all entries.");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Stat<'a> {
    text: &'a str,
    name: &'a Name,
    reading: &'a Reading,
}

impl<'a> Stat<'a> {
    /// Returns its name and labels.
    pub fn key(&self) -> Key<'a> {
        Key::from_parts(&self.text[self.name.key.clone()], self.name.key_name_len)
    }

    /// Returns its name, without its labels.
    pub fn name(&self) -> &'a str {
        self.key().name()
    }

    /// Returns its labels, sorted by key.
    pub fn labels(&self) -> impl Iterator<Item = (&'a str, Cow<'a, str>)> + Clone + use<'a> {
        self.key().labels()
    }

    /// Returns its description; empty if the program has none.
    pub fn help(&self) -> &'a str {
        &self.text[self.name.help.clone()]
    }

    /// Returns the unit of its value as [`Value::as_f64`] returns it; empty if it has none.
    pub fn unit(&self) -> &'a str {
        self.reading.value.summary().unit.unwrap_or(&self.text[self.name.unit.clone()])
    }

    /// Returns its kind; `None` for the facts from the header, and in a version 1 file, which does
    /// not record it.
    pub fn kind(&self) -> Option<Kind> {
        self.name.kind
    }

    /// Returns how its lanes are merged; `None` if [`kind`](Self::kind) is `None`.
    pub fn merge(&self) -> Option<Merge> {
        self.name.merge
    }

    /// Returns whether it is one of the facts about the writer that every file has: `sys.pid`,
    /// `sys.tid`, `sys.uid`, `sys.gid` or `sys.created`, after the file's prefix.
    pub fn is_fact(&self) -> bool {
        self.name.kind.is_none() && HEADER_FACTS.iter().any(|fact| self.name().ends_with(fact))
    }

    /// Returns its value.
    pub fn value(&self) -> &'a Value {
        &self.reading.value
    }

    /// Returns whether its writer was busy, or died, while writing it, so that its parts may be
    /// inconsistent.
    pub fn is_torn(&self) -> bool {
        self.reading.torn
    }
}

/// Prints the key, the value and the unit.
impl fmt::Display for Stat<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.key(), self.value())?;
        if self.unit().is_empty() { Ok(()) } else { write!(f, " {}", self.unit()) }
    }
}

/// A value, and whether its parts may be inconsistent.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Reading {
    pub(super) value: Value,
    pub(super) torn: bool,
}

/// The names of a file's statistics. All snapshots of a file share them.
#[derive(Debug, Default)]
pub(super) struct Names {
    /// All strings, one after the other.
    pub(super) text: String,
    pub(super) names: Vec<Name>,
}

/// A statistic's texts, as ranges of all text, and its kind.
#[derive(Debug, Clone)]
pub(super) struct Name {
    /// The canonical text of its key.
    pub(super) key: Range<usize>,
    pub(super) key_name_len: usize,
    pub(super) help: Range<usize>,
    pub(super) unit: Range<usize>,
    pub(super) kind: Option<Kind>,
    pub(super) merge: Option<Merge>,
}

impl Names {
    /// Adds the key of a statistic without a kind.
    pub(super) fn add(&mut self, key: &str) -> Name {
        let start = self.text.len();
        self.text.push_str(key);
        Name {
            key: start..self.text.len(),
            key_name_len: Key::new(key).name().len(),
            help: 0..0,
            unit: 0..0,
            kind: None,
            merge: None,
        }
    }

    /// Finds the statistic with this key, whose labels may be in any order.
    pub(super) fn find<'a>(&'a self, values: &'a [Reading], key: &str) -> Option<Stat<'a>> {
        let find = |text: &str| self.stats(values).find(|stat| stat.key().as_str() == text);
        find(key).or_else(|| {
            let canonical = KeyBuf::new(key);
            if canonical.as_str() == key { None } else { find(canonical.as_str()) }
        })
    }

    pub(super) fn stats<'a>(
        &'a self,
        values: &'a [Reading],
    ) -> impl ExactSizeIterator<Item = Stat<'a>> + Clone {
        let text = self.text.as_str();
        // A lane has no facts from the header, which come first.
        let names = &self.names[self.names.len() - values.len()..];
        names.iter().zip(values).map(move |(name, reading)| Stat { text, name, reading })
    }
}

impl From<Value> for Reading {
    fn from(value: Value) -> Self {
        Self { value, torn: false }
    }
}

/// A fact from the header, which does not change.
impl From<Scalar> for Reading {
    fn from(scalar: Scalar) -> Self {
        Value::Constant(scalar).into()
    }
}
