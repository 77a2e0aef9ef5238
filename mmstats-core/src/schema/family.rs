use std::fmt;
use std::marker::PhantomData;
use std::ops::Index;

use super::{Content, Field, Labels};
use crate::kind::{Creation, Initial, Sealed};

/// A statistic, or a struct of statistics, for each value of a [`Label`](crate::Label), or for each
/// combination of the values of several.
///
/// Its members are an array, indexed by labels: if they are known when the program is compiled, a
/// member costs what a plain field costs. Every thread has all members: a family of 8 × 8 `Timer`s
/// takes 384 KiB of each thread that counts, in memory or in the file, and so
/// `#[mmstats(large)]` has to confirm more than 1,024.
///
/// # Examples
/// ```
/// use mmstats::{Counter, Family, Label, MmStats, Reader, Timer, Value};
///
/// #[derive(Label)]
/// enum Method { Get, Post }
///
/// #[derive(Label)]
/// enum Status { Ok, Failed }
///
/// #[derive(MmStats)]
/// struct Route {
///     requests: Counter,
///     latency: Timer,
/// }
///
/// #[derive(MmStats)]
/// struct Web {
///     routes: Family<(Method, Status), Route>,
///     #[mmstats(key = "hit")]
///     cache: Family<bool, Counter>,
/// }
///
/// # let directory = tempfile::tempdir()?;
/// # let web = Web::builder().directory(&directory).create()?;
/// # let path = web.path().ok_or("no file")?;
/// let route = &web.routes[(Method::Get, Status::Ok)];
/// route.requests.inc();
/// route.latency.time(|| web.cache[true].inc());
///
/// let snapshot = Reader::open(path)?.snapshot()?;
/// let requests = snapshot.get(r#"routes.requests{method="get",status="ok"}"#);
/// assert_eq!(requests, Some(&Value::Counter(1)));
/// assert_eq!(snapshot.get(r#"cache{hit="true"}"#), Some(&Value::Counter(1)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[repr(transparent)]
pub struct Family<L: Labels, F> {
    members: L::Array<F>,
    labels: PhantomData<fn(L)>,
}

impl<L: Labels, F> Family<L, F> {
    /// Returns the members of the calling thread's [lane](crate::Mapped#lanes), with their labels.
    pub fn iter(&self) -> impl Iterator<Item = (L, &F)> {
        (0..).map_while(|index| {
            let member = L::member(&self.members, L::combination(index)?);
            Some((L::combination(index)?, member))
        })
    }
}

impl<L: Labels, F> Index<L> for Family<L, F> {
    type Output = F;

    #[inline]
    fn index(&self, labels: L) -> &F {
        L::member(&self.members, labels)
    }
}

// SAFETY: as many fields as there are combinations of labels, one behind the other (`Labels`).
#[expect(unsafe_code, reason = "see the SAFETY comment")]
unsafe impl<L: Labels, F: Field> Field for Family<L, F> {
    const CONTENT: Content =
        Content::Members { dimensions: L::DIMENSIONS, stride: size_of::<F>(), item: &F::CONTENT };

    fn initialise(&self, creation: Creation) {
        L::visit(&self.members, &mut |member: &F| member.initialise(creation));
    }

    fn copy(&self, from: &Self) {
        self.iter().zip(from.iter()).for_each(|((_, to), (_, from))| to.copy(from));
    }
}

impl<L: Labels, S: Sealed> Sealed for Family<L, S> {}

impl<L: Labels, S: Initial> Initial for Family<L, S>
where
    for<'a> S::Value<'a>: Copy,
{
    type Value<'a> = S::Value<'a>;

    fn set_initial(&self, value: Self::Value<'_>, creation: Creation) {
        L::visit(&self.members, &mut |member: &S| member.set_initial(value, creation));
    }
}

impl<L: Labels, F: fmt::Debug> fmt::Debug for Family<L, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter().map(|(_, member)| member)).finish()
    }
}
