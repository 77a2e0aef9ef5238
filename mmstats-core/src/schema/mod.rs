//! The schema of a struct: a tree of nodes in const, which is flattened into the records of a file.
//!
//! | module | contents |
//! |---|---|
//! | `codes` | value types and merge policies, and the shape of a statistic |
//! | `field` | what a field can be: a statistic, a struct of fields, an array of fields |
//! | `label` | labels with a fixed set of values |
//! | `family` | members that such labels distinguish |
//! | `group` | a struct that is written under one lock |
//! | `dyn_family` | members that labels distinguish whose values are known at run time |
//! | `node` | the tree, as the derive builds it |
//! | `walk` | a walk over the statistics in a tree |
//! | `key` | a statistic's name and labels |
//! | `mmstats` | the trait of structs that can be mapped |

mod codes;
mod dyn_family;
mod family;
mod field;
mod group;
mod key;
mod label;
mod mmstats;
mod node;
mod walk;

pub use codes::{Attribute, Attributes, Shape};
pub use codes::{Merge, ScalarType};
pub use dyn_family::{DynFamily, FamilyTotals, Keys};
pub(crate) use dyn_family::{OTHER, size_of_text};
pub use family::Family;
pub use field::{Field, Part};
pub use group::{Group, GroupTotals};
pub use key::{Key, KeyBuf};
pub(crate) use key::{MAX_LABELS, check_labels};
pub use label::{Dimension, Label, Labels, Number};
pub use mmstats::MmStats;
pub use node::{Content, HEADER_FACTS, Node};
pub(crate) use node::{MAX_NAME, MAX_UNIT};
pub(crate) use walk::{Leaf, merge_of};
