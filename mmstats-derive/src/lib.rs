//! `#[derive(MmStats)]` and `#[derive(Label)]`, the derive macros of `mmstats`; use them from there.
//!
//! One file per pass: `attr` parses, `input` resolves, `check` refuses, `expand` emits; and `label` for
//! labels.

#![forbid(unsafe_code)]

mod attr;
mod check;
mod expand;
mod input;
mod label;

use proc_macro::TokenStream;
use syn::{DeriveInput, parse_macro_input};

/// Makes a struct with named fields one that can be mapped to a file.
///
/// Each field is a statistic, another struct with this derive, or an array of these. A statistic's
/// name is that of its field, and its help text is the doc comment. The names in a nested struct
/// follow its own, as in `pool.idle`; the items of an array differ in a label, as in
/// `shards.hits{index="3"}`.
///
/// | on a field | meaning |
/// |---|---|
/// | `#[mmstats(name = "user")]` | the name, if it is not that of the field |
/// | `#[mmstats(unit = "bytes")]` | the unit of the value; that of a timer is always `ns` |
/// | `#[mmstats(initial = 8080)]` | the value with which a `Gauge`, `UpDown`, `Text`, `Constant` or `ConstantText` starts, or each item of an array of these; any expression, evaluated at creation |
/// | `#[mmstats(merge = "max")]` | how a `Gauge` becomes one value if several threads set it: `"sum"`, `"min"`, `"max"`, or `"latest"`, the default |
/// | `#[mmstats(key = "shard")]` | the key of the label of an array's items, instead of `index`, or of a family's members; several with commas: `"method,hit"` |
/// | `#[mmstats(large)]` | allows a family to have more than 1,024 members |
/// | `#[mmstats(flatten)]` | leaves the name of a nested struct out: `idle`, not `pool.idle` |
/// | `#[mmstats(flatten, prefix = "db_")]` | puts a prefix there instead: `db_idle` |
///
/// | on the struct | meaning |
/// |---|---|
/// | `#[mmstats(prefix = "web.")]` | a prefix of every name in it |
/// | `#[mmstats(crate = "path::to::mmstats")]` | the path of the crate, if it is not `::mmstats` |
///
/// One pair of parentheses can hold several: `#[mmstats(name = "heap", unit = "bytes")]`.
///
/// A struct can have const and type parameters, but no lifetimes. Any mistake is a compile error
/// where it stands; but only creation finds out that two flattened structs have a name in common.
///
/// # Examples
/// ```
/// use mmstats::{Counter, Gauge, MmStats, Reader};
///
/// #[derive(MmStats)]
/// struct Pool {
///     idle: Gauge<u32>,
/// }
///
/// #[derive(MmStats)]
/// #[mmstats(prefix = "web.")]
/// struct Web {
///     /// Requests that were answered.
///     requests: Counter,
///     #[mmstats(flatten, prefix = "db_")]
///     pool: Pool,
/// }
///
/// # let directory = tempfile::tempdir()?;
/// # let stats = Web::builder().directory(&directory).create()?;
/// # let path = stats.path().ok_or("no file")?;
/// let snapshot = Reader::open(path)?.snapshot()?;
/// let requests = snapshot.stat("web.requests").ok_or("no such statistic")?;
/// assert_eq!(requests.help(), "Requests that were answered.");
/// assert!(snapshot.get("web.db_idle").is_some());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[proc_macro_derive(MmStats, attributes(mmstats))]
pub fn derive_mmstats(tokens: TokenStream) -> TokenStream {
    derive(&parse_macro_input!(tokens as DeriveInput)).into()
}

fn derive(ast: &DeriveInput) -> proc_macro2::TokenStream {
    let mut errors = Vec::new();
    let mut input = input::Input::from_ast(ast, &mut errors);
    check::check(ast, &mut input, &mut errors);
    if errors.is_empty() { expand::expand(&input) } else { expand::fallback(&input, &errors) }
}

/// Makes an enum a label, whose values are its variants.
///
/// The key is the name of the enum in snake case, and each value that of its variant.
///
/// | attribute | meaning |
/// |---|---|
/// | `#[label(key = "code")]` on the enum | another key |
/// | `#[label("5xx")]` on a variant | another value |
/// | `#[label(crate = "path::to::mmstats")]` on the enum | the path of the crate, if it is not `::mmstats` |
///
/// # Examples
/// ```
/// use mmstats::{Counter, Family, Label, MmStats};
///
/// #[derive(Label)]
/// #[label(key = "code")]
/// enum Status {
///     Ok,
///     NotFound,
///     #[label("5xx")]
///     Failed,
/// }
///
/// #[derive(MmStats)]
/// struct Web {
///     responses: Family<Status, Counter>, // responses{code="not_found"} …
/// }
///
/// let web = Web::detached();
/// web.responses[Status::Failed].inc();
/// assert_eq!(web.responses[Status::Failed].local(), 1);
/// ```
#[proc_macro_derive(Label, attributes(label))]
pub fn derive_label(tokens: TokenStream) -> TokenStream {
    label::derive(&parse_macro_input!(tokens as DeriveInput)).into()
}
