//! The struct and its fields, with the values of their attributes.

use std::iter;

use proc_macro2::Span;
use syn::ext::IdentExt as _;
use syn::{
    Attribute, Data, DataStruct, DeriveInput, Error, Expr, ExprLit, Fields, Generics, Ident, Lit,
    LitInt, Meta, Path, Type, parse_quote,
};

use crate::attr::{Attributes, Place};

pub(crate) struct Input<'a> {
    pub(crate) ident: &'a Ident,
    pub(crate) generics: &'a Generics,
    pub(crate) krate: Path,
    /// The number in `repr(align(…))`.
    pub(crate) align: Option<LitInt>,
    /// Whether the struct or one of its fields is.
    pub(crate) deprecated: bool,
    /// Empty where the shape is not one that can have any.
    pub(crate) fields: Vec<Field<'a>>,
}

pub(crate) struct Field<'a> {
    pub(crate) ident: &'a Ident,
    pub(crate) ty: &'a Type,
    /// With the struct's prefix; the prefix alone if the field is flattened.
    pub(crate) name: String,
    /// The literal, or else the field's name, or `flatten`.
    pub(crate) span: Span,
    pub(crate) help: String,
    pub(crate) attributes: Attributes,
}

impl<'a> Input<'a> {
    pub(crate) fn from_ast(ast: &'a DeriveInput, errors: &mut Vec<Error>) -> Self {
        let attributes = Attributes::parse(&ast.attrs, Place::Struct, errors);
        let krate = attributes.krate.map(|given| given.value);
        let prefix = attributes.prefix.map(|given| given.value.value()).unwrap_or_default();
        let fields = match &ast.data {
            Data::Struct(DataStruct { fields: Fields::Named(fields), .. }) => Some(&fields.named),
            _ => None,
        };
        let fields = || fields.into_iter().flatten();
        Self {
            ident: &ast.ident,
            generics: &ast.generics,
            krate: krate.unwrap_or_else(|| parse_quote!(::mmstats)),
            align: None,
            deprecated: iter::once(&ast.attrs)
                .chain(fields().map(|field| &field.attrs))
                .flatten()
                .any(|attr| attr.path().is_ident("deprecated")),
            fields: fields().filter_map(|field| Field::from_ast(field, &prefix, errors)).collect(),
        }
    }
}

impl<'a> Field<'a> {
    fn from_ast(field: &'a syn::Field, prefix: &str, errors: &mut Vec<Error>) -> Option<Self> {
        let ident = field.ident.as_ref()?;
        let attributes = Attributes::parse(&field.attrs, Place::Field(ident), errors);
        let (own, span) = match (&attributes.flatten, &attributes.prefix, &attributes.name) {
            (Some(_), Some(prefix), _) => (prefix.value.value(), prefix.value.span()),
            (Some(flatten), None, _) => (String::new(), flatten.name.span()),
            (None, _, Some(name)) => (name.value.value(), name.value.span()),
            (None, _, None) => (ident.unraw().to_string(), ident.span()),
        };
        // Core refuses an empty name, which a prefix would hide.
        let name = if own.is_empty() && attributes.flatten.is_none() {
            own
        } else {
            format!("{prefix}{own}")
        };
        let help = help(&field.attrs);
        Some(Self { ident, ty: &field.ty, name, span, help, attributes })
    }
}

/// The doc comment, a line for each of its paragraphs.
fn help(attrs: &[Attribute]) -> String {
    let mut help = String::new();
    let mut gap = "";
    for line in attrs.iter().filter_map(doc).flat_map(|doc| lines(&doc)) {
        if line.is_empty() {
            gap = "\n";
        } else {
            if !help.is_empty() {
                help.push_str(gap);
            }
            help.push_str(&line);
            gap = " ";
        }
    }
    help
}

fn lines(doc: &str) -> Vec<String> {
    // `split`, not `lines`: an empty comment line is a line, too.
    doc.split('\n').map(|line| line.trim().to_owned()).collect()
}

fn doc(attr: &Attribute) -> Option<String> {
    match &attr.meta {
        Meta::NameValue(meta) if meta.path.is_ident("doc") => match &meta.value {
            Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Some(text.value()),
            _ => None,
        },
        _ => None,
    }
}
