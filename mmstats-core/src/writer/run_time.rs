//! Statistics that are declared while a program runs.

use std::fmt;
use std::hash::{BuildHasher as _, BuildHasherDefault, DefaultHasher};
use std::marker::PhantomData;
use std::mem::offset_of;
use std::ops::Deref;
use std::ptr::NonNull;
use std::sync::Arc;
use std::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed};
use std::sync::atomic::{AtomicU64, AtomicUsize};
use std::thread;

use super::extent::Extent;
use super::list::List;
use super::os::{Published, fork};
use super::turn::Turn;
use super::{Builder, Mapped};
use crate::error::{CreateError, DeclareError, DeclareErrorKind};
use crate::format::layout::{HEADER_FACTS, check, record, shortened};
use crate::format::{FieldRecord, U32, U64};
use crate::kind::{Counter, Gauge, GaugeValue, Histogram, Kind, Statistic, Timer, UNSET, UpDown};
use crate::memory;
use crate::schema::{Attribute, Content, Field, KeyBuf, MAX_UNIT, Merge, MmStats, Node, Shape};

/// How many bytes a thread has for statistics.
const ROOM: usize = 1 << 20;

/// What the file of a [`Registry`] has: room for statistics that are declared at run time.
///
/// # Examples
/// ```
/// use mmstats::{Registry, RunTime};
///
/// # let directory = tempfile::tempdir()?;
/// let file = RunTime::builder().directory(&directory).file("plugins-{PID}.mmstats");
/// let registry = Registry::from(file.create()?);
/// let hits = registry.counter("hits").register()?;
/// hits.inc();
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
#[repr(C, align(64))]
pub struct RunTime {
    overflow: Counter,
    reserved: [AtomicU64; 6],
    /// How many of the following bytes the thread's lane has pages for.
    room: AtomicU64,
    bytes: [AtomicU64; ROOM / 8],
}

const _: () =
    assert!(offset_of!(RunTime, bytes) == ALIGN && offset_of!(RunTime, room) == ALIGN - 8);

/// The alignment of every statistic, at most.
const ALIGN: usize = 64;

const NODES: &[Node] = &[
    Node::new("registry.overflow", offset_of!(RunTime, overflow), &Counter::CONTENT)
        .help("How often a thread used a statistic for which there was no room in the file."),
    Node::new("", offset_of!(RunTime, bytes), &Content::RunTime { size: ROOM }),
];

// SAFETY: atomics, of which the counter is a statistic and the rest belongs to statistics that are
// declared at run time, each at a place of its own.
#[expect(unsafe_code, reason = "see the SAFETY comment")]
unsafe impl Field for RunTime {
    const CONTENT: Content = Content::Struct(&[NODES]);

    /// Not needed: no group holds it.
    fn copy(&self, _: &Self) {}
}

impl MmStats for RunTime {}

impl RunTime {
    /// Chooses the file's directory and name, and who may read it.
    pub fn builder() -> Builder<Self> {
        Builder::new()
    }

    /// Returns the statistic at a place that was declared for it; `None` if there is no room for its pages.
    #[inline]
    fn at<S: Statistic>(&self, place: &Place) -> Option<&S> {
        if self.room.load(Relaxed) < place.end && !self.make_room(place) {
            return None;
        }
        let bytes = (&raw const self.bytes).cast::<u8>();
        // SAFETY: within the bytes: a `Place` is made by `Declarations::place`.
        #[expect(unsafe_code, reason = "see the SAFETY comment")]
        let statistic = unsafe { bytes.add(place.offset) };
        if let Some(stamp) = place.stamp {
            // SAFETY: within the statistic.
            #[expect(unsafe_code, reason = "see the SAFETY comment")]
            let stamp = unsafe { bytes.add(stamp) };
            // SAFETY: an atomic word, as the kind of the statistic says.
            #[expect(unsafe_code, reason = "see the SAFETY comment")]
            let stamp: &AtomicU64 = unsafe { &*stamp.cast() };
            // Whether there is a second lane is not known here.
            if stamp.load(Relaxed) == 0 {
                stamp.store(UNSET, Relaxed);
            }
        }
        // SAFETY: a `Statistic` consists of atomics, for which any bytes are valid, and its place belongs to
        // statistics of this type alone (`Declared`).
        #[expect(unsafe_code, reason = "see the SAFETY comment")]
        Some(unsafe { &*statistic.cast() })
    }

    /// Has all pages up to this place ready for a store, and returns whether there is room for them.
    #[cold]
    #[inline(never)]
    fn make_room(&self, place: &Place) -> bool {
        let start = usize::try_from(self.room.load(Relaxed)).unwrap_or(ROOM);
        let end = usize::try_from(place.end).unwrap_or(ROOM);
        let bytes = NonNull::from(&self.bytes).cast::<u8>();
        // SAFETY: within the bytes.
        #[expect(unsafe_code, reason = "see the SAFETY comment")]
        let from = unsafe { bytes.add(start) };
        // SAFETY: it lies in a lane, which maps whole pages.
        #[expect(unsafe_code, reason = "see the SAFETY comment")]
        let has_room = unsafe { memory::make_room(from, end.saturating_sub(start)) };
        if has_room {
            self.room.store(place.end, Relaxed);
        } else {
            self.overflow.inc();
        }
        has_room
    }
}

/// Where a statistic is in the bytes of each lane.
///
/// # Invariants
/// 1. `offset` to `end` are bytes of `RunTime::bytes` that no other place has, aligned and large enough
///    for the one type of statistic that it was made for. `stamp` is the offset of its stamp, if it has
///    one.
#[derive(Debug, Clone, Copy)]
struct Place {
    offset: usize,
    end: u64,
    stamp: Option<usize>,
}

/// Declares statistics while a program runs: those of a plug-in, of a configuration, of another language.
///
/// Where a struct can name the statistics, [derive](trait@crate::MmStats) it: that costs less, and cannot
/// fail. [`DynFamily`](crate::DynFamily) is for keys without a bound.
///
/// A statistic that was declared is a handle that all threads share. Each thread writes to a lane of its
/// own, without a lock; its first write in a page may enter the kernel. A file takes 16,384 statistics, of
/// 1 MiB a thread together.
///
/// Clones share one file. It dereferences to the [`Mapped`] handle of that.
///
/// # Examples
/// ```
/// use mmstats::{Reader, Registry, Timer};
///
/// # let directory = tempfile::tempdir()?;
/// # use mmstats::RunTime;
/// # let file = RunTime::builder().directory(&directory).create()?;
/// # let registry = Registry::from(file);
/// # /*
/// let registry = Registry::create()?;
/// # */
/// let hits = registry.counter("hits").label("plugin", "geo").register()?;
/// let latency = registry.declare::<Timer>("latency").help("Time for an answer.").register()?;
/// std::thread::scope(|scope| {
///     scope.spawn(|| hits.inc());
///     latency.time(|| hits.inc());
/// });
/// assert_eq!(hits.total(), 2);
///
/// # let path = registry.path().ok_or("no file")?;
/// let snapshot = Reader::open(path)?.snapshot()?;
/// assert_eq!(snapshot.get(r#"hits{plugin="geo"}"#).and_then(|hits| hits.as_u64()), Some(2));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Registry {
    shared: Arc<Shared>,
}

struct Shared {
    mapped: Mapped<RunTime>,
    declarations: Declarations,
    /// What threads write to that have no room.
    spare: Extent,
}

/// What was declared.
struct Declarations {
    entries: List<Entry>,
    turn: Turn,
    /// Where the next place begins.
    next: AtomicUsize,
}

struct Entry {
    key: KeyBuf,
    /// Of the key, to compare it with others quickly.
    hash: u64,
    unit: String,
    help: String,
    shape: Shape,
    merge: Merge,
    size: usize,
    place: Place,
}

impl From<Mapped<RunTime>> for Registry {
    /// Declares statistics in a file that was made by its builder.
    ///
    /// # Panics
    /// If there is no memory for a registry.
    fn from(mapped: Mapped<RunTime>) -> Self {
        let spare = Extent::reserved(ROOM).expect("there is memory for a registry");
        let declarations =
            Declarations { entries: List::new(), turn: Turn::default(), next: AtomicUsize::new(0) };
        Self { shared: Arc::new(Shared { mapped, declarations, spare }) }
    }
}

impl Registry {
    /// Creates a file, in the default directory and under the default name.
    ///
    /// # Errors
    /// As [`MmStats::create`].
    pub fn create() -> Result<Self, CreateError> {
        RunTime::create().map(Self::from)
    }

    /// As [`create`](Self::create), but falls back to memory that nobody else sees.
    pub fn create_or_detached() -> Self {
        RunTime::create_or_detached().into()
    }

    /// Keeps the statistics in memory that nobody else sees: for tests.
    pub fn detached() -> Self {
        <RunTime as MmStats>::detached().into()
    }

    /// Begins to declare a counter.
    pub fn counter(&self, name: &str) -> Declaration<'_, Counter> {
        self.declare(name)
    }

    /// Begins to declare a count that goes up and down.
    pub fn up_down(&self, name: &str) -> Declaration<'_, UpDown> {
        self.declare(name)
    }

    /// Begins to declare a gauge.
    pub fn gauge<T: GaugeValue + 'static>(&self, name: &str) -> Declaration<'_, Gauge<T>> {
        self.declare(name)
    }

    /// Begins to declare a timer.
    pub fn timer(&self, name: &str) -> Declaration<'_, Timer> {
        self.declare(name)
    }

    /// Begins to declare a histogram.
    pub fn histogram(&self, name: &str) -> Declaration<'_, Histogram> {
        self.declare(name)
    }

    /// Begins to declare a statistic of any kind.
    pub fn declare<S: Statistic + 'static>(&self, name: &str) -> Declaration<'_, S> {
        Declaration {
            registry: self,
            key: KeyBuf::named(format!("{}{name}", self.shared.mapped.shared.prefix())),
            unit: "",
            help: "",
            merge: None,
            statistic: PhantomData,
        }
    }

    /// As [`Mapped::reopen`]: creates a file for statistics that have none, with all that was declared.
    ///
    /// # Errors
    /// As [`Builder::create`](crate::Builder::create), or if a declaration cannot be written to the new
    /// file.
    pub fn reopen(&self) -> Result<(), CreateError> {
        let had_file = self.shared.mapped.path().is_some();
        self.shared.mapped.reopen()?;
        let (core, declarations) = (&self.shared.mapped.shared.core, &self.shared.declarations);
        let Some(file) = core.file().filter(|_| !had_file) else { return Ok(()) };
        declarations.in_turn(|| {
            let mut entries: Vec<_> = declarations.entries.iter().collect();
            entries.reverse();
            entries.into_iter().try_for_each(|entry| entry.write(file)).map_err(|error| {
                let doing = "write what was declared";
                CreateError::new(file.path(), crate::error::CreateErrorKind::Io { doing, error })
            })
        })
    }
}

impl Deref for Registry {
    type Target = Mapped<RunTime>;

    fn deref(&self) -> &Mapped<RunTime> {
        &self.shared.mapped
    }
}

impl fmt::Debug for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let keys = self.shared.declarations.entries.iter().map(|entry| &entry.key);
        f.debug_set().entries(keys).finish()
    }
}

impl Declarations {
    /// Does something while no other thread of this process declares a statistic.
    fn in_turn<R>(&self, work: impl FnOnce() -> R) -> R {
        let mut work = Some(work);
        loop {
            let done =
                self.turn.run(fork::generation(), || true, || work.take().map(|work| work()));
            if let Ok(Some(Some(done))) = done {
                return done;
            }
            thread::yield_now();
        }
    }

    /// Returns a place for a statistic of this size and shape; `None` if there is no room.
    fn place<S: Statistic>(&self) -> Option<Place> {
        let (size, align) = (size_of::<S>(), align_of::<S>());
        const { assert!(align_of::<S>() <= ALIGN) };
        let mut offset = 0;
        let taken = self.next.fetch_update(AcqRel, Acquire, |next| {
            offset = next.next_multiple_of(align);
            offset.checked_add(size).filter(|end| *end <= ROOM)
        });
        taken.ok()?;
        let stamp = Kind::from_code(S::SHAPE.kind).and_then(Kind::stamp).map(|at| offset + at);
        Some(Place { offset, end: (offset + size) as u64, stamp })
    }
}

impl Entry {
    /// Describes it in a file.
    fn write(&self, file: &Published) -> std::io::Result<()> {
        let texts = [self.key.as_str(), &self.unit, &self.help];
        let describe = |start: u64| -> FieldRecord {
            let mut at = start;
            let offsets = texts.map(|text| {
                let offset = U32::new(u32::try_from(at).unwrap_or(u32::MAX));
                at += text.len() as u64;
                offset
            });
            let [_, unit, help] = texts;
            let key = self.key.as_key();
            let mut described = record(&self.shape, self.merge, key, [unit, help], offsets);
            let place = offset_of!(RunTime, bytes) + self.place.offset;
            described.offset = U64::new(place as u64);
            described.size = U32::new(u32::try_from(self.size).unwrap_or(u32::MAX));
            described
        };
        file.declare(describe, texts.concat().as_bytes())
    }

    /// Returns what it is, for people.
    fn described(&self) -> String {
        let kind = Kind::from_code(self.shape.kind).map_or("?".into(), |kind| format!("{kind:?}"));
        match self.unit.as_str() {
            "" => kind,
            unit => format!("{kind} in {unit}"),
        }
    }
}

/// A statistic that is about to be declared.
#[must_use = "`register` declares it"]
pub struct Declaration<'a, S> {
    registry: &'a Registry,
    key: KeyBuf,
    unit: &'a str,
    help: &'a str,
    merge: Option<Merge>,
    statistic: PhantomData<fn() -> S>,
}

impl<'a, S: Statistic + 'static> Declaration<'a, S> {
    /// Adds a label. A character that its key cannot have becomes `_`.
    pub fn label(mut self, key: &str, value: &str) -> Self {
        self.key = self.key.with(key, value);
        self
    }

    /// Sets the unit.
    pub fn unit(mut self, unit: &'a str) -> Self {
        self.unit = unit;
        self
    }

    /// Sets the help text.
    pub fn help(mut self, help: &'a str) -> Self {
        self.help = help;
        self
    }

    /// Sets how lanes are merged.
    pub fn merge(mut self, merge: Merge) -> Self {
        self.merge = Some(merge);
        self
    }

    /// Declares it; if there is one of this key already, that is it.
    ///
    /// # Errors
    /// If it cannot have this key or an attribute, if there is another statistic of this key, or if
    /// there is no room.
    pub fn register(self) -> Result<Declared<S>, DeclareError> {
        let Self { registry, key, unit, help, merge, .. } = self;
        let shared = &registry.shared;
        let failed = |kind| DeclareError::new(key.as_str(), kind);
        check(key.as_key()).map_err(DeclareErrorKind::Key).map_err(failed)?;
        let (unit, merge) = Self::attributes(unit, merge).map_err(failed)?;
        let name = key.as_key().name();
        let is_taken = |fact: &str| name.strip_suffix(fact).is_some_and(str::is_empty);
        if name.is_empty() {
            return Err(failed(DeclareErrorKind::Attribute("a name cannot be empty")));
        }
        if HEADER_FACTS.into_iter().any(is_taken) || name == "registry.overflow" {
            let why = "every file has a statistic of this name";
            return Err(failed(DeclareErrorKind::Attribute(why)));
        }
        let help = shortened(help);
        let declarations = &shared.declarations;
        let hash = BuildHasherDefault::<DefaultHasher>::new().hash_one(&key);
        let place = declarations.in_turn(|| {
            let same = |entry: &&Entry| entry.hash == hash && entry.key == key;
            if let Some(entry) = declarations.entries.iter().find(same) {
                let is_same = entry.shape == S::SHAPE && entry.unit == unit && entry.merge == merge;
                return if is_same {
                    Ok(entry.place)
                } else {
                    Err(DeclareErrorKind::Conflict(entry.described()))
                };
            }
            let place = declarations.place::<S>();
            let place =
                place.ok_or(DeclareErrorKind::NoRoom("a thread has 1 MiB for statistics"))?;
            let entry = Entry {
                key: key.clone(),
                hash,
                unit: unit.to_owned(),
                help: help.to_owned(),
                shape: S::SHAPE,
                merge,
                size: size_of::<S>(),
                place,
            };
            if let Some(file) = shared.mapped.shared.core.file() {
                entry.write(file).map_err(|error| match error.kind() {
                    std::io::ErrorKind::StorageFull if error.raw_os_error().is_none() => {
                        DeclareErrorKind::NoRoom("a file takes 16,384 statistics")
                    }
                    _ => DeclareErrorKind::Io(error),
                })?;
            }
            Ok(declarations.entries.push(entry).place)
        });
        let place = place.map_err(failed)?;
        Ok(Declared { shared: shared.clone(), place, merge, statistic: PhantomData })
    }

    /// Returns the unit and the merge policy, if a statistic of this kind can have them.
    fn attributes(
        unit: &'a str,
        merge: Option<Merge>,
    ) -> Result<(&'a str, Merge), DeclareErrorKind> {
        let attribute = |why| Err(DeclareErrorKind::Attribute(why));
        let unit = match S::ATTRIBUTES.unit {
            Attribute::Settled(_, objection) if !unit.is_empty() => return attribute(objection),
            Attribute::Settled(settled, _) => settled,
            Attribute::Open(_) => unit,
        };
        if unit.len() > MAX_UNIT {
            return attribute("a unit has at most 63 bytes");
        }
        if unit.contains(char::is_control) {
            return attribute("a unit cannot hold a control character");
        }
        match (S::ATTRIBUTES.merge, merge) {
            (Attribute::Settled(_, objection), Some(_)) => attribute(objection),
            (settled, merge) => match merge.unwrap_or(settled.default()) {
                Merge::One => attribute("a constant is set when a file is created"),
                merge => Ok((unit, merge)),
            },
        }
    }
}

impl<S> fmt::Debug for Declaration<'_, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Declaration").field(&self.key).finish()
    }
}

/// A statistic that was declared at run time. It dereferences to the calling thread's own.
///
/// Clones are the same statistic. It stays when all of them are dropped.
pub struct Declared<S> {
    shared: Arc<Shared>,
    /// # Invariants
    /// 1. A place that was made for an `S`, or for a statistic of the same shape.
    place: Place,
    merge: Merge,
    statistic: PhantomData<fn() -> S>,
}

impl<S: Statistic + 'static> Declared<S> {
    /// Returns its value over all threads.
    pub fn total(&self) -> S::Total {
        let lanes = self.shared.mapped.shared.all();
        let lanes = lanes.filter(|lane: &&RunTime| lane.room.load(Relaxed) >= self.place.end);
        S::total(lanes.filter_map(|lane| lane.at(&self.place)), self.merge)
    }

    /// For a thread that has no room: all of them write to it, and nobody reads it.
    #[cold]
    fn spare(&self) -> &S {
        self.shared.spare.stats()
    }
}

impl<S: Statistic + 'static> Deref for Declared<S> {
    type Target = S;

    #[inline]
    fn deref(&self) -> &S {
        let lane: &RunTime = &self.shared.mapped;
        lane.at(&self.place).unwrap_or_else(|| self.spare())
    }
}

impl<S> Clone for Declared<S> {
    fn clone(&self) -> Self {
        let Self { place, merge, statistic, .. } = *self;
        Self { shared: self.shared.clone(), place, merge, statistic }
    }
}

impl<S: Statistic + fmt::Debug + 'static> fmt::Debug for Declared<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}
