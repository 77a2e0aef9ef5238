//! The struct and its fields, with what their attributes say.

use std::iter;

use proc_macro2::Span;
use syn::ext::IdentExt as _;
use syn::{
    Attribute, Data, DataStruct, DeriveInput, Error, Expr, ExprLit, Fields, Generics, Ident, Lit,
    LitStr, Meta, Path, Type, parse_quote,
};

use crate::attr::{Attributes, Given, Place};

pub(crate) struct Input<'a> {
    pub(crate) ident: &'a Ident,
    pub(crate) generics: &'a Generics,
    pub(crate) krate: Path,
    pub(crate) prefix: Option<LitStr>,
    /// Whether the struct or one of its fields is.
    pub(crate) deprecated: bool,
    /// Empty where the shape is not one that can have any.
    pub(crate) fields: Vec<Field<'a>>,
}

pub(crate) struct Field<'a> {
    pub(crate) ident: &'a Ident,
    pub(crate) ty: &'a Type,
    pub(crate) label: Label,
    pub(crate) help: String,
    pub(crate) unit: Option<Given<LitStr>>,
    pub(crate) merge: Option<Given<Ident>>,
    pub(crate) initial: Option<Given<Expr>>,
}

pub(crate) struct Label {
    /// Without the struct's prefix.
    pub(crate) own: String,
    /// With it.
    pub(crate) full: String,
    /// The literal, or else the field's name.
    pub(crate) span: Span,
}

impl<'a> Input<'a> {
    pub(crate) fn from_ast(ast: &'a DeriveInput, errors: &mut Vec<Error>) -> Self {
        let attributes = Attributes::parse(&ast.attrs, Place::Struct, errors);
        let krate = attributes.krate.map(|given| given.value);
        let prefix = attributes.prefix.map(|given| given.value);
        let prefix_text = prefix.as_ref().map(LitStr::value).unwrap_or_default();
        let fields = match &ast.data {
            Data::Struct(DataStruct { fields: Fields::Named(fields), .. }) => Some(&fields.named),
            _ => None,
        };
        let fields = || fields.into_iter().flatten();
        Self {
            ident: &ast.ident,
            generics: &ast.generics,
            krate: krate.unwrap_or_else(|| parse_quote!(::mmstats)),
            prefix,
            deprecated: iter::once(&ast.attrs)
                .chain(fields().map(|field| &field.attrs))
                .flatten()
                .any(|attr| attr.path().is_ident("deprecated")),
            fields: fields()
                .filter_map(|field| Field::from_ast(field, &prefix_text, errors))
                .collect(),
        }
    }
}

impl<'a> Field<'a> {
    fn from_ast(field: &'a syn::Field, prefix: &str, errors: &mut Vec<Error>) -> Option<Self> {
        let ident = field.ident.as_ref()?;
        let attributes = Attributes::parse(&field.attrs, Place::Field(ident), errors);
        let (own, span) = match attributes.label {
            Some(label) => (label.value.value(), label.value.span()),
            None => (ident.unraw().to_string(), ident.span()),
        };
        Some(Self {
            ident,
            ty: &field.ty,
            label: Label { full: format!("{prefix}{own}"), own, span },
            help: help(&field.attrs),
            unit: attributes.unit,
            merge: attributes.merge,
            initial: attributes.initial,
        })
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
