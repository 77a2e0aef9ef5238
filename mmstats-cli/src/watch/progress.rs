//! The progress of a job.

use mmstats_core::{Role, Snapshot, Stat, Work};

/// Returns the progress of the first job in the file whose total is known, if there is one: that of
/// a `Progress`, or of a counter `done` with a constant `total` and, if it continues an earlier run,
/// a constant `done_before`.
///
/// Everything comes from one snapshot, so that all tools show the same.
pub(crate) fn of(snapshot: &Snapshot) -> Option<Work> {
    snapshot.stats().find_map(|stat| {
        let summary = stat.value().summary();
        match summary.progress {
            Some(work) => work.total().map(|_| work.clone()),
            None if summary.role == Role::Counter => by_convention(snapshot, stat),
            None => None,
        }
    })
}

fn by_convention(snapshot: &Snapshot, stat: Stat<'_>) -> Option<Work> {
    let prefix = stat.name().strip_suffix("done")?;
    if !prefix.is_empty() && !prefix.ends_with('.') {
        return None;
    }
    let constant = |name: &str| {
        let mut all = snapshot.stats();
        let found = all.find(|stat| {
            stat.value().summary().role == Role::Constant
                && stat.name().strip_prefix(prefix) == Some(name)
        });
        let number = found?.value().summary().headline.number()?;
        #[expect(clippy::cast_possible_truncation, reason = "items are counted, and it saturates")]
        let integer = number.as_integer().unwrap_or(number.as_f64() as i128);
        Some(u64::try_from(integer.max(0)).unwrap_or(u64::MAX))
    };
    let total = constant("total").filter(|total| *total > 0)?;
    let done = stat.value().as_u64()?;
    // Nobody knows when a writer that ended did its last item.
    let elapsed = snapshot.age().filter(|_| !snapshot.state().has_ended());
    Some(Work::in_progress(constant("done_before").unwrap_or(0), done, total, elapsed))
}
