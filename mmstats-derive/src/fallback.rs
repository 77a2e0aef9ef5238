//! What stands beside errors: an impl, so that uses of the struct do not add more of them.

use proc_macro2::TokenStream;
use quote::quote;
use syn::Error;

use crate::expand;
use crate::input::Input;

pub(crate) fn expand(input: &Input<'_>, errors: &[Error]) -> TokenStream {
    let errors = errors.iter().map(Error::to_compile_error);
    let implementation = expand::implementation(input, &[], None, &quote!(&[]), None);
    quote!(#(#errors)* #implementation)
}
