//! Snapshots of version 1 files, which are parsed anew each time: they have no schema apart.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use super::snapshot::{Field, Labels, Reading, Snapshot, Writer};
use super::source::Source;
use crate::error::ReadErrorKind;
use crate::format::v1;
use crate::liveness::{self, State};
use crate::value::{Scalar, Value};

pub(super) fn snapshot(source: &Source) -> Result<Snapshot, ReadErrorKind> {
    let file = source.bytes(0, source.size()?, "the file")?;
    let mut labels = Labels::default();
    let mut values = Vec::new();
    for field in v1::parse(&file)? {
        let start = labels.text.len();
        labels.text.push_str(&v1::text(&file[field.label]));
        let label = start..labels.text.len();
        labels.fields.push(Field { label, help: 0..0, unit: 0..0, kind: None, merge: None });
        values.push(Reading::from(field.value));
    }
    let writer = writer(&labels, &values);
    Ok(Snapshot {
        path: source.path.clone(),
        version: 1,
        state: state(&writer),
        taken: SystemTime::now(),
        read_at: Instant::now(),
        writer,
        labels: Arc::new(labels),
        values,
        lanes: Vec::new(),
        lanes_lost: 0,
    })
}

/// What the fields that the original adds to each struct say; their labels may have a prefix.
fn writer(labels: &Labels, values: &[Reading]) -> Writer {
    let find = |name: &str| {
        let mut stats = labels.stats(values);
        stats.find(|stat| stat.label().ends_with(name)).map(|stat| stat.value())
    };
    let id = |name| match find(name) {
        Some(Value::Number(Scalar::Unsigned(id))) => u32::try_from(*id).ok(),
        Some(Value::Number(Scalar::Signed(id))) => u32::try_from(*id).ok(),
        _ => None,
    };
    let created = match find("sys.created") {
        Some(Value::Number(Scalar::Double(seconds))) => Duration::try_from_secs_f64(*seconds).ok(),
        _ => None,
    };
    Writer {
        pid: id("sys.pid"),
        tid: id("sys.tid"),
        uid: id("sys.uid"),
        gid: id("sys.gid"),
        created: created.and_then(|since| UNIX_EPOCH.checked_add(since)),
        ..Writer::default()
    }
}

fn state(writer: &Writer) -> State {
    writer.pid.map_or(State::Unknown, |pid| liveness::of_pid(pid, writer.created))
}
