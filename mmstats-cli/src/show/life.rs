//! The state of a writer and its times, in the same words everywhere.

use std::fmt;
use std::time::SystemTime;

use mmstats_core::{Snapshot, State};

use super::human;

/// The life of a writer: `live`, `2.5 s old`; `closed 3 min ago`, `ran 40 min`; `dead`, `last seen
/// alive 2 min ago`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Life {
    pub(crate) state: String,
    /// How long it has lived, or when it was seen last.
    pub(crate) span: Option<String>,
}

impl Life {
    pub(crate) fn of(snapshot: &Snapshot, now: SystemTime) -> Self {
        Self::in_state(snapshot.state(), snapshot, now)
    }

    /// The life of a writer of which more is known than the snapshot shows.
    pub(crate) fn in_state(state: State, snapshot: &Snapshot, now: SystemTime) -> Self {
        let created = snapshot.writer().created();
        let since = |then: Option<SystemTime>| now.duration_since(then?).ok();
        match (state, snapshot.writer().ended()) {
            (State::Closed | State::Panicked, Some(ended)) => {
                let ago = since(Some(ended)).unwrap_or_default();
                let ran = created.and_then(|created| ended.duration_since(created).ok());
                Self {
                    state: format!("{state} {} ago", human::duration(ago)),
                    span: ran.map(|ran| format!("ran {}", human::duration(ran))),
                }
            }
            (State::Dead, _) => Self {
                state: state.to_string(),
                span: since(snapshot.written())
                    .map(|ago| format!("last seen alive {} ago", human::duration(ago))),
            },
            _ => Self {
                state: state.to_string(),
                span: since(created).map(|age| format!("{} old", human::duration(age))),
            },
        }
    }
}

/// Formats as `closed 3 min ago, ran 40 min`.
impl fmt::Display for Life {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.state)?;
        self.span.iter().try_for_each(|span| write!(f, ", {span}"))
    }
}

/// Says that counts are missing.
pub(crate) fn threads_lost(lost: u64) -> String {
    let threads = if lost == 1 { "1 thread is".into() } else { format!("{lost} threads are") };
    format!("{threads} missing: the file could not be extended")
}
