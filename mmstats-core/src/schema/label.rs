//! Labels whose values are known when a program is compiled.

use crate::schema::node::check_key;

/// The key of a label, and all of its values.
#[derive(Debug, Clone, Copy)]
pub struct Dimension {
    /// Empty if the field has to name it.
    pub(super) key: &'static str,
    pub(super) values: LabelValues,
}

/// The values of a label.
#[derive(Debug, Clone, Copy)]
pub(super) enum LabelValues {
    /// Texts.
    Names(&'static [&'static str]),
    /// Numbers that follow each other.
    Numbers {
        /// The first one.
        from: usize,
        /// How many there are.
        count: usize,
    },
}

impl Dimension {
    /// The key of a label that has none of its own.
    pub(super) const INDEX: &'static str = "index";

    /// Describes a label.
    ///
    /// # Panics
    /// If a label cannot have this key.
    #[must_use]
    #[track_caller]
    pub const fn new(key: &'static str, values: &'static [&'static str]) -> Self {
        check_key(key);
        Self { key, values: LabelValues::Names(values) }
    }

    pub(super) const fn index(from: usize, count: usize) -> Self {
        Self { key: Self::INDEX, values: LabelValues::Numbers { from, count } }
    }
}

impl LabelValues {
    pub(super) const fn len(&self) -> usize {
        match self {
            Self::Names(names) => names.len(),
            Self::Numbers { count, .. } => *count,
        }
    }

    /// Returns the value at a place.
    pub(super) fn text(&self, index: usize) -> String {
        match self {
            Self::Names(names) => names[index].to_owned(),
            Self::Numbers { from, .. } => (from + index).to_string(),
        }
    }
}

/// A label with a fixed set of values, which `#[derive(Label)]` makes of an enum.
///
/// `bool` is one too, and [`Number`].
///
/// # Examples
/// ```
/// use mmstats::{Counter, Family, Label, MmStats};
///
/// #[derive(Label)]
/// enum Status {
///     Ok,
///     NotFound, // the value "not_found"
///     #[label("5xx")]
///     Failed,
/// }
///
/// #[derive(MmStats)]
/// struct Web {
///     responses: Family<Status, Counter>, // responses{status="ok"} …
/// }
///
/// let web = Web::detached();
/// web.responses[Status::NotFound].inc();
/// assert_eq!(web.total(|web| &web.responses[Status::NotFound]), 1);
/// ```
///
/// # Safety
/// 1. `Array<F>` is `[F; N]`, and the label has `N` values.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a label",
    note = "put `#[derive(Label)]` on an enum, or use `bool`, `Number<0, 8>`, or a tuple of up to four of these"
)]
#[expect(unsafe_code, reason = "the contract that the derive fulfils")]
pub unsafe trait Label: Sized + 'static {
    /// The key and the values.
    #[doc(hidden)]
    const DIMENSION: Dimension;

    /// A member for each value.
    #[doc(hidden)]
    type Array<F>;

    /// Returns the members.
    #[doc(hidden)]
    fn members<F>(array: &Self::Array<F>) -> &[F];

    /// Returns the place of this value.
    #[doc(hidden)]
    fn index(self) -> usize;

    /// Returns the value at a place.
    #[doc(hidden)]
    fn at(index: usize) -> Option<Self>;
}

// SAFETY: two members, for two values.
#[expect(unsafe_code, reason = "see the SAFETY comment")]
unsafe impl Label for bool {
    const DIMENSION: Dimension =
        Dimension { key: "", values: LabelValues::Names(&["false", "true"]) };

    type Array<F> = [F; 2];

    fn members<F>(array: &[F; 2]) -> &[F] {
        array
    }

    fn index(self) -> usize {
        self.into()
    }

    fn at(index: usize) -> Option<Self> {
        [false, true].get(index).copied()
    }
}

/// A label that is one of `COUNT` numbers from `FROM` on.
///
/// # Examples
/// ```
/// use mmstats::{Counter, Family, MmStats, Number};
///
/// #[derive(MmStats)]
/// struct Dice {
///     #[mmstats(key = "eyes")]
///     thrown: Family<Number<1, 6>, Counter>,
/// }
///
/// let dice = Dice::detached();
/// for throw in [3, 6, 7, 6] {
///     if let Some(eyes) = Number::new(throw) {
///         dice.thrown[eyes].inc();
///     }
/// }
/// let thrown: Vec<_> = dice.thrown.iter().map(|(_, count)| count.local()).collect();
/// assert_eq!(thrown, [0, 0, 1, 0, 0, 2]);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Number<const FROM: usize, const COUNT: usize>(usize);

impl<const FROM: usize, const COUNT: usize> Number<FROM, COUNT> {
    /// Returns the number, if it is one of them.
    pub fn new(number: usize) -> Option<Self> {
        number.checked_sub(FROM).and_then(<Self as Label>::at)
    }

    /// Returns the number.
    pub fn get(self) -> usize {
        FROM + self.0
    }
}

// SAFETY: `COUNT` members, for `COUNT` numbers.
#[expect(unsafe_code, reason = "see the SAFETY comment")]
unsafe impl<const FROM: usize, const COUNT: usize> Label for Number<FROM, COUNT> {
    const DIMENSION: Dimension = {
        assert!(COUNT > 0, "a label needs at least one value");
        Dimension::index(FROM, COUNT)
    };

    type Array<F> = [F; COUNT];

    fn members<F>(array: &[F; COUNT]) -> &[F] {
        array
    }

    fn index(self) -> usize {
        self.0
    }

    fn at(index: usize) -> Option<Self> {
        (index < COUNT).then_some(Self(index))
    }
}

/// A [`Label`], or a tuple of up to four: what distinguishes the members of a [`Family`].
///
/// [`Family`]: crate::Family
///
/// # Safety
/// 1. `Array<F>` is as many `F`, one behind the other, as there are values, or combinations of them.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a label",
    note = "put `#[derive(Label)]` on an enum, or use `bool`, `Number<0, 8>`, or a tuple of up to four of these"
)]
#[expect(unsafe_code, reason = "the contract that `Family` relies on")]
pub unsafe trait Labels: Sized + 'static {
    /// The labels.
    #[doc(hidden)]
    const DIMENSIONS: &'static [Dimension];

    /// A member for each combination of values.
    #[doc(hidden)]
    type Array<F>;

    /// Returns one of the members.
    #[doc(hidden)]
    fn member<F>(array: &Self::Array<F>, labels: Self) -> &F;

    /// Visits all members, in order.
    #[doc(hidden)]
    fn visit<F>(array: &Self::Array<F>, visit: &mut dyn FnMut(&F));

    /// Returns the combination at a place.
    #[doc(hidden)]
    fn combination(index: usize) -> Option<Self>;
}

// SAFETY: as the label says itself.
#[expect(unsafe_code, reason = "see the SAFETY comment")]
unsafe impl<L: Label> Labels for L {
    const DIMENSIONS: &'static [Dimension] = &[L::DIMENSION];

    type Array<F> = L::Array<F>;

    #[inline]
    fn member<F>(array: &Self::Array<F>, label: Self) -> &F {
        &L::members(array)[label.index()]
    }

    fn visit<F>(array: &Self::Array<F>, visit: &mut dyn FnMut(&F)) {
        L::members(array).iter().for_each(visit);
    }

    fn combination(index: usize) -> Option<Self> {
        L::at(index)
    }
}

/// Implements [`Labels`] for a tuple, by the label that it begins with and the rest.
macro_rules! tuple {
    ($first:ident, $($rest:ident),*) => {
        // SAFETY: for each value of the first label, as many members as there are combinations of
        // the others.
        #[expect(unsafe_code, reason = "see the SAFETY comment")]
        #[allow(non_snake_case, unused_parens, reason = "the rest may be a single label")]
        unsafe impl<$first: Label, $($rest: Label),*> Labels for ($first, $($rest),*) {
            const DIMENSIONS: &'static [Dimension] = &[$first::DIMENSION, $($rest::DIMENSION),*];

            type Array<F> = $first::Array<<($($rest),*) as Labels>::Array<F>>;

            #[inline]
            fn member<F>(array: &Self::Array<F>, ($first, $($rest),*): Self) -> &F {
                let array = &$first::members(array)[$first.index()];
                <($($rest),*)>::member(array, ($($rest),*))
            }

            fn visit<F>(array: &Self::Array<F>, visit: &mut dyn FnMut(&F)) {
                for array in $first::members(array) {
                    <($($rest),*)>::visit(array, visit);
                }
            }

            fn combination(index: usize) -> Option<Self> {
                let rest = 1 $(* $rest::DIMENSION.values.len())*;
                let first = <$first as Label>::at(index / rest)?;
                let ($($rest),*) = <($($rest),*) as Labels>::combination(index % rest)?;
                Some((first, $($rest),*))
            }
        }
    };
}

tuple!(A, B);
tuple!(A, B, C);
tuple!(A, B, C, D);
