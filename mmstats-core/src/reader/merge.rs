//! From what the lanes say of a field to one value, by the field's policy.

use super::decode::Part;
use super::schema::Layout;
use crate::value::Value;
use crate::value::stamped::Stamped;

impl Layout {
    /// What two lanes say together.
    pub(super) fn merge(self, a: Part, b: Part) -> Part {
        let stamp_ns = a.stamp_ns.max(b.stamp_ns);
        let value = match (a.value, b.value) {
            (Value::Counter(a), Value::Counter(b)) => Value::Counter(a.wrapping_add(b)),
            (Value::UpDown(a), Value::UpDown(b)) => Value::UpDown(a.wrapping_add(b)),
            (Value::Average(a), Value::Average(b)) => Value::Average(a.merged(b)),
            (Value::MovingAverage(a), Value::MovingAverage(b)) => Value::MovingAverage(a.merged(b)),
            (Value::Timer(a), Value::Timer(b)) => Value::Timer(Box::new(a.merged(*b))),
            (Value::Number(x), Value::Number(y)) => match self {
                Self::Gauge(_, merge) => {
                    let a = Stamped { stamp_ns: a.stamp_ns, value: x };
                    let merged = a.merged(Stamped { stamp_ns: b.stamp_ns, value: y }, merge);
                    return Part { stamp_ns: merged.stamp_ns, value: Value::Number(merged.value) };
                }
                _ => Value::Number(x),
            },
            (x, y) => match self {
                Self::Text { constant: false, .. } => {
                    let a = Stamped { stamp_ns: a.stamp_ns, value: x };
                    return a.latest(Stamped { stamp_ns: b.stamp_ns, value: y });
                }
                _ => x,
            },
        };
        Part { stamp_ns, value }
    }
}
