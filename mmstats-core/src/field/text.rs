use std::fmt;
use std::mem::offset_of;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering::Relaxed};

use zerocopy::FromBytes;

use super::{Field, Initial, OneWriter, stamp::Stamp};
use crate::format::body::text as layout;
use crate::schema::{Kind, Merge, ScalarType, Shape};
use crate::seqlock::SeqLock;
use crate::value::stamped::Stamped;

/// The latest text: which user, which file, which phase.
///
/// Holds up to `N` bytes of UTF-8; what is longer is cut at a character. A reader sees the text
/// that was set last, by whichever thread, and sees it whole.
///
/// # Examples
/// ```
/// # use mmstats_core::Text;
/// let user = Text::<7>::default();
/// user.set("Hélène");
/// assert_eq!(user.get(), "Hélèn");
/// ```
#[doc(alias = "StringField")]
#[derive(FromBytes)]
#[repr(C, align(8))]
pub struct Text<const N: usize = 255> {
    lock: SeqLock,
    stamp: Stamp,
    len: AtomicU64,
    bytes: [AtomicU8; N],
    one_writer: OneWriter,
}

const _: () = {
    assert!(offset_of!(Text, stamp) == layout::STAMP);
    assert!(offset_of!(Text, len) == layout::LEN);
    assert!(offset_of!(Text, bytes) == layout::BYTES);
};

impl<const N: usize> Text<N> {
    /// Sets the text, or as much of it as fits.
    ///
    /// Plain stores; once a second thread writes statistics, also a look at the clock, by which
    /// readers tell which thread's text is the latest.
    #[inline]
    pub fn set(&self, text: &str) {
        self.store(text, self.stamp.now_ns());
    }

    /// The text that was set last in the calling thread's [lane](crate::Mapped#lanes); see
    /// [`Mapped::read`](crate::Mapped::read) for that of all threads.
    pub fn get(&self) -> String {
        self.read().value
    }

    fn store(&self, text: &str, now_ns: Option<u64>) {
        let text = &text[..text.floor_char_boundary(N)];
        // Relaxed: the lock orders them.
        self.lock.write(|| {
            if let Some(now_ns) = now_ns {
                self.stamp.set(now_ns);
            }
            self.len.store(text.len() as u64, Relaxed);
            let (words, rest) = text.as_bytes().as_chunks::<8>();
            for (place, word) in self.words().iter().zip(words) {
                place.store(u64::from_le_bytes(*word), Relaxed);
            }
            // What is left begins a word that is all ours, or is in the last bytes, which are none.
            if rest.is_empty() {
                return;
            }
            if let Some(place) = self.words().get(words.len()) {
                let word = rest.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte));
                place.store(word, Relaxed);
            } else {
                for (place, byte) in self.tail().iter().zip(rest) {
                    place.store(*byte, Relaxed);
                }
            }
        });
    }

    /// The bytes but the last ones, if those are no whole word.
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

    /// The last bytes, if they are no whole word.
    #[inline]
    fn tail(&self) -> &[AtomicU8] {
        &self.bytes[N / 8 * 8..]
    }

    fn read(&self) -> Stamped<String> {
        let copy = || {
            let len = usize::try_from(self.len.load(Relaxed)).map_or(N, |len| len.min(N));
            let words = self.words().iter().flat_map(|word| word.load(Relaxed).to_le_bytes());
            let tail = self.tail().iter().map(|byte| byte.load(Relaxed));
            let bytes: Vec<u8> = words.chain(tail).take(len).collect();
            Stamped {
                stamp_ns: self.stamp.get(),
                value: String::from_utf8_lossy(&bytes).into_owned(),
            }
        };
        self.lock.read(copy)
    }
}

impl<const N: usize> Default for Text<N> {
    fn default() -> Self {
        zerocopy::FromZeros::new_zeroed()
    }
}

// SAFETY: atomics, and padding behind the bytes; `SHAPE` says how many.
#[expect(unsafe_code, reason = "implements `Field`")]
unsafe impl<const N: usize> Field for Text<N> {
    const SHAPE: Shape = Shape {
        capacity: capacity::<N>(),
        ..Shape::of(Kind::Text, ScalarType::None, Merge::Latest)
    };

    type Total = String;

    fn total<'a>(lanes: impl Iterator<Item = &'a Self>, _: Merge) -> String {
        lanes
            .map(Self::read)
            .reduce(Stamped::latest)
            .map_or_else(String::new, |latest| latest.value)
    }
}

/// How many bytes a text of `N` holds, as a file says it.
///
/// # Panics
/// At compile time, if there is no room for a byte, or for far more than anyone reads.
pub(super) const fn capacity<const N: usize>() -> u32 {
    assert!(N > 0, "a text holds at least one byte");
    assert!(N <= 1 << 20, "a text holds at most 1,048,576 bytes");
    #[expect(clippy::cast_possible_truncation, reason = "asserted above")]
    let capacity = N as u32;
    capacity
}

impl<const N: usize> Initial for Text<N> {
    type Value<'a> = &'a str;

    fn set_initial(&self, value: &str) {
        self.store(value, None);
    }
}

impl<const N: usize> fmt::Debug for Text<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Text").field(&self.get()).finish()
    }
}
