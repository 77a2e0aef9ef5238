//! Checks that the writers live and write.

use std::fmt::Write as _;
use std::time::{Duration, SystemTime};

use mmstats_core::{Snapshot, State};

use super::answer::{Answer, Status};
use super::args::Check;
use crate::show::human;
use crate::show::life::Life;
use crate::watch::measure::Amount;

/// The first line names this many files at most.
const NAMED: usize = 3;

/// Reports the states of the writers: those that ended are bad if they have to live.
pub(super) fn check_states(options: &Check, snapshots: &[&Snapshot], answer: &mut Answer) {
    let has_to_live = options.live || options.field.is_none() && options.stale.is_none();
    let of = |state| snapshots.iter().filter(move |found| found.state() == state);
    let count = of(State::Live).count();
    if has_to_live {
        answer.finding(Status::Ok, format!("{count} live"));
        answer.data("live", &count.to_string(), "", ["", "", "0", &snapshots.len().to_string()]);
    }
    let unless = |allowed, status| if allowed { Status::Ok } else { status };
    for (state, status) in [
        (State::Dead, unless(options.allow_dead, Status::Critical)),
        (State::Panicked, unless(options.allow_dead, Status::Critical)),
        (State::Closed, unless(options.allow_closed, Status::Warning)),
        (State::Unknown, Status::Unknown),
    ] {
        let found: Vec<&Snapshot> = of(state).copied().collect();
        let life = match found[..] {
            [] => continue,
            [only] if state != State::Unknown => Life::of(only, SystemTime::now()).to_string(),
            _ => state.to_string(),
        };
        let status = unless(!has_to_live, status);
        answer.finding(status, format!("{} {life}: {}", found.len(), listed(&found)));
    }
}

/// Reports files that were not written for longer than `limit`.
pub(super) fn check_stale(
    limit: Duration,
    options: &Check,
    snapshots: &[&Snapshot],
    answer: &mut Answer,
) {
    let is_exempt = |found: &Snapshot| options.allow_closed && found.state() == State::Closed;
    let found: Vec<&Snapshot> =
        snapshots.iter().copied().filter(|found| !is_exempt(found)).collect();
    let oldest = found.iter().map(|found| silence(found)).max().unwrap_or_default();
    let seconds = |duration: Duration| Amount::Float(duration.as_secs_f64()).digits();
    answer.data("age", &seconds(oldest), "s", ["", &seconds(limit), "0", ""]);
    let stale: Vec<&Snapshot> = found.into_iter().filter(|found| silence(found) > limit).collect();
    let oldest = human::duration(oldest);
    if stale.is_empty() {
        answer.finding(Status::Ok, format!("last written {oldest} ago"));
    } else {
        let listed = listed(&stale);
        answer.finding(Status::Critical, format!("not written for {oldest}: {listed}"));
    }
}

/// Returns the time since the last trace of the writer.
fn silence(snapshot: &Snapshot) -> Duration {
    let written = snapshot.written();
    written.and_then(|at| snapshot.taken().duration_since(at).ok()).unwrap_or_default()
}

/// Formats the paths of the first files, and the number of the others.
pub(super) fn listed(snapshots: &[&Snapshot]) -> String {
    let named = snapshots.iter().take(NAMED);
    let paths: Vec<String> = named.map(|found| found.path().display().to_string()).collect();
    match snapshots.len().saturating_sub(NAMED) {
        0 => paths.join(" "),
        more => format!("{} and {more} more", paths.join(" ")),
    }
}

/// Formats what is known of a file, and its own value of the field.
pub(super) fn detail(snapshot: &Snapshot, options: &Check) -> String {
    let life = Life::of(snapshot, SystemTime::now());
    let mut detail = format!("{}: {life}", snapshot.path().display());
    if !snapshot.state().has_ended() {
        let _ = write!(detail, ", last written {} ago", human::duration(silence(snapshot)));
    }
    if let Some(key) = &options.field
        && let Some(value) = snapshot.get(key)
        && let Ok(amount) = options.measure().of(&value.summary())
        && !options.rate
    {
        let name = options.measure().name(key, ' ');
        let _ = write!(detail, ", {name} = {}", amount.digits());
    }
    detail
}
