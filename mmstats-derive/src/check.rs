//! What is wrong with an input, each mistake at its token.

use std::collections::HashMap;
use std::ptr;

use proc_macro2::Span;
use syn::{
    Attribute, Data, DeriveInput, Error, Expr, ExprLit, Fields, GenericArgument, Generics, Lit,
    LitInt, PathArguments, PathSegment, Type, parenthesized, token,
};

use crate::attr::with_first;
use crate::input::{Field, Input, Label};

/// As `mmstats_core::schema` has them, which asserts them once more.
const MAX_LABEL: usize = 255;
const MAX_UNIT: usize = 63;

/// A lane starts with a header of as many bytes, and so its struct is aligned to them.
const MAX_ALIGN: u64 = 64;

/// What every file says of its process.
const RESERVED: [&str; 5] = ["sys.pid", "sys.tid", "sys.uid", "sys.gid", "sys.created"];

pub(crate) fn check(ast: &DeriveInput, input: &Input<'_>, errors: &mut Vec<Error>) {
    shape(&ast.data, errors);
    layout(&ast.attrs, errors);
    lifetimes(&ast.generics, errors);
    labels(input, errors);
    for field in &input.fields {
        kind(field, errors);
        unit(field, errors);
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

fn layout(attrs: &[Attribute], errors: &mut Vec<Error>) {
    for attr in attrs.iter().filter(|attr| attr.path().is_ident("repr")) {
        // What cannot be parsed is for the compiler to explain.
        let _ = attr.parse_nested_meta(|meta| {
            let argument = if meta.input.peek(token::Paren) {
                let content;
                parenthesized!(content in meta.input);
                Some(content.parse::<LitInt>()?)
            } else {
                None
            };
            if meta.path.is_ident("packed") {
                let message = "a packed struct cannot be mapped, since its statistics would not \
                    be aligned: remove `packed`";
                errors.push(Error::new_spanned(&meta.path, message));
            }
            if let Some(align) = argument.filter(|_| meta.path.is_ident("align"))
                && align.base10_parse::<u64>()? > MAX_ALIGN
            {
                let message = format!(
                    "a mapped struct is aligned to at most {MAX_ALIGN} bytes: \
                     write `align({MAX_ALIGN})` or less"
                );
                errors.push(Error::new(align.span(), message));
            }
            Ok(())
        });
    }
}

fn lifetimes(generics: &Generics, errors: &mut Vec<Error>) {
    errors.extend(generics.lifetimes().map(|param| {
        let name = &param.lifetime;
        let message =
            format!("a mapped struct holds its values and cannot borrow: remove `{name}`");
        Error::new(name.span(), message)
    }));
}

fn labels(input: &Input<'_>, errors: &mut Vec<Error>) {
    if let Some(prefix) = &input.prefix {
        control(prefix.span(), "a prefix", &prefix.value(), errors);
    }
    let mut seen = HashMap::new();
    for label in input.fields.iter().map(|field| &field.label) {
        control(label.span, "a label", &label.own, errors);
        if let Some(message) = unfit(label) {
            errors.push(Error::new(label.span, message));
            continue;
        }
        let first = *seen.entry(&label.full).or_insert(label);
        if !ptr::eq(first, label) {
            let message = format!("the label `{}` is used twice", label.full);
            errors.push(with_first(label.span, message, first.span, "first used here"));
        }
    }
}

fn unfit(Label { own, full, .. }: &Label) -> Option<String> {
    if own.is_empty() {
        Some("a label cannot be empty: leave `label` out to take the field's name".to_owned())
    } else if full.len() > MAX_LABEL {
        let len = full.len();
        Some(format!("a label has at most {MAX_LABEL} bytes, its prefix included: this has {len}"))
    } else if RESERVED.contains(&full.as_str()) {
        Some(format!("every file has a label `{full}` already: choose another one"))
    } else {
        None
    }
}

fn unit(field: &Field<'_>, errors: &mut Vec<Error>) {
    let Some(literal) = field.unit.as_ref().map(|given| &given.value) else {
        return;
    };
    let (unit, span) = (literal.value(), literal.span());
    if unit.is_empty() {
        errors.push(Error::new(span, "a unit cannot be empty: leave `unit` out"));
    } else if unit.len() > MAX_UNIT {
        let message = format!("a unit has at most {MAX_UNIT} bytes: this has {}", unit.len());
        errors.push(Error::new(span, message));
    }
    control(span, "a unit", &unit, errors);
}

fn control(span: Span, what: &str, text: &str, errors: &mut Vec<Error>) {
    if let Some(char) = text.chars().find(|char| char.is_control()) {
        let message =
            format!("{what} is for people to read: remove the control character {char:?}");
        errors.push(Error::new(span, message));
    }
}

/// What does not go with the kind of statistic. Of a type by another name, an alias, nothing
/// is known here: for it the compiler speaks, through the traits' bounds.
fn kind(field: &Field<'_>, errors: &mut Vec<Error>) {
    let Some(segment) = last_segment(field.ty) else {
        return;
    };
    let kind = segment.ident.to_string();
    let article = if kind.starts_with(['A', 'U']) { "an" } else { "a" };
    let given = [
        field.initial.as_ref().map(|given| &given.name),
        field.unit.as_ref().map(|given| &given.name),
        field.merge.as_ref().map(|given| &given.name),
    ];
    for name in given.into_iter().flatten() {
        if let Some(why) = objection(&name.to_string(), &kind) {
            let message = format!("`{name}` has no meaning for {article} `{kind}`: {why}");
            errors.push(Error::new(name.span(), message));
        }
    }
    if let (Some(zero), Some(what)) = (zero(segment), room(&kind)) {
        errors.push(Error::new(zero.span(), what));
    }
}

fn objection(attribute: &str, kind: &str) -> Option<&'static str> {
    Some(match (attribute, kind) {
        ("initial", "Counter") => "a counter starts at 0",
        ("initial", "Average" | "MovingAverage") => "an average starts empty",
        ("initial", "Timer") => "a timer starts empty",
        ("unit", "Timer") => "a timer's unit is always `ns`",
        ("unit", "Text" | "ConstantText") => "a text has no unit",
        ("merge", "Counter" | "UpDown") => "the counts of all threads are added up",
        ("merge", "Text") => "the text that was set last is taken",
        ("merge", "Average" | "MovingAverage" | "Timer") => "the samples of all threads are merged",
        ("merge", "Constant" | "ConstantText") => "a constant is the same on every thread",
        _ => return None,
    })
}

fn room(kind: &str) -> Option<&'static str> {
    Some(match kind {
        "Text" => "a text needs room for at least one byte, as in `Text<64>`",
        "ConstantText" => "a text needs room for at least one byte, as in `ConstantText<64>`",
        "Timer" => "a timer needs room for at least one sample, as in `Timer<100>`",
        "MovingAverage" => {
            "a moving average needs room for at least one sample, as in `MovingAverage<100>`"
        }
        _ => return None,
    })
}

fn last_segment(ty: &Type) -> Option<&PathSegment> {
    match ty {
        Type::Path(path) => path.path.segments.last(),
        Type::Group(group) => last_segment(&group.elem), // passed on by a `macro_rules!`
        Type::Paren(paren) => last_segment(&paren.elem),
        _ => None,
    }
}

/// The `0` of `Text<0>`.
fn zero(segment: &PathSegment) -> Option<&LitInt> {
    let PathArguments::AngleBracketed(arguments) = &segment.arguments else {
        return None;
    };
    match arguments.args.first()? {
        GenericArgument::Const(Expr::Lit(ExprLit { lit: Lit::Int(int), .. })) => {
            (int.base10_digits() == "0").then_some(int)
        }
        _ => None,
    }
}
