//! Members that labels distinguish whose values are known at run time.

use std::collections::BTreeSet;
use std::fmt;
use std::mem::offset_of;
use std::ptr::{self, NonNull};
use std::slice;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use std::sync::atomic::{AtomicU8, AtomicU32, AtomicU64};

use super::{Content, Field, Merge, merge_of};
use crate::kind::{Creation, Kind, OneWriter, Overflow, Statistic, UNSET};
use crate::memory;

/// A statistic, or a struct of statistics, for each of up to `N` keys that are known at run time: tenants,
/// queues, peers.
///
/// A key is a text, or a tuple of up to four if `LABELS` says so, and becomes the value of a label that
/// `#[mmstats(key = "…")]` names. It takes up to `K` bytes, each text of a tuple in whole words of eight;
/// `K` is a multiple of eight.
///
/// [`of`](Self::of) finds a member by a hash table in the thread's own lane, without a lock and without
/// the heap. Each thread has up to `N` members; what has no room counts in a member of which each label is
/// `other`, and readers see in `NAME.overflow` how often that happened. They add up the members of all
/// threads that have the same key.
///
/// Room for a member is made when a thread first counts for its key, which may enter the kernel. Until
/// then it takes none, if members are larger than some pages and the system can promise the room for
/// a page later: Linux 5.14 or newer, and tmpfs, ext4 or xfs. A member never moves, and no key is ever given
/// up: keys whose number has no bound need a bound by the program.
///
/// Statistics of a member have their `initial` values in each thread: use them for constants.
///
/// # Examples
/// ```
/// use mmstats::{Counter, DynFamily, MmStats, Reader, Timer, Value};
///
/// #[derive(MmStats)]
/// struct Route {
///     requests: Counter,
///     latency: Timer,
/// }
///
/// #[derive(MmStats)]
/// struct Web {
///     #[mmstats(key = "tenant")]
///     tenants: DynFamily<Route, 64>,
///     #[mmstats(key = "method,path")]
///     paths: DynFamily<Counter, 1000, 128, 2>,
/// }
///
/// # let directory = tempfile::tempdir()?;
/// # let web = Web::builder().directory(&directory).create()?;
/// # let path = web.path().ok_or("no file")?;
/// web.tenants.of("acme").requests.inc();
/// web.paths.of(("GET", "/users")).inc();
///
/// let acme = web.tenants.of("acme"); // in a hot loop
/// acme.latency.time(|| acme.requests.inc());
///
/// let snapshot = Reader::open(path)?.snapshot()?;
/// assert_eq!(snapshot.get(r#"tenants.requests{tenant="acme"}"#), Some(&Value::Counter(2)));
/// assert_eq!(snapshot.get(r#"paths{method="GET",path="/users"}"#), Some(&Value::Counter(1)));
/// assert_eq!(snapshot.get("paths.overflow"), Some(&Value::Overflow(0)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[repr(C)]
pub struct DynFamily<F, const N: usize, const K: usize = 64, const LABELS: usize = 1> {
    overflow: Overflow,
    /// Of each member, in the order in which they were taken.
    keys: [StoredKey<K>; N],
    /// The hash table: 0, or the number of a member, from 1, and 16 bits of the hash of its key above it.
    /// Four times as many places as members, so that the first one is the right one most of the time.
    table: [[AtomicU32; 4]; N],
    other: F,
    members: [F; N],
    one_writer: OneWriter,
}

/// A key of up to `K` bytes.
#[repr(C, align(8))]
struct StoredKey<const K: usize> {
    /// The sizes of its texts, from the lowest 16 bits on, each plus one; 0 while there is no key.
    sizes: AtomicU64,
    /// The texts, each in whole words, of which the last one ends with zeros. Accessed as words only.
    bytes: [AtomicU8; K],
}

impl<const K: usize> StoredKey<K> {
    fn words(&self) -> &[AtomicU64] {
        // SAFETY: `K` bytes, which are aligned, of atomics, for which any value is valid; nobody accesses them
        // otherwise.
        #[expect(unsafe_code, reason = "an array of `K / 8` words has no type yet")]
        unsafe {
            slice::from_raw_parts(self.bytes.as_ptr().cast(), K / 8)
        }
    }

    /// Returns whether this key is stored.
    #[inline]
    fn is<const LABELS: usize>(&self, key: &Sought<'_, LABELS>) -> bool {
        // Acquire: who finds the key finds the member as it was made; pairs with `store`.
        if self.sizes.load(Acquire) != key.sizes {
            return false;
        }
        let mut words = self.words().iter();
        key.words(|word| words.next().is_some_and(|stored| stored.load(Relaxed) == word))
    }

    fn store<const LABELS: usize>(&self, key: &Sought<'_, LABELS>) {
        let mut words = self.words().iter();
        key.words(|word| words.next().inspect(|stored| stored.store(word, Relaxed)).is_some());
        self.sizes.store(key.sizes, Release);
    }

    /// Returns the key, if there is one.
    fn texts<const LABELS: usize>(&self) -> Option<[String; LABELS]> {
        let sizes = self.sizes.load(Acquire); // pairs with `store`
        let bytes: Vec<u8> =
            self.words().iter().flat_map(|word| word.load(Relaxed).to_le_bytes()).collect();
        (sizes != 0).then(|| {
            let mut at = 0;
            std::array::from_fn(|index| {
                let size = size_of_text(sizes, index);
                let text = bytes.get(at..at + size).unwrap_or_default();
                at += size.next_multiple_of(8);
                String::from_utf8_lossy(text).into_owned()
            })
        })
    }
}

/// Returns the size of one of the texts of a stored key.
pub(crate) const fn size_of_text(sizes: u64, index: usize) -> usize {
    ((sizes >> (16 * index)) & 0xffff).saturating_sub(1) as usize
}

/// The key of a [`DynFamily`] with this number of labels: a text, or a tuple of them, by reference.
pub trait Keys<'a, const LABELS: usize> {
    /// Returns the texts.
    #[doc(hidden)]
    fn texts(self) -> [&'a str; LABELS];
}

impl<'a, T: AsRef<str> + ?Sized> Keys<'a, 1> for &'a T {
    #[inline]
    fn texts(self) -> [&'a str; 1] {
        [self.as_ref()]
    }
}

macro_rules! tuples {
    ($($labels:literal: $($text:ident)*;)*) => {$(
        impl<'a, $($text: AsRef<str> + ?Sized),*> Keys<'a, $labels> for ($(&'a $text,)*) {
            #[inline]
            #[expect(non_snake_case, reason = "the names of types serve for values")]
            fn texts(self) -> [&'a str; $labels] {
                let ($($text,)*) = self;
                [$($text.as_ref()),*]
            }
        }
    )*};
}

tuples! {
    2: A B;
    3: A B C;
    4: A B C D;
}

/// A key that is looked for.
#[derive(Clone, Copy)]
struct Sought<'a, const LABELS: usize> {
    texts: [&'a str; LABELS],
    /// As they are stored. Cut off if a text is too long.
    sizes: u64,
}

impl<'a, const LABELS: usize> Sought<'a, LABELS> {
    #[inline]
    fn new(texts: [&'a str; LABELS]) -> Self {
        let mut sizes = 0;
        for (index, text) in texts.iter().enumerate() {
            sizes |= ((text.len() as u64 + 1) & 0xffff) << (16 * index);
        }
        Self { texts, sizes }
    }

    /// Returns the hash. Both factors of each product have a part that others do not know: with zero for
    /// one of them, nothing would be left of the other.
    #[inline]
    fn hash(&self, seed: u64) -> u64 {
        let (mut hash, seed) = (seed ^ self.sizes, seed.rotate_left(32));
        for text in &self.texts {
            let text = text.as_bytes();
            let (pairs, rest) = text.split_at(text.len().saturating_sub(1) / 16 * 16);
            for pair in pairs.chunks_exact(16) {
                let (first, second) = pair.split_at(8);
                hash = mixed(hash ^ word(first), seed ^ word(second));
            }
            // One to sixteen bytes, of which some may be in both words.
            let (first, second) = match (rest.first_chunk(), rest.last_chunk()) {
                (Some(first), Some(last)) => {
                    (u64::from_le_bytes(*first), u64::from_le_bytes(*last))
                }
                _ => (word(rest), 0),
            };
            hash = mixed(hash ^ first, seed ^ second);
        }
        hash
    }

    /// Calls `take` with each word, until it returns false, and returns whether it did not.
    #[inline]
    fn words(&self, mut take: impl FnMut(u64) -> bool) -> bool {
        self.texts.iter().all(|text| {
            let mut words = text.as_bytes().chunks_exact(8);
            let rest = words.remainder();
            words.all(|bytes| take(word(bytes))) && (rest.is_empty() || take(last_word(text, rest)))
        })
    }

    fn fits(&self, bytes: usize) -> bool {
        let words = self.texts.iter().map(|text| text.len().next_multiple_of(8));
        words.sum::<usize>() <= bytes
    }

    /// Whether it is the key of the member for all other keys.
    fn is_other(&self) -> bool {
        self.texts.iter().all(|text| *text == OTHER)
    }
}

/// Returns the one to seven bytes that a text ends with as a word.
#[inline]
fn last_word(text: &str, rest: &[u8]) -> u64 {
    match text.as_bytes().last_chunk() {
        Some(last) => u64::from_le_bytes(*last) >> (64 - 8 * rest.len()),
        None => word(rest),
    }
}

/// The value of each label of the member for all other keys.
pub(crate) const OTHER: &str = "other";

/// Multiplies, and folds the product.
///
/// Source: Wang Yi, "wyhash", <https://github.com/wangyi-fudan/wyhash>.
#[inline]
#[expect(clippy::cast_possible_truncation, reason = "the halves of the product")]
const fn mixed(a: u64, b: u64) -> u64 {
    let product = (a ^ 0xa076_1d64_78bd_642f) as u128 * (b ^ 0xe703_7ed1_a0b4_28db) as u128;
    (product as u64) ^ (product >> 64) as u64
}

/// Returns up to eight bytes as a word, without a call.
#[inline]
fn word(bytes: &[u8]) -> u64 {
    if let Some(bytes) = bytes.first_chunk() {
        return u64::from_le_bytes(*bytes);
    }
    match (bytes.first_chunk(), bytes.last_chunk()) {
        (Some(first), Some(last)) => {
            let last = u64::from(u32::from_le_bytes(*last));
            u64::from(u32::from_le_bytes(*first)) | last << (8 * (bytes.len() - 4))
        }
        _ => match *bytes {
            [a] => u64::from_le_bytes([a, 0, 0, 0, 0, 0, 0, 0]),
            [a, b] => u64::from_le_bytes([a, b, 0, 0, 0, 0, 0, 0]),
            [a, b, c] => u64::from_le_bytes([a, b, c, 0, 0, 0, 0, 0]),
            _ => 0,
        },
    }
}

impl<F: Field, const N: usize, const K: usize, const LABELS: usize> DynFamily<F, N, K, LABELS> {
    /// Returns the member for a key in the calling thread's [lane](crate::Mapped#lanes), which may be kept as
    /// long as the handle.
    ///
    /// If the thread has no member for it yet, and there is no room for another one, or if the key has too
    /// many bytes, that is the member whose labels are `other`.
    #[inline]
    pub fn of<'a>(&self, key: impl Keys<'a, LABELS>) -> &F {
        let key = Sought::new(key.texts());
        self.find(key).unwrap_or_else(|| self.make(key))
    }

    /// Returns the member for a key in the calling thread's [lane](crate::Mapped#lanes), if it has one
    /// already.
    #[inline]
    pub fn get<'a>(&self, key: impl Keys<'a, LABELS>) -> Option<&F> {
        self.find(Sought::new(key.texts()))
    }

    /// Returns the member of which each label is `other`, for what has no key.
    pub fn other(&self) -> &F {
        self.overflow.uses_other.store(1, Relaxed);
        &self.other
    }

    /// Returns a number that others cannot know, since the system chooses the lane's address: so they
    /// cannot choose keys whose places in the table are the same.
    #[inline]
    fn seed(&self) -> u64 {
        ptr::from_ref(self).addr() as u64
    }

    fn places(&self) -> &[AtomicU32] {
        self.table.as_flattened()
    }

    /// Returns where in the table the search for a key begins.
    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "less than the number of places")]
    const fn start(hash: u64) -> usize {
        ((hash as u128 * (4 * N) as u128) >> 64) as usize
    }

    /// Returns the bits that the table has of a hash.
    const fn tag(hash: u64) -> u32 {
        (hash & 0xffff) as u32
    }

    #[inline]
    fn find(&self, key: Sought<'_, LABELS>) -> Option<&F> {
        let hash = key.hash(self.seed());
        let first = self.places().get(Self::start(hash))?.load(Relaxed);
        self.member(first, hash, &key).or_else(|| self.search(key))
    }

    /// Returns the member that an entry of the table stands for, if its key is this one.
    #[inline]
    fn member(&self, entry: u32, hash: u64, key: &Sought<'_, LABELS>) -> Option<&F> {
        if entry >> 16 != Self::tag(hash) {
            return None;
        }
        // Other processes may write here.
        let index = ((entry & 0xffff) as usize).wrapping_sub(1);
        let is_stored = self.keys.get(index)?.is(key);
        self.members.get(index).filter(|_| is_stored)
    }

    /// Looks at all places where a key may be. (It takes the key alone, so that `find` has it in
    /// registers.)
    #[inline(never)]
    fn search(&self, key: Sought<'_, LABELS>) -> Option<&F> {
        let hash = key.hash(self.seed());
        let (before, from) = self.places().split_at(Self::start(hash));
        let entries = from.iter().chain(before).map(|place| place.load(Relaxed));
        let mut entries = entries.take_while(|entry| *entry != 0);
        entries.find_map(|entry| self.member(entry, hash, &key))
    }

    #[cold]
    #[inline(never)]
    fn make(&self, key: Sought<'_, LABELS>) -> &F {
        if key.is_other() {
            return self.other();
        }
        let index = usize::try_from(self.overflow.taken.load(Relaxed)).unwrap_or(usize::MAX);
        let stored = self.keys.get(index).filter(|_| key.fits(K));
        let (Some(stored), Some(member)) = (stored, self.members.get(index)) else {
            self.overflow.lose();
            return &self.other;
        };
        // Taken before it is used: a signal handler that interrupts this takes the next one.
        self.overflow.taken.store(index as u64 + 1, Relaxed);
        // SAFETY: a family lies in a lane, which maps whole pages.
        #[expect(unsafe_code, reason = "see the SAFETY comment")]
        let has_room = unsafe { memory::make_room(NonNull::from(member).cast(), size_of::<F>()) };
        if !has_room {
            self.overflow.lose();
            return &self.other;
        }
        start(member);
        stored.store(&key);
        let (places, hash) = (self.places(), key.hash(self.seed()));
        let start = Self::start(hash);
        let mut places = places[start..].iter().chain(&places[..start]);
        if let Some(place) = places.find(|place| place.load(Relaxed) == 0) {
            let number = u32::try_from(index).unwrap_or(u32::MAX).wrapping_add(1) & 0xffff;
            place.store(Self::tag(hash) << 16 | number, Relaxed);
        }
        member
    }
}

/// Stores what a member has before it is used.
fn start<F: Field>(member: &F) {
    member.initialise(Creation::new());
    // Whether there is a second lane is not known here.
    F::CONTENT.shapes(0, &mut |shape, offset| {
        if let Some(stamp) = Kind::from_code(shape.kind).and_then(Kind::stamp) {
            // SAFETY: within the member, since `CONTENT` describes it (`Field`).
            #[expect(unsafe_code, reason = "see the SAFETY comment")]
            let stamp = unsafe { ptr::from_ref(member).byte_add(offset + stamp) };
            // SAFETY: an atomic word of this statistic, as its kind says.
            #[expect(unsafe_code, reason = "see the SAFETY comment")]
            let stamp: &AtomicU64 = unsafe { &*stamp.cast() };
            stamp.store(UNSET, Relaxed);
        }
    });
}

// SAFETY: atomics, and `N + 1` fields, one behind the other; `CONTENT` says where.
#[expect(unsafe_code, reason = "see the SAFETY comment")]
unsafe impl<F: Field, const N: usize, const K: usize, const LABELS: usize> Field
    for DynFamily<F, N, K, LABELS>
{
    const CONTENT: Content = {
        assert!(N > 0, "a `DynFamily` has room for at least one member: `DynFamily<F, 1>`");
        assert!(N < 1 << 16, "a `DynFamily` has room for at most 65,535 members");
        assert!(
            K % 8 == 0 && K > 0 && K / 8 < 256,
            "a key has 8 to 2,040 bytes, a multiple of eight"
        );
        assert!(LABELS > 0 && LABELS <= 4, "a key has one to four labels");
        assert!(size_of::<F>() < 1 << 28, "the members of a `DynFamily` have less than 256 MiB");
        assert!(align_of::<F>() >= 8, "the members of a `DynFamily` have a statistic");
        #[expect(clippy::cast_possible_truncation, reason = "checked above")]
        let shape = Overflow::shape(N as u32, size_of::<F>() as u32, (K / 8) as u8);
        let (other, size) = (offset_of!(Self, other), size_of::<Self>());
        assert!(other + (N + 1) * size_of::<F>() == size);
        Content::Dynamic { shape, labels: LABELS, size, other, item: &F::CONTENT }
    };

    fn initialise(&self, creation: Creation) {
        self.other.initialise(creation);
    }

    /// Not needed: a group, which is copied, holds no such family.
    fn copy(&self, _: &Self) {}
}

impl<F, const N: usize, const K: usize, const LABELS: usize> fmt::Debug
    for DynFamily<F, N, K, LABELS>
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let keys = self.keys.iter().map_while(StoredKey::texts::<LABELS>);
        f.debug_set().entries(keys).finish()
    }
}

/// A [`DynFamily`] over all threads, as [`Mapped::family`](crate::Mapped::family) returns it.
pub struct FamilyTotals<'a, S, F, const N: usize, const K: usize, const LABELS: usize> {
    /// The first lane.
    first: &'a S,
    lanes: Vec<&'a DynFamily<F, N, K, LABELS>>,
}

impl<'a, S: Field, F: Field, const N: usize, const K: usize, const LABELS: usize>
    FamilyTotals<'a, S, F, N, K, LABELS>
{
    pub(crate) fn of(
        first: &'a S,
        lanes: impl Iterator<Item = &'a DynFamily<F, N, K, LABELS>>,
    ) -> Self {
        Self { first, lanes: lanes.collect() }
    }

    /// Returns the keys that have a member, in alphabetical order.
    pub fn keys(&self) -> BTreeSet<[String; LABELS]> {
        self.lanes.iter().flat_map(|lane| lane.keys.iter().filter_map(StoredKey::texts)).collect()
    }

    /// Returns the value of a statistic of the member for a key over all threads; `None` if no thread
    /// has such a member.
    pub fn total<'k, T: Statistic>(
        &self,
        key: impl Keys<'k, LABELS>,
        field: impl Fn(&F) -> &T,
    ) -> Option<T::Total> {
        let (key, merge) = (Sought::new(key.texts()), self.merge(&field));
        let members = self.lanes.iter().filter_map(|lane| lane.find(key).map(&field));
        let mut members = members.peekable();
        members.peek().is_some().then(|| T::total(members, merge))
    }

    /// Returns the value of a statistic of the member whose labels are `other` over all threads.
    pub fn other<T: Statistic>(&self, field: impl Fn(&F) -> &T) -> T::Total {
        let merge = self.merge(&field);
        T::total(self.lanes.iter().map(|lane| field(&lane.other)), merge)
    }

    /// Returns how often a key had no room.
    pub fn overflow(&self) -> u64 {
        let counts = self.lanes.iter().map(|lane| lane.overflow.count.load(Relaxed));
        counts.fold(0, u64::wrapping_add)
    }

    fn merge<T: Statistic>(&self, field: impl Fn(&F) -> &T) -> Merge {
        // The lanes begin with the first one.
        match self.lanes.first() {
            Some(lane) => merge_of(self.first, field(&lane.other)),
            None => T::ATTRIBUTES.merge.default(),
        }
    }
}

impl<S, F, const N: usize, const K: usize, const LABELS: usize> fmt::Debug
    for FamilyTotals<'_, S, F, N, K, LABELS>
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FamilyTotals").field("lanes", &self.lanes.len()).finish_non_exhaustive()
    }
}
