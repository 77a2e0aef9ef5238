//! The impl: data, not code.

use proc_macro2::{TokenStream, TokenTree};
use quote::{ToTokens as _, format_ident, quote};
use syn::ext::IdentExt as _;
use syn::{Generics, Ident, LifetimeParam, Type, TypeParam, WherePredicate, parse_quote};

use crate::input::{Field, Input};

/// How many fields one constant tells of.
///
/// `offset_of!` is a constant within a constant. For each of those an incremental compiler goes
/// through all that it found out about the outer one, so that its time grows with their square.
const PART: usize = 64;

pub(crate) fn expand(input: &Input<'_>) -> TokenStream {
    let bounds = field_bounds(input);
    let entries: Vec<_> = input.fields.iter().map(|field| entry(input, field)).collect();
    let (parts, entries) = if entries.len() <= PART {
        (None, quote!(&[#(#entries),*]))
    } else {
        let (parts, entries) = in_parts(input, &bounds, &entries);
        (Some(parts), entries)
    };
    let initials: Vec<_> =
        input.fields.iter().filter_map(|field| set_initial(input, field)).collect();
    let initialise = (!initials.is_empty()).then(|| {
        quote! {
            fn initialise(&self) {
                #(#initials)*
            }
        }
    });
    let is_as_seen = is_as_seen(input);
    implementation(
        input,
        &bounds,
        parts.as_ref(),
        &quote!({ #is_as_seen #entries }),
        initialise.as_ref(),
    )
}

/// With an empty schema it is what goes beside errors, too.
pub(crate) fn implementation(
    input: &Input<'_>,
    bounds: &[WherePredicate],
    parts: Option<&TokenStream>,
    schema: &TokenStream,
    initialise: Option<&TokenStream>,
) -> TokenStream {
    let Input { ident, krate, .. } = input;
    let generics = with_bounds(input.generics, bounds);
    let (impl_generics, ty_generics, where_clause) = generics.split_for_impl();
    // Only where there is need: it would be an error where the user forbids that lint.
    let allow_deprecated = input.deprecated.then(|| quote!(#[allow(deprecated)]));
    // `unsafe` has the span of the macro: under the user's it would be refused where the user
    // forbids unsafe code.
    quote! {
        const _: () = {
            #parts
            #[automatically_derived]
            #allow_deprecated
            unsafe impl #impl_generics #krate::MmStats for #ident #ty_generics #where_clause {
                const SCHEMA: &'static [#krate::__private::Entry] = #schema;
                #initialise
            }
        };
    }
}

/// The entries of a large struct: constants of a trait of their own, so that they can speak of
/// the struct's parameters; and how they become one.
fn in_parts(
    input: &Input<'_>,
    bounds: &[WherePredicate],
    entries: &[TokenStream],
) -> (TokenStream, TokenStream) {
    let Input { ident, krate, .. } = input;
    let generics = with_bounds(input.generics, bounds);
    let (impl_generics, ty_generics, where_clause) = generics.split_for_impl();
    let allow_deprecated = input.deprecated.then(|| quote!(#[allow(deprecated)]));
    let count = entries.len();
    let (names, constants): (Vec<_>, Vec<_>) = entries
        .chunks(PART)
        .enumerate()
        .map(|(part, entries)| (format_ident!("PART_{part}"), quote!(&[#(#entries),*])))
        .unzip();
    let parts = quote! {
        trait __Parts {
            #(const #names: &'static [#krate::__private::Entry];)*
        }
        #[automatically_derived]
        #allow_deprecated
        impl #impl_generics __Parts for #ident #ty_generics #where_clause {
            #(const #names: &'static [#krate::__private::Entry] = #constants;)*
        }
    };
    let joined = quote! {
        &#krate::__private::joined::<#count>(&[#(<Self as __Parts>::#names),*])
    };
    (parts, joined)
}

/// Makes it an error if an attribute below the derive made another struct of it: the mapping is
/// sound only if these are all fields, and these their types. A raw pointer, since references
/// would be coerced.
fn is_as_seen(input: &Input<'_>) -> TokenStream {
    let idents = input.fields.iter().map(|field| field.ident);
    let types = input.fields.iter().map(|field| field.ty);
    let fields = idents.clone();
    quote! {
        let _: fn(&Self) = |Self { #(#fields),* }| {
            #(let _: *const #types = &raw const *#idents;)*
        };
    }
}

fn entry(Input { krate, .. }: &Input<'_>, field: &Field<'_>) -> TokenStream {
    let Field { ident, ty, help, .. } = field;
    let label = &field.label.full;
    let help = (!help.is_empty()).then(|| quote!(.help(#help)));
    let unit = field.unit.as_ref().map(|given| given.value.value());
    let unit = unit.map(|unit| quote!(.unit(#unit)));
    let merge = field.merge.as_ref().map(|given| &given.value);
    let merge = merge.map(|merge| quote!(.merge(#krate::__private::Merge::#merge)));
    quote! {
        #krate::__private::Entry::of::<#ty>(#label, ::core::mem::offset_of!(Self, #ident))
            #help #unit #merge
    }
}

fn set_initial(Input { krate, .. }: &Input<'_>, field: &Field<'_>) -> Option<TokenStream> {
    let Field { ident, ty, .. } = field;
    let initial = &field.initial.as_ref()?.value;
    Some(quote!(<#ty as #krate::__private::Initial>::set_initial(&self.#ident, #initial);))
}

/// A field whose type depends on the struct's parameters is a statistic for some of them only.
fn field_bounds(input: &Input<'_>) -> Vec<WherePredicate> {
    let krate = &input.krate;
    let params: Vec<_> = input.generics.type_params().map(|param| &param.ident).collect();
    let types = input.fields.iter().map(|field| field.ty);
    types
        .filter(|ty| mentions(ty.to_token_stream(), &params))
        .map(|ty: &Type| parse_quote!(#ty: #krate::__private::Field))
        .collect()
}

fn mentions(tokens: TokenStream, params: &[&Ident]) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(ident) => params.iter().any(|param| param.unraw() == ident.unraw()),
        TokenTree::Group(group) => mentions(group.stream(), params),
        _ => false,
    })
}

/// What is mapped lives as long as the program.
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

    /// What users will compile, for review. `BLESS=1` rewrites the golden files.
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
    fn prefix() {
        expands_as_in("prefix");
    }
}
