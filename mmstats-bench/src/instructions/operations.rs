//! The operations that are counted, and their ceilings.

use std::error::Error;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use hot_paths::Stats;
use mmstats::{Counter, Declared, Mapped, MmStats, Reader, Registry, RunTime, Timer};

use super::mark::marked;

/// The function of `hot_paths` whose instructions are counted.
pub(super) struct Operation {
    pub(super) name: &'static str,
    pub(super) function: &'static str,
    /// The most instructions that it may take, including its `ret`.
    pub(super) ceiling: f64,
    /// Whether the operation reads the clock.
    pub(super) clock: bool,
    /// Whether the file has a second lane while the operation is counted.
    pub(super) second_lane: bool,
    pub(super) call: fn(&Fixture),
}

/// The statistics and readers that the operations use.
pub(super) struct Fixture {
    /// On the heap, so that its cache lines differ from those of the stack.
    pub(super) handle: Box<Mapped<Stats>>,
    eight: Box<[Mapped<Stats>; 8]>,
    declared: Box<Declared<Counter>>,
    counters: (Mapped<Counters>, Reader),
    timers: (Mapped<Timers>, Reader),
}

impl Fixture {
    pub(super) fn new(directory: &Path) -> Result<Self, Box<dyn Error>> {
        let at = |name: &str| directory.join(name);
        let handle = Stats::builder().directory(directory).file("hot.mmstats").create()?;
        let counters =
            Counters::builder().directory(directory).file("counters.mmstats").create()?;
        let timers = Timers::builder().directory(directory).file("timers.mmstats").create()?;
        let mut eight = Vec::new();
        for _ in 0..8 {
            eight.push(Stats::builder().directory(directory).create()?);
        }
        let registry = Registry::from(RunTime::builder().directory(directory).create()?);
        let fixture = Self {
            handle: Box::new(handle),
            declared: Box::new(registry.counter("hits").register()?),
            eight: eight.try_into().map(Box::new).map_err(|_| "not eight handles")?,
            counters: (counters, Reader::open(at("counters.mmstats"))?),
            timers: (timers, Reader::open(at("timers.mmstats"))?),
        };
        fixture.warm_up();
        Ok(fixture)
    }

    /// Uses a timer until the clock knows the speed of the time-stamp counter, which takes 20 ms,
    /// the timer's ring is full, and a new minimum or maximum is rare.
    fn warm_up(&self) {
        let start = Instant::now();
        while start.elapsed() < Duration::from_millis(40) || self.lane().request.count() < 200 {
            drop(self.lane().request.start());
        }
        self.declared.inc();
        for number in 0..64 {
            self.lane().tenants.of(&format!("tenant-{number:09}")).inc();
        }
    }

    pub(super) fn lane(&self) -> &Stats {
        &self.handle
    }

    /// Adds a second lane. From then on, gauges and texts store when they were set.
    pub(super) fn add_a_lane(&self) {
        thread::scope(|scope| scope.spawn(|| self.handle.done.inc()).join())
            .expect("`inc` does not panic");
    }
}

/// One of 64 keys.
const TENANT: &str = "tenant-000000042";
const SHORT: &str = "Athens, ";
const LONG: &str = "Ελένη Παπαδοπούλου <eleni@example.org>, Athens.";
const _: () = assert!(SHORT.len() == 8 && LONG.len() == 64);
const LATER: Duration = Duration::from_secs(1 << 32);

/// All operations, in the order in which they are counted. Those with a second lane come last,
/// because it stays.
///
/// A ceiling of up to ten instructions has no slack. A higher one has a tenth, for the next version
/// of the compiler.
pub(super) static OPERATIONS: &[Operation] = &[
    operation("`Counter::inc`, hoisted lane", "counter_inc", 2.0, |at| {
        marked(&at.lane().done, hot_paths::counter_inc);
    }),
    operation("`Counter::inc` through the handle", "handle_inc", 16.0, |at| {
        marked(&*at.handle, hot_paths::handle_inc);
    }),
    operation("the same for eight handles in turn", "eight_handles_inc", 64.0, |at| {
        marked(&*at.eight, hot_paths::eight_handles_inc);
    }),
    operation("`Counter::add`", "counter_add", 2.0, |at| {
        marked(&at.lane().done, |done| hot_paths::counter_add(done, 3));
    }),
    operation("`UpDown::dec`", "updown_dec", 2.0, |at| {
        marked(&at.lane().open, hot_paths::updown_dec);
    }),
    operation("`Progress::inc`", "progress_inc", 12.0, |at| {
        marked(&at.lane().users, hot_paths::progress_inc);
    }),
    operation("`Gauge::set`", "gauge_set", 5.0, |at| {
        marked(&at.lane().load, |load| hot_paths::gauge_set(load, 7));
    }),
    operation("`Text::set`, 8 bytes", "text_set", 49.0, |at| {
        marked(at.lane(), |lane| hot_paths::text_set(lane, SHORT));
    }),
    operation("`Text::set`, 64 bytes", "text_set", 64.0, |at| {
        marked(at.lane(), |lane| hot_paths::text_set(lane, LONG));
    }),
    operation("`Average::add`", "average_add", 10.0, |at| {
        marked(&at.lane().rows, |rows| hot_paths::average_add(rows, 1.5));
    }),
    operation("`MovingAverage::add`", "moving_average_add", 21.0, |at| {
        marked(&at.lane().latest, |latest| hot_paths::moving_average_add(latest, 1.5));
    }),
    operation("`Group::update` of two counters", "group_update", 15.0, |at| {
        marked(&at.lane().pair, |pair| hot_paths::group_update(pair, 3));
    }),
    operation("`DynFamily::of`, 64 keys of 16 bytes, and `inc`", "dyn_family_inc", 90.0, |at| {
        let tenants = &at.lane().tenants;
        marked(tenants, |tenants| hot_paths::dyn_family_inc(tenants, TENANT));
    }),
    operation("`Counter::inc`, declared at run time", "declared_inc", 27.0, |at| {
        marked(&*at.declared, hot_paths::declared_inc);
    }),
    operation("`Histogram::record`", "histogram_record", 31.0, |at| {
        marked(&at.lane().size, |size| hot_paths::histogram_record(size, 3_000));
    }),
    timed("`Timer::start`", "timer_start", 30.0, |at| {
        drop(marked(&at.lane().request, hot_paths::timer_start));
    }),
    timed("drop of its guard", "timer_finish", 84.0, |at| {
        marked(at.lane().request.start(), hot_paths::timer_finish);
    }),
    timed("both in one function", "timer", 110.0, |at| marked(at.lane(), hot_paths::timer)),
    timed("`Timer::record`", "timer_record", 80.0, |at| {
        let took = Duration::from_micros(3);
        marked(&at.lane().request, |request| hot_paths::timer_record(request, took));
    }),
    timed("`Mapped::start`, start to drop", "task_timer", 136.0, |at| {
        marked(&*at.handle, hot_paths::task_timer);
    }),
    timed("`flush_every`, not due", "flush_every", 30.0, |at| {
        let flushed = marked(&*at.handle, |handle| hot_paths::flush_every(handle, LATER));
        flushed.expect("`flush_every` succeeds in memory");
    }),
    operation("`Reader::snapshot`, 100 counters", "snapshot", 29_000.0, |at| {
        marked(&at.counters.1, hot_paths::snapshot).expect("the file is intact");
    }),
    operation("`Reader::snapshot`, 10 timers", "snapshot", 118_000.0, |at| {
        marked(&at.timers.1, hot_paths::snapshot).expect("the file is intact");
    }),
    stamped("`Gauge::set`, with a second lane", "gauge_set", 32.0, |at| {
        marked(&at.lane().load, |load| hot_paths::gauge_set(load, 7));
    }),
    Operation {
        second_lane: true,
        ..operation("`Gauge::set` of a sum, with a second lane", "gauge_set", 5.0, |at| {
            marked(&at.lane().level, |level| hot_paths::gauge_set(level, 7));
        })
    },
    stamped("`Text::set`, 64 bytes, with a second lane", "text_set", 102.0, |at| {
        marked(at.lane(), |lane| hot_paths::text_set(lane, LONG));
    }),
];

const fn operation(
    name: &'static str,
    function: &'static str,
    ceiling: f64,
    call: fn(&Fixture),
) -> Operation {
    Operation { name, function, ceiling, clock: false, second_lane: false, call }
}

/// An operation that reads the clock.
const fn timed(
    name: &'static str,
    function: &'static str,
    ceiling: f64,
    call: fn(&Fixture),
) -> Operation {
    Operation { clock: true, ..operation(name, function, ceiling, call) }
}

/// An operation that reads the clock because there is a second lane.
const fn stamped(
    name: &'static str,
    function: &'static str,
    ceiling: f64,
    call: fn(&Fixture),
) -> Operation {
    Operation { second_lane: true, ..timed(name, function, ceiling, call) }
}

macro_rules! stats {
    ($name:ident { $($field:ident)* } of $kind:ty) => {
        #[derive(MmStats)]
        struct $name {
            $($field: $kind,)*
        }
    };
}

stats! { Counters {
    a0 a1 a2 a3 a4 a5 a6 a7 a8 a9 b0 b1 b2 b3 b4 b5 b6 b7 b8 b9
    c0 c1 c2 c3 c4 c5 c6 c7 c8 c9 d0 d1 d2 d3 d4 d5 d6 d7 d8 d9
    e0 e1 e2 e3 e4 e5 e6 e7 e8 e9 f0 f1 f2 f3 f4 f5 f6 f7 f8 f9
    g0 g1 g2 g3 g4 g5 g6 g7 g8 g9 h0 h1 h2 h3 h4 h5 h6 h7 h8 h9
    i0 i1 i2 i3 i4 i5 i6 i7 i8 i9 j0 j1 j2 j3 j4 j5 j6 j7 j8 j9
} of Counter }
stats! { Timers { a0 a1 a2 a3 a4 a5 a6 a7 a8 a9 } of Timer }
