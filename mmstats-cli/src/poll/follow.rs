//! The files that are meant, over time: they appear, go and are replaced.

use std::collections::HashMap;
use std::ffi::OsString;
use std::fs;
use std::mem;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use mmstats_core::{Delta, ReadError, Reader, Snapshot, State, Value};

use crate::files::limits;
use crate::files::select::select;
use crate::report::Report;
use crate::watch::baseline::Baseline;

/// Device and inode: the same file by whatever name.
type Id = (u64, u64);

/// How long it may take from when a file is created to when it can be found and read.
const CREATION: Duration = Duration::from_secs(1);

/// All files of the targets, and what was last read of each.
#[derive(Debug)]
pub(crate) struct Following {
    targets: Vec<OsString>,
    baseline: Baseline,
    files: HashMap<Id, File>,
    /// How many of them may stay open.
    open: usize,
    /// When they were looked at before.
    before: Option<SystemTime>,
}

#[derive(Debug)]
struct File {
    /// Stays open, so that it can be read once more when it is gone, as far as there may be open
    /// files.
    reader: Option<Reader>,
    snapshot: Arc<Snapshot>,
}

/// A file at one look.
#[derive(Debug)]
pub(crate) struct Seen {
    pub(crate) now: Arc<Snapshot>,
    /// Since the look before; `None` at the first one, and of an old file that is new here.
    pub(crate) change: Option<Delta>,
    /// Since its creation, or the copy that was saved of it.
    pub(crate) total: Delta,
    /// The look before.
    pub(crate) before: Option<Arc<Snapshot>>,
    /// Whether it is not there any more, and this is the last that will be seen of it.
    pub(crate) gone: bool,
}

impl Seen {
    /// How its writer came to an end since the look before, if it did.
    fn end(&self) -> Option<String> {
        let lived = self.before.as_ref().is_some_and(|before| before.state() == State::Live);
        let end = match self.now.state() {
            State::Closed => "ended",
            State::Panicked => "panicked",
            State::Dead => "died",
            _ => return None,
        };
        lived.then(|| format!("{}: its writer {end}", self.now.path().display()))
    }

    /// Whether this text is another than at the look before.
    pub(crate) fn has_changed(&self, label: &str, value: &Value) -> bool {
        self.before.as_ref().is_some_and(|before| before.get(label) != Some(value))
    }
}

impl Following {
    pub(crate) fn new(targets: Vec<OsString>, baseline: Baseline) -> Self {
        Self {
            targets,
            baseline,
            files: HashMap::new(),
            open: limits::raise_fd_limit(),
            before: None,
        }
    }

    /// Reads all that is there now, and for the last time what is not any more: as it is open,
    /// what was counted until its end is not lost.
    pub(crate) fn look(&mut self, report: &mut Report) -> Vec<Seen> {
        let began = SystemTime::now();
        let first = self.before.is_none();
        report.next_round();
        let mut known = mem::take(&mut self.files);
        let mut seen = Vec::new();
        let failures = report.failures();
        let selected = select(&self.targets, report);
        let complete = report.failures() == failures;
        for selected in selected {
            match self.read(&selected.path, &mut known) {
                Ok(Some(file)) => {
                    report.success();
                    seen.push(file);
                }
                Ok(None) => {}
                // After the first look, a named file may have ended, or not exist yet.
                Err(error) if error.is_not_found() && !first || selected.expects(&error) => {}
                Err(error) => report.failure(error),
            }
        }
        if complete {
            for (id, file) in known {
                if file.snapshot.writer().checkpoint && file.snapshot.path().exists() {
                    // Another one is just taking its place.
                    self.files.insert(id, file);
                } else if let Some(Ok(last)) = file.reader.map(|reader| reader.snapshot()) {
                    seen.push(self.seen(last.into(), Some(file.snapshot), true));
                }
            }
        } else {
            // What could not be looked for need not be gone.
            self.files.extend(known);
        }
        self.before = Some(began);
        seen.iter().filter_map(Seen::end).for_each(|end| report.note(end));
        seen
    }

    /// `None` if it was read already, by another name, or is just being replaced.
    fn read(
        &mut self,
        path: &Path,
        known: &mut HashMap<Id, File>,
    ) -> Result<Option<Seen>, ReadError> {
        let found = id(path);
        if found.is_some_and(|id| self.files.contains_key(&id)) {
            return Ok(None);
        }
        if let Some((id, mut file)) = found.and_then(|id| Some((id, known.remove(&id)?))) {
            let read = match &file.reader {
                Some(reader) => reader.snapshot(),
                None => Reader::open(path).and_then(|reader| reader.snapshot()),
            };
            let seen = read.map(Arc::new).map(|now| {
                let before = mem::replace(&mut file.snapshot, now.clone());
                Some(self.seen(now, Some(before), false))
            });
            self.files.insert(id, file);
            return seen;
        }
        let reader = Reader::open(path)?;
        let snapshot = Arc::new(reader.snapshot()?);
        match found {
            Some(id) if self::id(path) == found => {
                let open = self.files.len() + known.len() < self.open;
                let reader = open.then_some(reader);
                let before = replaced(&snapshot, known);
                self.files.insert(id, File { reader, snapshot: snapshot.clone() });
                Ok(Some(self.seen(snapshot, before, false)))
            }
            _ => Ok(None),
        }
    }

    fn seen(&self, now: Arc<Snapshot>, before: Option<Arc<Snapshot>>, gone: bool) -> Seen {
        let change = match before.as_deref().map(|before| now.since(before)) {
            Some(Some(delta)) => Some(delta),
            // Of a file that is younger than the look before, all is new. The values of others
            // are not: they were only not seen.
            Some(None) | None => self
                .before
                .filter(|before| now.writer().created.is_some_and(|at| at + CREATION >= *before))
                .map(|_| now.since_creation()),
        };
        let saved = self.baseline.of(&now).and_then(|saved| now.since(&saved.snapshot));
        let total = saved.unwrap_or_else(|| now.since_creation());
        Seen { now, change, total, before, gone }
    }
}

/// The checkpoint whose place this one has taken.
fn replaced(now: &Snapshot, known: &mut HashMap<Id, File>) -> Option<Arc<Snapshot>> {
    let is_replaced = |file: &File| {
        now.writer().checkpoint
            && file.snapshot.path() == now.path()
            && file.snapshot.is_same_file(now)
    };
    let id = known.iter().find(|(_, file)| is_replaced(file)).map(|(id, _)| *id)?;
    Some(known.remove(&id)?.snapshot)
}

fn id(path: &Path) -> Option<Id> {
    fs::metadata(path).ok().map(|found| (found.dev(), found.ino()))
}
