//! From a field's bytes to its value.

use super::schema::Layout;
use crate::buckets::Buckets;
use crate::field::filled;
use crate::format::body::{average, gauge, moving_average, text, timer};
use crate::schema::ScalarType;
use crate::value::stamped::Stamped;
use crate::value::{Mean, Scalar, Timing, Value, Window};

/// What a lane says of a field.
pub(super) type Part = Stamped<Value>;

impl Layout {
    /// What a lane says that nothing was written to.
    pub(super) fn empty(self) -> Value {
        match self {
            Self::Counter => Value::Counter(0),
            Self::UpDown => Value::UpDown(0),
            Self::Gauge(scalar, _) | Self::Constant(scalar) => {
                Value::Number(Scalar::from_bits(scalar, 0))
            }
            Self::Text { .. } => Value::Text(String::new()),
            Self::Average => Value::Average(Mean::default()),
            Self::MovingAverage { .. } => Value::MovingAverage(Window::default()),
            Self::Timer { buckets, .. } => Value::Timer(Box::new(Timing::empty(buckets))),
            Self::Unknown { kind } => Value::Unknown { kind },
        }
    }

    /// What the bytes say, of which there are enough.
    pub(super) fn decode(self, bytes: &[u8]) -> Part {
        let value = match self {
            Self::Counter => Value::Counter(word(bytes, 0)),
            Self::UpDown => Value::UpDown(word(bytes, 0).cast_signed()),
            Self::Constant(scalar) => Value::Number(number(scalar, bytes)),
            Self::Average => Value::Average(Mean {
                count: word(bytes, average::COUNT),
                sum: f64::from_bits(word(bytes, average::SUM)),
            }),
            Self::MovingAverage { capacity } => {
                let count = word(bytes, moving_average::COUNT);
                let ring = words(bytes, moving_average::RING, filled(count, capacity));
                let samples = ring.map(f64::from_bits).collect();
                Value::MovingAverage(Window { count, samples })
            }
            Self::Timer { capacity, buckets } => {
                Value::Timer(Box::new(timing(bytes, capacity, buckets)))
            }
            Self::Gauge(scalar, _) => {
                let stamp_ns = word(bytes, gauge::STAMP);
                let value = Value::Number(number(scalar, &bytes[gauge::VALUE..]));
                return Part { stamp_ns, value };
            }
            Self::Text { capacity, .. } => {
                let len = filled(word(bytes, text::LEN), capacity);
                let text = &bytes[text::BYTES..text::BYTES + len];
                let value = Value::Text(String::from_utf8_lossy(text).into_owned());
                return Part { stamp_ns: word(bytes, text::STAMP), value };
            }
            Self::Unknown { kind } => Value::Unknown { kind },
        };
        Part { stamp_ns: 0, value }
    }
}

fn timing(bytes: &[u8], capacity: usize, buckets: Buckets) -> Timing {
    let count = word(bytes, timer::COUNT);
    let ring: Vec<u64> = words(bytes, timer::RING, filled(count, capacity)).collect();
    let last = count.checked_sub(1).and_then(|last| last.checked_rem(capacity as u64));
    let last = last.and_then(|place| ring.get(usize::try_from(place).ok()?));
    Timing {
        count,
        sum_ns: word(bytes, timer::SUM),
        min_ns: word(bytes, timer::MIN),
        max_ns: word(bytes, timer::MAX),
        last_ns: last.copied().unwrap_or(0),
        last_at_ns: word(bytes, timer::LAST_AT),
        running: word(bytes, timer::RUNNING),
        started_sum_ns: word(bytes, timer::STARTED_SUM),
        samples_ns: ring,
        buckets,
        counts: words(bytes, timer::RING + 8 * capacity, buckets.count()).collect(),
        now_ns: 0,
        of_interval: false,
    }
}

fn number(scalar: ScalarType, bytes: &[u8]) -> Scalar {
    let mut value = [0; 8];
    value[..scalar.size()].copy_from_slice(&bytes[..scalar.size()]);
    Scalar::from_bits(scalar, u64::from_le_bytes(value))
}

/// The little-endian word at `at`.
fn word(bytes: &[u8], at: usize) -> u64 {
    let mut word = [0; 8];
    word.copy_from_slice(&bytes[at..at + 8]);
    u64::from_le_bytes(word)
}

fn words(bytes: &[u8], at: usize, count: usize) -> impl Iterator<Item = u64> {
    (0..count).map(move |index| word(bytes, at + 8 * index))
}
