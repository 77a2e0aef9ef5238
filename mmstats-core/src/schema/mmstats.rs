use super::Field;
use crate::error::CreateError;
use crate::writer::{Builder, Mapped};

/// A struct of statistics, which `#[derive(MmStats)]` makes of a plain one.
///
/// It can be mapped to a file, or be a field of another such struct.
///
/// # Examples
/// ```
/// use mmstats::{Counter, MmStats, UpDown};
///
/// #[derive(MmStats)]
/// struct Web {
///     /// Requests that were answered.
///     requests: Counter,
///     connections: UpDown,
/// }
///
/// # let directory = tempfile::tempdir()?;
/// let stats = Web::builder().directory(&directory).create()?;
/// stats.requests.inc();
/// stats.connections.add(3);
/// assert_eq!(stats.total(|web| &web.connections), 3);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a struct of statistics",
    note = "put `#[derive(MmStats)]` on it"
)]
pub trait MmStats: Field {
    /// Creates the file, in the default directory and under the default name.
    ///
    /// # Errors
    /// If the file cannot be made; see [`CreateError`]. Where that must not stop the program,
    /// use [`create_or_detached`](Self::create_or_detached).
    fn create() -> Result<Mapped<Self>, CreateError> {
        Self::builder().create()
    }

    /// As [`create`](Self::create), but falls back to memory that nobody else sees, and says so once
    /// on standard error; see [`Builder::create_or_detached`].
    fn create_or_detached() -> Mapped<Self> {
        Self::builder().create_or_detached()
    }

    /// Keeps the statistics in memory that nobody else sees, and creates no file: for tests.
    ///
    /// # Examples
    /// ```
    /// # use mmstats::{Counter, MmStats};
    /// # #[derive(MmStats)]
    /// # struct Web { requests: Counter }
    /// let stats = Web::detached();
    /// stats.requests.inc();
    /// assert_eq!((stats.total(|web| &web.requests), stats.path()), (1, None));
    /// ```
    fn detached() -> Mapped<Self> {
        Self::builder().detached()
    }

    /// Chooses the file's directory and name, and who may read it.
    fn builder() -> Builder<Self> {
        Builder::new()
    }
}
