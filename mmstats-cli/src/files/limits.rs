//! How many files this process may have open.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// How many files may stay open: as many as this process may have, but for some others that it
/// needs. To begin with it is usually given far less.
pub(crate) fn raise_fd_limit() -> usize {
    const OTHERS: u64 = 64;
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let raised = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }).is_ok();
    let allowed = if raised { maximum } else { current };
    let kept = allowed.unwrap_or(u64::MAX).saturating_sub(OTHERS);
    usize::try_from(kept).unwrap_or(usize::MAX)
}
