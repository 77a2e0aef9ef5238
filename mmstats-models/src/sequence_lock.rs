//! A reader sees all of a write or nothing, in the writer's process and in another one.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use loom::sync::Arc;
use loom::thread;

use crate::seqlock::{SeqLock, settle};
use crate::sync::{AtomicU64, Ordering, fence};

/// Two words under the lock, which are always equal, and one that the lock does not cover, as the
/// buckets of a timer: it is not older than they are.
#[derive(Default)]
struct Field {
    lock: SeqLock,
    words: [AtomicU64; 2],
    detail: AtomicU64,
}

impl Field {
    fn write(&self, number: u64) {
        self.lock.write(|| {
            self.words.iter().for_each(|word| word.store(number, Ordering::Relaxed));
            self.detail.store(number, Ordering::Relaxed);
        });
    }

    /// In parts, of which the second is a write within a write.
    fn write_in_parts(&self, number: u64) {
        let store = |word: &AtomicU64| {
            let _held = self.lock.hold();
            word.store(number, Ordering::Relaxed);
        };
        let _held = self.lock.hold();
        self.words[0].store(number, Ordering::Relaxed);
        self.words[1..].iter().for_each(store);
        self.detail.store(number, Ordering::Relaxed);
    }

    fn load(&self) -> [u64; 2] {
        self.words.each_ref().map(|word| word.load(Ordering::Relaxed))
    }

    /// Copies as a system call does: it takes and returns a reference to the page, and so its loads
    /// are not reordered with those of the next call.
    fn pread(&self, from: usize, to: &mut [u8]) {
        let [a, b] = &self.words;
        let words = [self.lock.number(), a, b, &self.detail];
        for (word, to) in words[from / 8..].iter().zip(to.chunks_mut(8)) {
            to.copy_from_slice(&word.load(Ordering::Relaxed).to_le_bytes());
        }
        fence(Ordering::Acquire);
    }
}

/// Runs a reader beside a writer of the numbers from 1 to `N`, and checks that the reader can see
/// each of them, and 0.
fn read_beside_writes<const N: u64>(write: fn(&Field, u64), read: fn(&Field) -> Option<u64>) {
    let seen = std::sync::Arc::new([const { AtomicUsize::new(0) }; 3]);
    let counts = seen.clone();
    let mut model = loom::model::Builder::new();
    model.preemption_bound = Some(3); // seconds instead of half a minute; no bound finds no more
    model.check(move || {
        let field = Arc::new(Field::default());
        let (written, counts) = (field.clone(), counts.clone());
        // A thread of its own: loom does not interrupt the main thread before its first load.
        let reader = thread::spawn(move || {
            if let Some(number) = read(&written) {
                counts[usize::try_from(number).expect("a small number")].fetch_add(1, Relaxed);
            }
        });
        (1..=N).for_each(|number| write(&field, number));
        reader.join().expect("the reader does not panic");
        assert_eq!(field.lock.copy(|| field.load()), ([N, N], false), "the lock was left even");
    });
    let mut seen = seen.iter().zip(0..=N);
    assert!(seen.all(|(times, _)| times.load(Relaxed) > 0), "{seen:?}");
}

/// Reads in the writer's process.
fn copied(field: &Field) -> Option<u64> {
    let ([a, b], torn) = field.lock.copy(|| field.load());
    // After the totals, as a timer's buckets.
    let detail = field.detail.load(Ordering::Relaxed);
    if torn {
        return None;
    }
    assert_eq!(a, b, "the words are of one write");
    assert!(detail >= a, "the detail is not older");
    Some(a)
}

#[test]
fn a_copy_in_the_writers_process_is_of_one_write() {
    read_beside_writes::<2>(Field::write, copied);
}

#[test]
fn a_write_may_be_made_of_others() {
    read_beside_writes::<2>(Field::write_in_parts, copied);
}

#[test]
fn a_copy_of_the_file_is_of_one_write() {
    const LOCKED: usize = 24;
    read_beside_writes::<1>(Field::write, |field| {
        let mut bytes = [0; 32];
        field.pread(0, &mut bytes[..8]);
        let fill = |from: usize, to: &mut [u8]| {
            field.pread(from, to);
            Ok::<_, ()>(())
        };
        // One try, since loom runs all that can happen in each.
        let intact = settle(&mut bytes, LOCKED, fill, &mut 0).expect("no call fails");
        let word = |at| u64::from_le_bytes(bytes[at..at + 8].try_into().expect("eight bytes"));
        if !intact {
            return None;
        }
        assert_eq!(word(8), word(16), "the words are of one write");
        assert!(word(24) >= word(8), "the detail is not older");
        Some(word(8))
    });
}

#[test]
fn two_writes_that_interrupt_each_other_are_torn_until_the_next() {
    loom::model(|| {
        let field = Field::default();
        field.lock.write(|| field.write(1));
        assert!(field.lock.copy(|| field.load()).1);
        field.write(2);
        assert_eq!(field.lock.copy(|| field.load()), ([2, 2], false));
    });
}
