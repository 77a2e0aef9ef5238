//! Generates the impls, which are data and not code.

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::{ToTokens as _, quote, quote_spanned};
use syn::ext::IdentExt as _;
use syn::{Error, Generics, Ident, LifetimeParam, Type, TypeParam, WherePredicate, parse_quote};

use crate::attr::Given;
use crate::input::{Field, Input};

/// How many fields one constant describes; see `Part` in core.
const PART: usize = 32;

pub(crate) fn expand(input: &Input<'_>) -> TokenStream {
    let ident = input.ident;
    let nodes: Vec<_> = input.fields.iter().map(node).collect();
    let parts: Vec<_> = nodes.chunks(PART).map(|nodes| quote!(&[#(#nodes),*])).collect();
    let align = input.align.as_ref();
    let align = align.map(|align| quote_spanned!(at(align.span())=> __mmstats::align(#align);));
    // Makes the compiler evaluate the schema where the struct is declared, even if it is not used.
    let content = quote!(let _ = <#ident as __mmstats::Field>::CONTENT;);
    let content = input.generics.params.is_empty().then_some(content);
    let allow_deprecated = content.as_ref().and(allow_deprecated(input));
    let checks = quote!(#align #allow_deprecated #content);
    let (initialise, copy) = (initialise(input), copy(input));
    implementations(input, &field_bounds(input), &parts, &quote!(#initialise #copy), &checks)
}

/// Errors, and impls without fields beside them, so that uses of the struct do not add more.
pub(crate) fn fallback(input: &Input<'_>, errors: &[Error]) -> TokenStream {
    let errors = errors.iter().map(Error::to_compile_error);
    let copy = quote!(
        fn copy(&self, _: &Self) {}
    );
    let implementations = implementations(input, &[], &[], &copy, &quote!());
    quote!(#(#errors)* #implementations)
}

fn implementations(
    input: &Input<'_>,
    bounds: &[WherePredicate],
    parts: &[TokenStream],
    methods: &TokenStream,
    checks: &TokenStream,
) -> TokenStream {
    let Input { ident, krate, .. } = input;
    let generics = with_bounds(input.generics, bounds);
    let (impl_generics, ty_generics, where_clause) = generics.split_for_impl();
    let allow_deprecated = allow_deprecated(input);
    let indices = 0..parts.len();
    let all = indices.clone().map(|index| quote!(<Self as __mmstats::Part<#index>>::NODES));
    // `unsafe` has the span of the macro: under the user's it would be refused where the user
    // forbids unsafe code.
    quote! {
        const _: () = {
            use #krate::__private_0_1 as __mmstats;
            #(
                #[automatically_derived]
                #allow_deprecated
                impl #impl_generics __mmstats::Part<#indices> for #ident #ty_generics #where_clause {
                    const NODES: &'static [__mmstats::Node] = #parts;
                }
            )*
            #[automatically_derived]
            #allow_deprecated
            unsafe impl #impl_generics __mmstats::Field for #ident #ty_generics #where_clause {
                const CONTENT: __mmstats::Content = __mmstats::Content::Struct(&[#(#all),*]);
                #methods
            }
            #[automatically_derived]
            #allow_deprecated
            impl #impl_generics __mmstats::MmStats for #ident #ty_generics #where_clause {}
            #checks
        };
    }
}

/// Only where there is need: it would be an error where the user forbids that lint.
fn allow_deprecated(input: &Input<'_>) -> Option<TokenStream> {
    input.deprecated.then(|| quote!(#[allow(deprecated)]))
}

/// A field, and its attributes around it, each at its token, where core's assertions show.
fn node(field: &Field<'_>) -> TokenStream {
    let Field { ident, ty, name, span, help, attributes } = field;
    // The first token, since only some compilers can join spans.
    let first = ty.to_token_stream().into_iter().next();
    let place = first.map_or_else(Span::call_site, |token| token.span());
    let content = quote_spanned!(at(place)=> &<#ty as __mmstats::Field>::CONTENT);
    let own = ident.unraw().to_string();
    let offset = quote!(::core::mem::offset_of!(Self, #ident));
    let mut node = quote!(__mmstats::Node::new(#own, #offset, #content));
    if !help.is_empty() {
        node = quote!(#node.help(#help));
    }
    let mut plain = true;
    if let Some(large) = &attributes.large {
        node = quote_spanned!(at(large.name.span())=> __mmstats::Node::large(#node));
        plain = false;
    }
    let mut set = |span: Span, method: &str, value: TokenStream| {
        let span = at(span);
        let method = Ident::new(method, span);
        node = quote_spanned!(span=> __mmstats::Node::#method(#node, #value));
        plain = false;
    };
    if let Some(unit) = &attributes.unit {
        set(unit.name.span(), "unit", unit.value.to_token_stream());
    }
    if let Some(merge) = &attributes.merge {
        let variant = &merge.value;
        set(merge.name.span(), "merge", quote!(__mmstats::Merge::#variant));
    }
    if let Some(key) = &attributes.key {
        set(key.name.span(), "key", key.value.to_token_stream());
    }
    if attributes.flatten.is_some() {
        set(*span, "flattened", name.to_token_stream());
    } else if *name != own {
        set(*span, "named", name.to_token_stream());
    }
    node = quote_spanned!(at(*span)=> __mmstats::Node::checked(#node));
    // A separate constant, so that one mistake does not hide the next.
    if plain { node } else { quote!(const { #node }) }
}

/// The macro's own code, shown at a token of the user's.
fn at(span: Span) -> Span {
    span.resolved_at(Span::call_site())
}

/// Stores the initial values.
///
/// It also makes it an error if an attribute below the derive made another struct of this one: the
/// mapping is sound only if these are all fields, and these their types. (Raw pointers, since
/// references would be coerced.)
///
/// An `initial` sees neither `self` nor `creation`, whose spans are the macro's own, nor can it
/// return from here.
fn initialise(input: &Input<'_>) -> TokenStream {
    let this = Ident::new("self", Span::mixed_site());
    let creation = Ident::new("creation", Span::mixed_site());
    let idents = input.fields.iter().map(|field| field.ident);
    let fields = input.fields.iter().map(|Field { ident, ty, attributes, .. }| {
        let set = if let Some(Given { name, value }) = &attributes.initial {
            quote_spanned! {at(name.span())=>
                let _ = (|| -> __mmstats::Stored {
                    match (#value) {
                        __value => __mmstats::Initial::set_initial(&#this.#ident, __value, #creation),
                    }
                    __mmstats::Stored
                })();
            }
        } else {
            quote!(<#ty as __mmstats::Field>::initialise(&#this.#ident, #creation);)
        };
        quote! {
            __mmstats::is::<#ty>(&raw const #this.#ident);
            #set
        }
    });
    quote! {
        fn initialise(&#this, #creation: __mmstats::Creation) {
            let (Self { #(#idents: _),* }, _) = (#this, #creation);
            #(#fields)*
        }
    }
}

fn copy(input: &Input<'_>) -> TokenStream {
    let fields = input.fields.iter().map(|Field { ident, ty, .. }| {
        quote!(<#ty as __mmstats::Field>::copy(&self.#ident, &from.#ident);)
    });
    quote! {
        fn copy(&self, from: &Self) {
            let _ = from;
            #(#fields)*
        }
    }
}

/// A field whose type depends on the struct's parameters is a statistic for some of them only.
fn field_bounds(input: &Input<'_>) -> Vec<WherePredicate> {
    let params: Vec<_> = input.generics.type_params().map(|param| &param.ident).collect();
    let types = input.fields.iter().map(|field| field.ty);
    types
        .filter(|ty| mentions(ty.to_token_stream(), &params))
        .map(|ty: &Type| parse_quote!(#ty: __mmstats::Field))
        .collect()
}

fn mentions(tokens: TokenStream, params: &[&Ident]) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(ident) => params.iter().any(|param| param.unraw() == ident.unraw()),
        TokenTree::Group(group) => mentions(group.stream(), params),
        _ => false,
    })
}

/// A mapped struct lives as long as the program.
fn with_bounds(generics: &Generics, bounds: &[WherePredicate]) -> Generics {
    let mut bounded = generics.clone();
    let predicates = &mut bounded.make_where_clause().predicates;
    for TypeParam { ident, .. } in generics.type_params() {
        predicates.push(parse_quote!(#ident: 'static));
    }
    // There are errors if there are any; this keeps the fallback from adding more.
    for LifetimeParam { lifetime, .. } in generics.lifetimes() {
        predicates.push(parse_quote!(#lifetime: 'static));
    }
    predicates.extend(bounds.iter().cloned());
    bounded
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::{env, fs};

    /// Compares with the expansion that was reviewed. `BLESS=1` rewrites the golden files.
    fn expands_as_in(name: &str) {
        let path = |end: &str| {
            let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/expansion");
            folder.join(format!("{name}.{end}.rs"))
        };
        let read = |end: &str| fs::read_to_string(path(end)).expect("the golden file is there");
        let ast = syn::parse_str(&read("in")).expect("the input is a struct");
        let file = syn::parse2(crate::derive(&ast)).expect("the expansion is made of items");
        let expanded = prettyplease::unparse(&file);
        if env::var_os("BLESS").is_some() {
            fs::write(path("out"), &expanded).expect("the golden file can be written");
        }
        assert_eq!(expanded, read("out"), "BLESS=1 accepts it");
    }

    #[test]
    fn plain() {
        expands_as_in("plain");
    }

    #[test]
    fn generic() {
        expands_as_in("generic");
    }

    #[test]
    fn initial() {
        expands_as_in("initial");
    }

    #[test]
    fn large() {
        expands_as_in("large");
    }

    #[test]
    fn nested() {
        expands_as_in("nested");
    }

    #[test]
    fn prefix() {
        expands_as_in("prefix");
    }
}
