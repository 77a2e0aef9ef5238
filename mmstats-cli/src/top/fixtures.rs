//! Real files of processes that never ran, for tests: the same on any machine at any time.
//!
//! Each file is written by this library, and then gets another header. All of them are checkpoints,
//! which store the time to which they apply.

use std::collections::HashMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use mmstats::{Mapped, MmStats, State};
use rustix::fs::{FlockOperation, flock};
use tempfile::TempDir;

use super::keys::Key;
use super::model::{Flow, Model};
use super::sampler::tick;
use crate::watch::watcher::Watcher;

/// The time between two looks. Differences between the clocks of the kernel, which it reads one
/// after the other, do not matter in comparison.
pub(super) const INTERVAL: Duration = Duration::from_secs(5);

/// The time of the first look.
pub(super) fn start() -> SystemTime {
    UNIX_EPOCH + Duration::from_hours(400_000)
}

/// A directory of files, and what `top` shows of it.
pub(super) struct Stage {
    directory: TempDir,
    watcher: Watcher,
    pub(super) model: Model,
    /// The number of looks.
    looks: u32,
    /// The locks that live writers hold.
    locks: HashMap<PathBuf, File>,
}

/// A process: its command, pid, state and age at the first look.
#[derive(Clone, Copy)]
pub(super) struct Process(
    pub(super) &'static str,
    pub(super) u32,
    pub(super) State,
    pub(super) u64,
);

impl Process {
    fn file(&self) -> String {
        let command = if self.0.is_empty() { "script" } else { self.0 };
        format!("{command}-{}.mmstats", self.1)
    }
}

/// Where the header of `docs/format.md` § 2 has its fields.
mod at {
    pub(super) const FLAGS: usize = 16;
    pub(super) const FILE_ID: usize = 32;
    pub(super) const LANES_OFFSET: usize = 96;
    pub(super) const LANE_STRIDE: usize = 104;
    pub(super) const CREATED_REALTIME: usize = 120;
    pub(super) const CREATED_BOOTTIME: usize = 128;
    pub(super) const PID: usize = 136;
    pub(super) const START_TICKS: usize = 144;
    pub(super) const PID_NAMESPACE: usize = 152;
    pub(super) const COMMAND_SIZE: usize = 184;
    pub(super) const COMMAND: usize = 192;
    pub(super) const STATE: usize = 256;
    pub(super) const LANES: usize = 264;
    pub(super) const LANES_LOST: usize = 272;
    pub(super) const FLUSHED_REALTIME: usize = 280;
    pub(super) const ANCHOR_CLOCK: usize = 288;
    pub(super) const ANCHOR_BOOTTIME: usize = 296;
    /// In the header of a lane.
    pub(super) const TID: usize = 8;
}

/// The bytes of a file.
struct Bytes(Vec<u8>);

impl Bytes {
    fn word(&self, at: usize) -> u64 {
        u64::from_le_bytes(self.0[at..at + 8].try_into().unwrap())
    }

    fn set(&mut self, at: usize, bytes: &[u8]) {
        self.0[at..at + bytes.len()].copy_from_slice(bytes);
    }

    fn set_word(&mut self, at: usize, word: u64) {
        self.set(at, &word.to_le_bytes());
    }
}

fn ns(duration: Duration) -> u64 {
    duration.as_nanos().try_into().unwrap()
}

impl Stage {
    pub(super) fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let watcher = Watcher::new(vec![directory.path().into()]).with_histories();
        let model = Model::new(String::new(), Duration::from_secs(1), start());
        Self { directory, watcher, model, looks: 0, locks: HashMap::new() }
    }

    /// Writes the file of a process, as it is at the next look.
    ///
    /// Timers that are running in it were started an hour before.
    pub(super) fn write<S: MmStats>(&mut self, process: Process, record: impl FnOnce(&Mapped<S>)) {
        self.write_lossy(process, 0, record);
    }

    /// Does the same for a process that has no room for this many threads.
    pub(super) fn write_lossy<S: MmStats>(
        &mut self,
        process: Process,
        lost: u64,
        record: impl FnOnce(&Mapped<S>),
    ) {
        let Process(command, pid, state, age) = process;
        let directory = tempfile::tempdir().unwrap();
        let mapped: Mapped<S> = S::builder().directory(directory.path()).create().unwrap();
        record(&mapped);
        let mut bytes = Bytes(fs::read(mapped.path().unwrap()).unwrap());
        let since_start = INTERVAL * self.looks;
        let created = start() - Duration::from_secs(age);
        let realtime = |time: SystemTime| ns(time.duration_since(UNIX_EPOCH).unwrap());
        let flags = bytes.word(at::FLAGS) | 1 << 32;
        bytes.set_word(at::FLAGS, flags);
        bytes.set_word(at::FILE_ID, pid.into());
        bytes.set_word(at::FILE_ID + 8, age + 1);
        bytes.set_word(at::CREATED_REALTIME, realtime(created));
        bytes.set(at::PID, &pid.to_le_bytes());
        // No process has started that early.
        bytes.set_word(at::START_TICKS, 1);
        if state == State::Live {
            // It is in another pid namespace, where only its lock shows that it lives.
            bytes.set_word(at::PID_NAMESPACE, 1);
        }
        bytes.set(at::COMMAND_SIZE, &u16::try_from(command.len()).unwrap().to_le_bytes());
        bytes.set(at::COMMAND, command.as_bytes());
        bytes.set_word(at::LANES_LOST, lost);
        bytes.set_word(at::FLUSHED_REALTIME, realtime(start() + since_start));
        let clock = bytes.word(at::ANCHOR_CLOCK) + ns(Duration::from_secs(3_630));
        bytes.set_word(at::ANCHOR_CLOCK, clock);
        bytes.set_word(at::CREATED_BOOTTIME, 0);
        // A writer that closed its file did so after three quarters of its age.
        let (word, boottime) = match state {
            State::Closed => (2, Duration::from_secs(age * 3 / 4)),
            State::Panicked => (3, since_start),
            State::Unknown => (4, since_start),
            _ => (1, since_start),
        };
        bytes.set_word(at::STATE, word);
        bytes.set_word(at::ANCHOR_BOOTTIME, ns(boottime));
        for lane in 0..bytes.word(at::LANES) {
            let at = bytes.word(at::LANES_OFFSET) + lane * bytes.word(at::LANE_STRIDE);
            bytes.set_word(usize::try_from(at).unwrap() + at::TID, u64::from(pid) + lane);
        }
        let path = self.directory.path().join(process.file());
        fs::write(&path, bytes.0).unwrap();
        let file = File::options().write(true).open(&path).unwrap();
        file.set_modified(created).unwrap();
        self.locks.remove(&path);
        if state == State::Live {
            flock(&file, FlockOperation::LockExclusive).unwrap();
            self.locks.insert(path, file);
        }
    }

    /// Writes a file that cannot be read.
    pub(super) fn write_broken(&self) {
        fs::write(self.directory.path().join("broken.mmstats"), [2; 7]).unwrap();
    }

    pub(super) fn remove(&mut self, process: Process) {
        let path = self.directory.path().join(process.file());
        fs::remove_file(&path).unwrap();
        self.locks.remove(&path);
    }

    /// Looks at all files.
    pub(super) fn look(&mut self) {
        let mut tick = tick(&mut self.watcher);
        // Shows a directory of the same name in every test.
        let directory = self.directory.path().display().to_string();
        for track in &mut tick.tracks {
            let track = Arc::make_mut(track);
            track.path = Path::new("/run/stats").join(track.path.file_name().unwrap());
        }
        let tracks = tick.tracks.iter_mut().map(Arc::make_mut);
        let errors = tracks.filter_map(|track| track.error.as_mut());
        for text in errors.chain(&mut tick.notices) {
            *text = text.replace(&directory, "/run/stats");
        }
        self.model.update(tick, start() + INTERVAL * self.looks);
        self.looks += 1;
    }

    /// Presses keys one after the other: characters, or the names of others in angle brackets.
    pub(super) fn press(&mut self, keys: &str) {
        for key in keys.split_whitespace() {
            let key = match key {
                "<Up>" => Key::Up,
                "<Down>" => Key::Down,
                "<PgDn>" => Key::PageDown,
                "<PgUp>" => Key::PageUp,
                "<Home>" => Key::Home,
                "<End>" => Key::End,
                "<Enter>" => Key::Enter,
                "<Esc>" => Key::Escape,
                "<Backspace>" => Key::Backspace,
                "<Space>" => Key::Char(' '),
                text => {
                    for char in text.chars() {
                        assert_eq!(self.model.key(Key::Char(char)), Flow::Continue);
                    }
                    continue;
                }
            };
            assert_eq!(self.model.key(key), Flow::Continue);
        }
    }
}
