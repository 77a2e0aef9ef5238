//! The grammar of `#[mmstats(…)]`.

use proc_macro2::{Group, Span, TokenStream, TokenTree};
use quote::ToTokens as _;
use syn::ext::IdentExt as _;
use syn::parse::discouraged::Speculative as _;
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Attribute, Error, Expr, Ident, LitStr, Path, Result, Token, token};

/// The attributes of a field, each with an example.
const ON_FIELD: [(&str, &str); 8] = [
    ("name", "name = \"user\""),
    ("unit", "unit = \"bytes\""),
    ("initial", "initial = 1"),
    ("merge", "merge = \"max\""),
    ("key", "key = \"shard\""),
    ("large", "large"),
    ("flatten", "flatten"),
    ("prefix", "prefix = \"web.\""),
];

/// The attributes of a struct, each with an example.
const ON_STRUCT: [(&str, &str); 2] =
    [("prefix", "prefix = \"web.\""), ("crate", "crate = \"path::to::mmstats\"")];

/// The place of an attribute.
#[derive(Clone, Copy)]
pub(crate) enum Place<'a> {
    Struct,
    Field(&'a Ident),
}

/// The value of an attribute, and its name.
pub(crate) struct Given<T> {
    pub(crate) name: Ident,
    pub(crate) value: T,
}

/// All attributes of a struct or a field.
#[derive(Default)]
pub(crate) struct Attributes {
    pub(crate) name: Option<Given<LitStr>>,
    pub(crate) unit: Option<Given<LitStr>>,
    pub(crate) initial: Option<Given<TokenStream>>,
    /// A variant of `Merge`.
    pub(crate) merge: Option<Given<Ident>>,
    pub(crate) key: Option<Given<LitStr>>,
    pub(crate) large: Option<Given<()>>,
    pub(crate) flatten: Option<Given<()>>,
    pub(crate) prefix: Option<Given<LitStr>>,
    pub(crate) krate: Option<Given<Path>>,
}

impl Attributes {
    pub(crate) fn parse(attrs: &[Attribute], place: Place<'_>, errors: &mut Vec<Error>) -> Self {
        let mut parsed = Self::default();
        for attr in attrs.iter().filter(|attr| attr.path().is_ident("mmstats")) {
            match attr.parse_args_with(Punctuated::<Item, Token![,]>::parse_terminated) {
                Ok(items) => errors
                    .extend(items.into_iter().filter_map(|item| parsed.take(item, place).err())),
                Err(error) => errors.push(error),
            }
        }
        parsed
    }

    fn take(&mut self, item: Item, place: Place<'_>) -> Result<()> {
        match (item.name.unraw().to_string().as_str(), place) {
            ("name", Place::Field(_)) => item.put(&mut self.name, Item::string),
            ("unit", Place::Field(_)) => item.put(&mut self.unit, Item::string),
            ("initial", Place::Field(_)) => item.put(&mut self.initial, Item::expression),
            ("merge", Place::Field(_)) => item.put(&mut self.merge, Item::merge),
            ("key", Place::Field(_)) => item.put(&mut self.key, Item::string),
            ("large", Place::Field(_)) => item.put(&mut self.large, Item::flag),
            ("flatten", Place::Field(_)) => item.put(&mut self.flatten, Item::flag),
            ("prefix", _) => item.put(&mut self.prefix, Item::string),
            ("crate", Place::Struct) => item.put(&mut self.krate, Item::path),
            (name, _) => Err(Error::new(item.name.span(), refusal(name, place))),
        }
    }
}

/// `name = value`, or `name` alone.
struct Item {
    name: Ident,
    value: Option<TokenStream>,
}

impl Parse for Item {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        if !input.peek(Ident::peek_any) {
            return Err(input.error("expected a name and a value, as in `name = \"user\"`"));
        }
        let name = Ident::parse_any(input)?;
        let assigned = input.parse::<Option<Token![=]>>()?.is_some();
        let value = if input.is_empty() || input.peek(Token![,]) {
            None
        } else if assigned {
            Some(value(input)?)
        } else if input.peek(token::Paren) {
            // `name("user")` goes the way of a missing value, which says what to write.
            input.parse::<Group>()?;
            None
        } else {
            return Err(input.error("expected `=` and a value, as in `name = \"user\"`"));
        };
        Ok(Self { name, value })
    }
}

/// Returns the tokens of an expression, for the compiler to parse.
///
/// `syn` parses all expressions only with its feature `full`, which makes its build half again as
/// long. Of those that it does not know without it, the end is the next comma.
fn value(input: ParseStream<'_>) -> Result<TokenStream> {
    let ahead = input.fork();
    match ahead.parse::<Expr>() {
        // A name after it belongs to the next attribute, before which a comma is missing.
        Ok(value) if ahead.is_empty() || ahead.peek(Token![,]) || ahead.peek(Ident::peek_any) => {
            input.advance_to(&ahead);
            return Ok(value.into_token_stream());
        }
        _ => {}
    }
    let mut tokens = TokenStream::new();
    while !input.is_empty() && !input.peek(Token![,]) {
        tokens.extend([input.parse::<TokenTree>()?]);
    }
    Ok(tokens)
}

impl Item {
    fn put<T>(self, slot: &mut Option<Given<T>>, value: fn(&Self) -> Result<T>) -> Result<()> {
        if let Some(first) = slot {
            let message = format!("`{}` is given twice", self.name);
            return Err(with_first(
                self.name.span(),
                message,
                first.name.span(),
                "first given here",
            ));
        }
        let value = value(&self)?;
        *slot = Some(Given { name: self.name, value });
        Ok(())
    }

    fn expression(&self) -> Result<TokenStream> {
        self.value.clone().ok_or_else(|| {
            let message = format!("`{}` needs a value: write `{}`", self.name, self.example());
            Error::new(self.name.span(), message)
        })
    }

    fn flag(&self) -> Result<()> {
        match &self.value {
            None => Ok(()),
            Some(value) => {
                let message = format!("`{0}` has no value: write `{0}`", self.name);
                Err(Error::new_spanned(value, message))
            }
        }
    }

    fn string(&self) -> Result<LitStr> {
        let value = self.expression()?;
        syn::parse2(value.clone()).map_err(|_| {
            let message = format!("expected a string literal: write `{}`", self.example());
            Error::new_spanned(value, message)
        })
    }

    fn merge(&self) -> Result<Ident> {
        let merge = self.string()?;
        let variant = match merge.value().as_str() {
            "sum" => "Sum",
            "min" => "Min",
            "max" => "Max",
            "latest" => "Latest",
            other => {
                let message = format!(
                    "there is no merge `{other}`: write `\"sum\"`, `\"min\"`, `\"max\"` or `\"latest\"`"
                );
                return Err(Error::new(merge.span(), message));
            }
        };
        Ok(Ident::new(variant, Span::call_site()))
    }

    fn path(&self) -> Result<Path> {
        let path = self.string()?;
        path.parse_with(Path::parse_mod_style).map_err(|_| {
            let message = format!("expected a path: write `{}`", self.example());
            Error::new(path.span(), message)
        })
    }

    fn example(&self) -> &'static str {
        example(&self.name.unraw().to_string())
    }
}

fn example(name: &str) -> &'static str {
    let mut all = ON_FIELD.iter().chain(&ON_STRUCT);
    all.find(|(known, _)| *known == name).map_or("", |(_, example)| example)
}

/// Why `name` cannot stand here, and what can.
fn refusal(name: &str, place: Place<'_>) -> String {
    let example = example(name);
    match (name, place) {
        ("skip", Place::Field(field)) => format!(
            "every field of a mapped struct is a statistic: move `{field}` to another struct"
        ),
        ("size" | "capacity" | "len" | "samples" | "window", Place::Field(_)) => format!(
            "there is no attribute `{name}`: it is part of the type, as in `Timer<100>` or `Text<64>`"
        ),
        ("help" | "doc" | "description", _) => {
            format!("there is no attribute `{name}`: the help text is the doc comment, `/// …`")
        }
        ("label", Place::Field(_)) => String::from(
            "there is no attribute `label`: write `name = \"user\"`, and `key = \"shard\"` for the \
             label of an array's items",
        ),
        ("crate", Place::Field(_)) => {
            format!("`{name}` belongs to the struct: write `#[mmstats({example})]` above `struct`")
        }
        ("name" | "unit" | "initial" | "merge" | "key" | "large" | "flatten", Place::Struct) => {
            format!("`{name}` belongs to a field: write `#[mmstats({example})]` above it")
        }
        (_, Place::Field(_)) => {
            let known =
                "a field can have `name`, `unit`, `initial`, `merge`, `key`, `large` and `flatten`";
            unknown(name, known, &ON_FIELD)
        }
        (_, Place::Struct) => unknown(name, "the struct can have `prefix` and `crate`", &ON_STRUCT),
    }
}

fn unknown(name: &str, known: &str, here: &[(&str, &str)]) -> String {
    let meant = match name {
        "rename" => "name",
        "default" | "init" | "value" => "initial",
        other => other,
    };
    let near = here.iter().find(|(known, _)| distance(meant, known) <= 2);
    let hint = near.map(|(known, _)| format!(" (did you mean `{known}`?)")).unwrap_or_default();
    format!("there is no attribute `{name}`{hint}: {known}")
}

/// The number of characters to insert, remove or replace to turn `a` into `b`.
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, a) in a.bytes().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, b) in b.bytes().enumerate() {
            let replaced = diagonal + usize::from(a != b);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

/// An error in two places.
pub(crate) fn with_first(span: Span, message: String, first: Span, note: &str) -> Error {
    let mut error = Error::new(span, message);
    error.combine(Error::new(first, note));
    error
}
