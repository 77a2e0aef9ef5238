//! `#[derive(Label)]`: an enum whose variants are the values of a label.

use std::collections::HashMap;

use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::ext::IdentExt as _;
use syn::spanned::Spanned as _;
use syn::{Attribute, Data, DeriveInput, Error, Fields, Ident, LitStr, Path, parse_quote};

use crate::attr::with_first;

const WRITE: &str = "write an enum, as in `enum Status { Ok, NotFound }`";

/// A variant, and the value that stands for it.
struct Value<'a> {
    ident: &'a Ident,
    text: LitStr,
}

pub(crate) fn derive(ast: &DeriveInput) -> TokenStream {
    let mut errors = Vec::new();
    let mut key = LitStr::new(&snake_case(&ast.ident.unraw().to_string()), ast.ident.span());
    let mut krate: Path = parse_quote!(::mmstats);
    for attr in labels(&ast.attrs) {
        let parsed = attr.parse_nested_meta(|meta| {
            if meta.path.is_ident("key") {
                key = meta.value()?.parse()?;
            } else if meta.path.is_ident("crate") {
                krate = meta.value()?.parse::<LitStr>()?.parse_with(Path::parse_mod_style)?;
            } else {
                return Err(
                    meta.error("an enum can have `key`: write `#[label(key = \"status\")]`")
                );
            }
            Ok(())
        });
        errors.extend(parsed.err());
    }
    if let Some(param) = ast.generics.params.first() {
        errors.push(Error::new(param.span(), "a label cannot have parameters: remove them"));
    }
    let values = values(ast, &mut errors);
    distinct(&values, &mut errors);
    if !errors.is_empty() {
        let errors = errors.iter().map(Error::to_compile_error);
        return quote!(#(#errors)*);
    }
    let (ident, count) = (&ast.ident, values.len());
    let (texts, idents): (Vec<_>, Vec<_>) =
        values.iter().map(|value| (&value.text, value.ident)).unzip();
    let places = 0..count;
    let (arms, places) = (places.clone(), places);
    // `unsafe` has the span of the macro, as in the other derive.
    quote! {
        const _: () = {
            use #krate::__private_0_1 as __mmstats;
            #[automatically_derived]
            unsafe impl __mmstats::Label for #ident {
                const DIMENSION: __mmstats::Dimension =
                    __mmstats::Dimension::new(#key, &[#(#texts),*]);
                type Array<F> = [F; #count];
                #[inline]
                fn members<F>(array: &[F; #count]) -> &[F] {
                    array
                }
                #[inline]
                fn index(self) -> usize {
                    match self {
                        #(Self::#idents => #arms,)*
                    }
                }
                fn at(index: usize) -> ::core::option::Option<Self> {
                    match index {
                        #(#places => ::core::option::Option::Some(Self::#idents),)*
                        _ => ::core::option::Option::None,
                    }
                }
            }
            // Evaluated here, even if no family uses it.
            let _ = <#ident as __mmstats::Label>::DIMENSION;
        };
    }
}

fn labels(attrs: &[Attribute]) -> impl Iterator<Item = &Attribute> {
    attrs.iter().filter(|attr| attr.path().is_ident("label"))
}

fn values<'a>(ast: &'a DeriveInput, errors: &mut Vec<Error>) -> Vec<Value<'a>> {
    let variants = match &ast.data {
        Data::Enum(data) => &data.variants,
        Data::Struct(data) => {
            let message = format!("a struct has no fixed set of values: {WRITE}");
            errors.push(Error::new(data.struct_token.span, message));
            return Vec::new();
        }
        Data::Union(data) => {
            let message = format!("a union has no fixed set of values: {WRITE}");
            errors.push(Error::new(data.union_token.span, message));
            return Vec::new();
        }
    };
    if variants.is_empty() {
        let message = format!("a label needs at least one value: {WRITE}");
        errors.push(Error::new(ast.ident.span(), message));
    }
    let mut values = Vec::new();
    for variant in variants {
        if !matches!(variant.fields, Fields::Unit) {
            let message =
                format!("a value of a label has no fields: write `{}` alone", variant.ident);
            errors.push(Error::new(variant.fields.span(), message));
        }
        let mut text =
            LitStr::new(&snake_case(&variant.ident.unraw().to_string()), variant.ident.span());
        for attr in labels(&variant.attrs) {
            match attr.parse_args() {
                Ok(given) => text = given,
                Err(_) => errors.push(Error::new_spanned(
                    attr,
                    "expected the value as a string literal: write `#[label(\"not_found\")]`",
                )),
            }
        }
        values.push(Value { ident: &variant.ident, text });
    }
    values
}

fn distinct(values: &[Value<'_>], errors: &mut Vec<Error>) {
    let mut seen: HashMap<String, Span> = HashMap::new();
    for Value { text, .. } in values {
        if let Some(first) = seen.insert(text.value(), text.span()) {
            let message = format!("the value `{}` is used twice", text.value());
            errors.push(with_first(text.span(), message, first, "first used here"));
        }
    }
}

/// `NotFound` becomes `not_found`, and `HTTPError` `http_error`.
fn snake_case(name: &str) -> String {
    let letters: Vec<char> = name.chars().collect();
    let mut snake = String::new();
    for (at, letter) in letters.iter().enumerate() {
        let before = at.checked_sub(1).map(|before| letters[before]);
        let ends_an_acronym = letters.get(at + 1).is_some_and(|next| next.is_lowercase());
        if letter.is_uppercase()
            && before
                .is_some_and(|before| before != '_' && (!before.is_uppercase() || ends_an_acronym))
        {
            snake.push('_');
        }
        snake.extend(letter.to_lowercase());
    }
    snake
}

#[cfg(test)]
mod tests {
    use super::snake_case;

    #[test]
    fn names_are_in_snake_case() {
        let names = ["Ok", "NotFound", "HTTPError", "Http2", "GET", "Already_Snake", "X"];
        let snake = names.map(snake_case);
        assert_eq!(snake, ["ok", "not_found", "http_error", "http2", "get", "already_snake", "x"]);
    }
}
