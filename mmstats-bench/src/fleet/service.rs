//! What a process of the fleet publishes: 100 statistics.

use std::time::Duration;

use clap::ValueEnum;
use mmstats::{Average, Counter, Gauge, MmStats, Text, Timer};

/// Of which kinds they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Kinds {
    /// 75 counters and 25 gauges
    Numbers,
    /// 70 counters, 20 gauges, 4 texts, 3 averages and 3 timers
    Mixed,
}

macro_rules! service {
    ($service:ident: $($kind:ty, $change:expr => $($name:ident)*;)*) => {
        #[derive(MmStats)]
        pub(crate) struct $service {
            $($(pub(crate) $name: $kind,)*)*
        }

        impl Change for $service {
            fn change(&self, round: u64) {
                $($($change(&self.$name, round);)*)*
            }
        }
    };
}

/// What a busy process does.
pub(crate) trait Change: MmStats {
    /// Changes every statistic.
    fn change(&self, round: u64);
}

fn count(counter: &Counter, _: u64) {
    counter.inc();
}

fn set(gauge: &Gauge<u64>, round: u64) {
    gauge.set(round);
}

fn say(text: &Text<32>, round: u64) {
    text.set(if round.is_multiple_of(2) { "GET /users/4280" } else { "POST /orders" });
}

fn record(timer: &Timer, round: u64) {
    timer.record(Duration::from_micros(round % 1000));
}

#[expect(clippy::cast_precision_loss, reason = "it only has to change")]
fn sample(average: &Average, round: u64) {
    average.add(round as f64);
}

service! {
    Numbers:
    Counter, count =>
        c00 c01 c02 c03 c04 c05 c06 c07 c08 c09 c10 c11 c12 c13 c14 c15 c16 c17 c18 c19 c20 c21
        c22 c23 c24 c25 c26 c27 c28 c29 c30 c31 c32 c33 c34 c35 c36 c37 c38 c39 c40 c41 c42 c43
        c44 c45 c46 c47 c48 c49 c50 c51 c52 c53 c54 c55 c56 c57 c58 c59 c60 c61 c62 c63 c64 c65
        c66 c67 c68 c69 c70 c71 c72 c73 c74;
    Gauge<u64>, set =>
        g00 g01 g02 g03 g04 g05 g06 g07 g08 g09 g10 g11 g12 g13 g14 g15 g16 g17 g18 g19 g20 g21
        g22 g23 g24;
}

service! {
    Mixed:
    Counter, count =>
        c00 c01 c02 c03 c04 c05 c06 c07 c08 c09 c10 c11 c12 c13 c14 c15 c16 c17 c18 c19 c20 c21
        c22 c23 c24 c25 c26 c27 c28 c29 c30 c31 c32 c33 c34 c35 c36 c37 c38 c39 c40 c41 c42 c43
        c44 c45 c46 c47 c48 c49 c50 c51 c52 c53 c54 c55 c56 c57 c58 c59 c60 c61 c62 c63 c64 c65
        c66 c67 c68 c69;
    Gauge<u64>, set =>
        g00 g01 g02 g03 g04 g05 g06 g07 g08 g09 g10 g11 g12 g13 g14 g15 g16 g17 g18 g19;
    Text<32>, say => t00 t01 t02 t03;
    Average, sample => a00 a01 a02;
    Timer, record => d00 d01 d02;
}
