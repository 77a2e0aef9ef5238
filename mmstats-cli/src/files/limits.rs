//! The limit on open files.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Raises the limit on open files as far as permitted, and returns how many statistics files may
/// stay open; the rest is left for other uses.
pub(crate) fn raise_fd_limit() -> usize {
    const OTHERS: u64 = 64;
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let raised = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }).is_ok();
    let allowed = if raised { maximum } else { current };
    let kept = allowed.unwrap_or(u64::MAX).saturating_sub(OTHERS);
    usize::try_from(kept).unwrap_or(usize::MAX)
}
