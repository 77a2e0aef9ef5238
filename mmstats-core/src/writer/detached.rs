#![forbid(unsafe_code)]

use std::fmt;

use crate::error::CreateError;

/// The reason why statistics have no file.
///
/// # Examples
/// ```
/// use mmstats::{Counter, Detached, MmStats};
///
/// #[derive(MmStats)]
/// struct Job {
///     done: Counter,
/// }
///
/// let job = Job::builder().directory("/nowhere").on_warning(|_| ()).create_or_detached();
/// match job.detached() {
///     Some(Detached::Failed(error)) => assert_eq!(error.path().to_str(), Some("/nowhere")),
///     other => panic!("{other:?}"),
/// }
/// assert!(matches!(Job::detached().detached(), Some(Detached::OnPurpose)));
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum Detached {
    /// The program asked for none, with [`Builder::detached`](crate::Builder::detached).
    OnPurpose,
    /// None could be created.
    Failed(CreateError),
    /// This process was forked from the one whose file it is. [`Mapped::reopen`](crate::Mapped::reopen)
    /// gives it one of its own.
    Forked,
}

impl fmt::Display for Detached {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OnPurpose => f.write_str("in the memory of this process, on purpose"),
            Self::Failed(error) => error.fmt(f),
            Self::Forked => f.write_str(
                "this process was forked from the one whose file it is: `reopen` gives it its own",
            ),
        }
    }
}
