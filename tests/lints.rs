//! Derived code passes the lints of the crate that contains it, however strict they are.
#![forbid(unsafe_code)]
#![deny(warnings, missing_docs, clippy::pedantic)]
#![allow(missing_debug_implementations)]
#![deny(
    clippy::nursery,
    clippy::undocumented_unsafe_blocks,
    clippy::indexing_slicing,
    clippy::absolute_paths,
    non_local_definitions,
    redundant_lifetimes,
    single_use_lifetimes,
    trivial_casts,
    unreachable_pub,
    unused_lifetimes,
    unused_qualifications,
    unused_results
)]

use mmstats::{
    Average, Constant, ConstantText, Counter, Field, Gauge, GaugeValue, MmStats, MovingAverage,
    Reader, Text, Timer, UpDown,
};

/// Every kind of statistic, and every attribute.
#[derive(MmStats)]
#[mmstats(prefix = "all.", crate = "::mmstats")]
#[repr(C, align(64))]
pub struct Everything {
    /// Done so far.
    pub done: Counter,
    /// Open now.
    #[mmstats(initial = -1)]
    pub open: UpDown,
    #[mmstats(name = "heap", unit = "bytes", merge = "sum", initial = 1 << 20)]
    /// What is allocated.
    pub allocated: Gauge<u64>,
    /// Whether it is ready.
    #[mmstats(merge = "min", initial = true)]
    pub ready: Gauge<bool>,
    /// The current user.
    #[mmstats(initial = String::from("nobody").as_str())]
    pub user: Text<64>,
    /// The size of a request.
    #[mmstats(unit = "bytes")]
    pub size: Average,
    /// The size of the latest requests.
    pub latest_size: MovingAverage<10>,
    /// Requests.
    pub request: Timer,
    /// Where it listens.
    #[mmstats(initial = 8080)]
    pub port: Constant<u16>,
    /// What it is.
    #[mmstats(initial = env!("CARGO_PKG_VERSION"))]
    pub version: ConstantText,
    /// A keyword.
    pub r#type: Gauge<f32>,
}

/// Type and const parameters.
#[derive(MmStats)]
pub struct Generic<T: GaugeValue, F = Counter, const N: usize = 10>
where
    F: Field,
{
    /// A value.
    pub value: Gauge<T>,
    /// Anything.
    pub other: F,
    /// Some durations.
    pub durations: Timer<N>,
}

/// Bounds that only the derive adds.
#[derive(MmStats)]
pub struct Unbounded<F> {
    /// Anything.
    pub field: F,
}

/// Structs and arrays.
#[derive(MmStats)]
pub struct Nested {
    /// Everything, behind its name.
    pub everything: Everything,
    /// Everything, without.
    #[mmstats(flatten, prefix = "other.")]
    pub other: Everything,
    /// Arrays of both.
    #[mmstats(key = "row", name = "rows")]
    pub arrays: [[Unbounded<Counter>; 2]; 2],
}

/// Nothing.
#[derive(MmStats)]
pub struct Empty {}

/// Nothing.
#[derive(MmStats)]
pub struct Unit;

/// Nothing.
#[derive(MmStats)]
pub struct Parentheses();

/// Old.
#[deprecated = "too old"]
#[derive(MmStats)]
pub struct Deprecated {
    /// Old, too.
    #[deprecated = "older"]
    #[mmstats(initial = 1)]
    pub field: Gauge<u8>,
}

#[derive(MmStats)]
struct Private {
    done: Counter,
}

macro_rules! declare {
    ($name:ident { $($field:ident: $ty:ty = $label:literal, $initial:expr;)* }) => {
        #[derive(MmStats)]
        struct $name {
            $(#[mmstats(name = $label, initial = $initial)] $field: $ty,)*
        }
    };
}

declare!(ByMacro {
    port: Constant<u16> = "listening on", 80 + 8000;
    version: ConstantText<16> = "version", "1";
});

/// A struct with so many fields that their entries are in more than one constant.
#[derive(MmStats)]
pub struct Large<T: GaugeValue> {
    /// Of 65.
    pub f00: Counter,
    /// Of 65.
    pub f01: Counter,
    /// Of 65.
    pub f02: Counter,
    /// Of 65.
    pub f03: Counter,
    /// Of 65.
    pub f04: Counter,
    /// Of 65.
    pub f05: Counter,
    /// Of 65.
    pub f06: Counter,
    /// Of 65.
    pub f07: Counter,
    /// Of 65.
    pub f08: Counter,
    /// Of 65.
    pub f09: Counter,
    /// Of 65.
    pub f10: Counter,
    /// Of 65.
    pub f11: Counter,
    /// Of 65.
    pub f12: Counter,
    /// Of 65.
    pub f13: Counter,
    /// Of 65.
    pub f14: Counter,
    /// Of 65.
    pub f15: Counter,
    /// Of 65.
    pub f16: Counter,
    /// Of 65.
    pub f17: Counter,
    /// Of 65.
    pub f18: Counter,
    /// Of 65.
    pub f19: Counter,
    /// Of 65.
    pub f20: Counter,
    /// Of 65.
    pub f21: Counter,
    /// Of 65.
    pub f22: Counter,
    /// Of 65.
    pub f23: Counter,
    /// Of 65.
    pub f24: Counter,
    /// Of 65.
    pub f25: Counter,
    /// Of 65.
    pub f26: Counter,
    /// Of 65.
    pub f27: Counter,
    /// Of 65.
    pub f28: Counter,
    /// Of 65.
    pub f29: Counter,
    /// Of 65.
    pub f30: Counter,
    /// Of 65.
    pub f31: Counter,
    /// Of 65.
    pub f32: Counter,
    /// Of 65.
    pub f33: Counter,
    /// Of 65.
    pub f34: Counter,
    /// Of 65.
    pub f35: Counter,
    /// Of 65.
    pub f36: Counter,
    /// Of 65.
    pub f37: Counter,
    /// Of 65.
    pub f38: Counter,
    /// Of 65.
    pub f39: Counter,
    /// Of 65.
    pub f40: Counter,
    /// Of 65.
    pub f41: Counter,
    /// Of 65.
    pub f42: Counter,
    /// Of 65.
    pub f43: Counter,
    /// Of 65.
    pub f44: Counter,
    /// Of 65.
    pub f45: Counter,
    /// Of 65.
    pub f46: Counter,
    /// Of 65.
    pub f47: Counter,
    /// Of 65.
    pub f48: Counter,
    /// Of 65.
    pub f49: Counter,
    /// Of 65.
    pub f50: Counter,
    /// Of 65.
    pub f51: Counter,
    /// Of 65.
    pub f52: Counter,
    /// Of 65.
    pub f53: Counter,
    /// Of 65.
    pub f54: Counter,
    /// Of 65.
    pub f55: Counter,
    /// Of 65.
    pub f56: Counter,
    /// Of 65.
    pub f57: Counter,
    /// Of 65.
    pub f58: Counter,
    /// Of 65.
    pub f59: Counter,
    /// Of 65.
    pub f60: Counter,
    /// Of 65.
    pub f61: Counter,
    /// Of 65.
    pub f62: Counter,
    /// Of 65.
    pub f63: Counter,
    /// The last.
    pub last: Gauge<T>,
}

/// Returns the number of statistics in a file of `S`, without the facts of its header.
fn statistics<S: MmStats>() -> usize {
    let directory = tempfile::tempdir().expect("there is a temporary directory");
    let stats = S::builder().directory(directory.path()).create().expect("the file is created");
    let path = stats.path().expect("it has a file");
    let snapshot = Reader::open(path).and_then(|reader| reader.snapshot());
    snapshot.expect("it can be read").stats().filter(|stat| stat.kind().is_some()).count()
}

#[test]
fn a_file_has_each_statistic_of_its_struct() {
    #[derive(MmStats)]
    struct Local {
        done: Counter,
        failed: Counter,
    }

    assert_eq!(statistics::<Everything>(), 11);
    assert_eq!(statistics::<Generic<f64>>(), 3);
    assert_eq!(statistics::<Unbounded<Counter>>(), 1);
    assert_eq!(statistics::<Nested>(), 26);
    assert_eq!(statistics::<Empty>(), 0);
    assert_eq!(statistics::<Unit>(), 0);
    assert_eq!(statistics::<Parentheses>(), 0);
    assert_eq!(statistics::<Private>(), 1);
    assert_eq!(statistics::<ByMacro>(), 2);
    assert_eq!(statistics::<Local>(), 2);
    assert_eq!(statistics::<Large<u8>>(), 65);
}
