use super::{Builder, Mapped};
use crate::error::CreateError;
use crate::schema::Entry;

/// A struct of statistics, which `#[derive(MmStats)]` makes of a plain one.
///
/// # Safety
/// 1. Every field of the type is a [`Field`](crate::Field).
/// 2. [`SCHEMA`](Self::SCHEMA) has each field's own offset.
///
/// The derive sees to both; do not implement it by hand.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a struct of statistics",
    note = "put `#[derive(MmStats)]` on it"
)]
#[expect(unsafe_code, reason = "the contract that the derive fulfils")]
pub unsafe trait MmStats: Sized + 'static {
    /// What the fields are and where they lie.
    #[doc(hidden)]
    const SCHEMA: &'static [Entry];

    /// Stores the initial values.
    #[doc(hidden)]
    fn initialise(&self) {}

    /// Creates the file, in the default directory and under the default name.
    ///
    /// # Errors
    /// If the file cannot be made; see [`CreateError`]. Where that must not stop the program,
    /// take [`create_or_detached`](Self::create_or_detached).
    fn create() -> Result<Mapped<Self>, CreateError> {
        Self::builder().create()
    }

    /// As [`create`](Self::create), but falls back to memory that nobody else sees.
    fn create_or_detached() -> Mapped<Self> {
        Self::builder().create_or_detached()
    }

    /// Says where the file is to lie, what it is called, and who may read it.
    fn builder() -> Builder<Self> {
        Builder::new()
    }
}
