//! `#[derive(MmStats)]`, the derive macro of `mmstats`; use it from there.
//!
//! One file per pass: `attr` parses, `input` resolves, `check` judges, `expand` emits, and
//! `fallback` consoles where something is wrong.

#![forbid(unsafe_code)]

mod attr;
mod check;
mod expand;
mod fallback;
mod input;

use proc_macro::TokenStream;
use syn::{DeriveInput, parse_macro_input};

/// Makes a struct with named fields, each of them a statistic, one that can be mapped to a file.
///
/// A field's label is its name, and its help text the doc comment.
///
/// | on a field | says |
/// |---|---|
/// | `#[mmstats(label = "user")]` | the label, where it is not the name of the field |
/// | `#[mmstats(unit = "bytes")]` | the unit of the value; a timer's is always `ns` |
/// | `#[mmstats(initial = 8080)]` | with which value a `Gauge`, `UpDown`, `Text`, `Constant` or `ConstantText` starts; any expression, evaluated at creation |
/// | `#[mmstats(merge = "max")]` | how a `Gauge` becomes one value where several threads set it: `"sum"`, `"min"`, `"max"`, or `"latest"`, the default |
///
/// | on the struct | says |
/// |---|---|
/// | `#[mmstats(prefix = "web.")]` | what stands before every label |
/// | `#[mmstats(crate = "path::to::mmstats")]` | where the crate is, if not at `::mmstats` |
///
/// Several can stand in one pair of parentheses: `#[mmstats(label = "heap", unit = "bytes")]`.
///
/// A struct can have const and type parameters, but no lifetimes. Whatever is wrong is a compile
/// error where it stands.
#[proc_macro_derive(MmStats, attributes(mmstats))]
pub fn derive_mmstats(tokens: TokenStream) -> TokenStream {
    derive(&parse_macro_input!(tokens as DeriveInput)).into()
}

fn derive(ast: &DeriveInput) -> proc_macro2::TokenStream {
    let mut errors = Vec::new();
    let input = input::Input::from_ast(ast, &mut errors);
    check::check(ast, &input, &mut errors);
    if errors.is_empty() { expand::expand(&input) } else { fallback::expand(&input, &errors) }
}
