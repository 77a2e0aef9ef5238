use std::fmt;
use std::mem::offset_of;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering::Relaxed};

use super::readable::word;
use super::ring::filled;
use super::stamp::Stamp;
use super::{
    AtomicRun, Atomics, Creation, Initial, OneWriter, Part, Readable, Sealed, Stamped, Statistic,
    Summary, atomics,
};
use crate::schema::{Attributes, Merge, ScalarType, Shape};
use crate::seqlock::SeqLock;

/// The latest text: which user, which file, which phase.
///
/// Holds up to `N` bytes of UTF-8; a longer text is cut at a character. A reader sees the text that
/// was set last, by any thread, and sees it whole.
///
/// # Examples
/// ```
/// use mmstats::Text;
///
/// let user = Text::<7>::default();
/// user.set("Hélène");
/// assert_eq!(user.local(), "Hélèn");
/// ```
#[doc(alias = "StringField")]
#[repr(C, align(8))]
pub struct Text<const N: usize = 255> {
    lock: SeqLock,
    stamp: Stamp,
    len: AtomicU64,
    bytes: [AtomicU8; N],
    one_writer: OneWriter,
}

atomics!([const N: usize] Text<N> { lock, stamp, len, bytes, one_writer });

/// Returns as much of a text as fits into `max` bytes.
#[inline]
pub(crate) fn start(text: &str, max: usize) -> &str {
    if text.len() <= max {
        return text;
    }
    let mut end = max;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

impl<const N: usize> Text<N> {
    /// Sets the text, or as much of it as fits.
    ///
    /// This takes plain stores. Once a second thread writes statistics it also reads the clock,
    /// since readers find the latest text by its time.
    #[inline]
    pub fn set(&self, text: &str) {
        self.store(text, self.stamp.now_ns());
    }

    /// Returns the text that was set last in the calling thread's [lane](crate::Mapped#lanes).
    ///
    /// [`Mapped::total`](crate::Mapped::total) returns the one over all of them. If a lane's text is
    /// being written all the time, and so cannot be read whole, both ignore it.
    pub fn local(&self) -> String {
        self.read().map_or_else(String::new, |text| text.value)
    }

    fn store(&self, text: &str, now_ns: Option<u64>) {
        let text = start(text, N);
        // Relaxed: the lock orders them.
        self.lock.write(|| {
            if let Some(now_ns) = now_ns {
                self.stamp.set(now_ns);
            }
            self.len.store(text.len() as u64, Relaxed);
            let (mut places, mut rest) = (self.words().iter(), text.as_bytes());
            while let Some((word, after)) = rest.split_first_chunk() {
                let Some(place) = places.next() else { break };
                place.store(u64::from_le_bytes(*word), Relaxed);
                rest = after;
            }
            // The rest lies in a whole word, or in the last bytes, which do not make one.
            if rest.is_empty() {
                return;
            }
            if let Some(place) = places.next() {
                let word = rest.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte));
                place.store(word, Relaxed);
            } else {
                for (place, byte) in self.tail().iter().zip(rest) {
                    place.store(*byte, Relaxed);
                }
            }
        });
    }

    /// Returns the bytes as words, without the last ones if those do not make a word.
    #[inline]
    fn words(&self) -> &[AtomicU64] {
        #[expect(clippy::cast_ptr_alignment, reason = "24 bytes into a type aligned to 8")]
        let words = self.bytes.as_ptr().cast::<AtomicU64>();
        // SAFETY: the first `N / 8 * 8` of the `N` bytes, which are 24 bytes into a type that is
        // aligned to 8, and which this process touches in no other way: `tail` has the others.
        #[expect(unsafe_code, reason = "a byte a store is four times as slow")]
        unsafe {
            std::slice::from_raw_parts(words, N / 8)
        }
    }

    /// Returns the last bytes, if they do not make a word.
    #[inline]
    fn tail(&self) -> &[AtomicU8] {
        &self.bytes[N / 8 * 8..]
    }

    /// Returns the text, if it can be read whole.
    fn read(&self) -> Option<Stamped<String>> {
        let copy = |_| {
            let len = usize::try_from(self.len.load(Relaxed)).map_or(N, |len| len.min(N));
            let words = self.words().iter().flat_map(|word| word.load(Relaxed).to_le_bytes());
            let tail = self.tail().iter().map(|byte| byte.load(Relaxed));
            let bytes: Vec<u8> = words.chain(tail).take(len).collect();
            Stamped {
                stamp_ns: self.stamp.get(),
                value: String::from_utf8_lossy(&bytes).into_owned(),
            }
        };
        let (text, torn) = self.lock.read(copy);
        (!torn).then_some(text)
    }
}

impl<const N: usize> Default for Text<N> {
    fn default() -> Self {
        Atomics::new_zeroed()
    }
}

// SAFETY: atomics, and padding behind the bytes; `SHAPE` says how many.
#[expect(unsafe_code, reason = "implements `Statistic`")]
unsafe impl<const N: usize> Statistic for Text<N> {
    const SHAPE: Shape =
        Shape { capacity: capacity::<N>(), ..Shape::of(Self::CODE, ScalarType::None) };

    const ATTRIBUTES: Attributes =
        Attributes::merged(Merge::Latest).with_unit("", "`unit` has no meaning for a text");

    type Total = String;

    fn total<'a>(lanes: impl Iterator<Item = &'a Self>, _: Merge) -> String {
        lanes
            .filter_map(Self::read)
            .reduce(Stamped::latest)
            .map_or_else(String::new, |latest| latest.value)
    }
}

/// Returns the capacity of a text of `N` bytes, as a file has it.
///
/// # Panics
/// At compile time, if the text has no room, or more than readers accept.
const fn capacity<const N: usize>() -> u32 {
    assert!(N > 0, "a text holds at least one byte");
    assert!(N <= 1 << 20, "a text holds at most 1,048,576 bytes");
    #[expect(clippy::cast_possible_truncation, reason = "asserted above")]
    let capacity = N as u32;
    capacity
}

impl<const N: usize> Sealed for Text<N> {}

impl<const N: usize> Initial for Text<N> {
    type Value<'a> = &'a str;

    fn set_initial(&self, value: &str, _: Creation) {
        self.store(value, None);
    }
}

impl<const N: usize> Readable for Text<N> {
    const CODE: u16 = 4;

    type Value = String;

    const PARTS: &'static [Part] = &[
        Part::word("lock", offset_of!(Self, lock)),
        Part::word("stamp", offset_of!(Self, stamp)),
        Part::word("len", offset_of!(Self, len)),
        Part::sized("bytes", offset_of!(Self, bytes), "capacity"),
    ];

    const STAMP: Option<usize> = Some(offset_of!(Self, stamp));

    fn state(shape: &Shape, _: bool) -> [AtomicRun; 3] {
        let (bytes, capacity) = (offset_of!(Self, bytes), shape.capacity as usize);
        let tail = AtomicRun { at: bytes + capacity / 8 * 8, width: 1, count: capacity % 8 };
        [AtomicRun::words(0, bytes / 8), AtomicRun::words(bytes, capacity / 8), tail]
    }

    fn size(shape: &Shape) -> u64 {
        offset_of!(Self, bytes) as u64 + u64::from(shape.capacity)
    }

    fn locked(shape: &Shape) -> usize {
        offset_of!(Self, bytes) + shape.capacity as usize
    }

    fn empty(_: &Shape) -> String {
        String::new()
    }

    fn decode(bytes: &[u8], shape: &Shape) -> String {
        let len = filled(word(bytes, offset_of!(Self, len)), shape.capacity as usize);
        String::from_utf8_lossy(&bytes[offset_of!(Self, bytes)..][..len]).into_owned()
    }

    fn merge(a: Stamped<String>, b: Stamped<String>, _: Merge) -> String {
        a.latest(b).value
    }

    fn since(now: &String, _: &String) -> String {
        now.clone()
    }

    fn summary(text: &String) -> Summary<'_> {
        Summary::text(text)
    }
}

impl<const N: usize> fmt::Debug for Text<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Text").field(&self.local()).finish()
    }
}
