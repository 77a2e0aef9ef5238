//! Reports mistakes in the tokens, each at its token. Core checks limits and types, in const, in the
//! code that `expand` emits.

use std::collections::HashMap;

use syn::{Attribute, Data, DeriveInput, Error, Fields, Generics, LitInt, parenthesized, token};

use crate::attr::with_first;
use crate::input::Input;

pub(crate) fn check(ast: &DeriveInput, input: &mut Input<'_>, errors: &mut Vec<Error>) {
    shape(&ast.data, errors);
    input.align = layout(&ast.attrs, errors);
    lifetimes(&ast.generics, errors);
    names(input, errors);
    for field in &input.fields {
        let given = &field.attributes;
        match (&given.flatten, &given.name, &given.prefix) {
            (Some(_), Some(name), _) => errors.push(Error::new(
                name.name.span(),
                "`name` has no meaning with `flatten`: use `prefix` to prefix the names in the struct",
            )),
            (None, _, Some(prefix)) => errors.push(Error::new(
                prefix.name.span(),
                "`prefix` goes with `flatten`: write `#[mmstats(flatten, prefix = \"db_\")]`, or \
                 `#[mmstats(prefix = \"web.\")]` above `struct`",
            )),
            _ => {}
        }
    }
}

fn shape(data: &Data, errors: &mut Vec<Error>) {
    const WRITE: &str = "write a struct with named fields, as in `struct Stats { done: Counter }`";
    let (span, what) = match data {
        Data::Struct(data) => match &data.fields {
            Fields::Unnamed(fields) if !fields.unnamed.is_empty() => {
                (fields.paren_token.span.join(), "a statistic needs a name")
            }
            _ => return,
        },
        Data::Enum(data) => (data.enum_token.span, "an enum cannot be mapped"),
        Data::Union(data) => (data.union_token.span, "a union cannot be mapped"),
    };
    errors.push(Error::new(span, format!("{what}: {WRITE}")));
}

/// Returns the number in `align(…)`.
fn layout(attrs: &[Attribute], errors: &mut Vec<Error>) -> Option<LitInt> {
    let mut align = None;
    for attr in attrs.iter().filter(|attr| attr.path().is_ident("repr")) {
        // What cannot be parsed is for the compiler to explain.
        let _ = attr.parse_nested_meta(|meta| {
            if meta.path.is_ident("packed") {
                let message = "a packed struct cannot be mapped, since its statistics would not \
                    be aligned: remove `packed`";
                errors.push(Error::new_spanned(&meta.path, message));
            }
            if meta.input.peek(token::Paren) {
                let content;
                parenthesized!(content in meta.input);
                let number = content.parse()?;
                if meta.path.is_ident("align") {
                    align = Some(number);
                }
            }
            Ok(())
        });
    }
    align
}

fn lifetimes(generics: &Generics, errors: &mut Vec<Error>) {
    errors.extend(generics.lifetimes().map(|param| {
        let name = &param.lifetime;
        let message =
            format!("a mapped struct holds its values and cannot borrow: remove `{name}`");
        Error::new(name.span(), message)
    }));
}

fn names(input: &Input<'_>, errors: &mut Vec<Error>) {
    let mut seen = HashMap::new();
    for field in input.fields.iter().filter(|field| field.attributes.flatten.is_none()) {
        if let Some(first) = seen.insert(&field.name, field.span) {
            let message = format!("the name `{}` is used twice", field.name);
            errors.push(with_first(field.span, message, first, "first used here"));
        }
    }
}
