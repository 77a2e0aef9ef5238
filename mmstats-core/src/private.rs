//! Names for the derive, and nothing else. Not part of the API.

pub use crate::field::{Field, Initial};
pub use crate::schema::{Entry, Merge, joined};
