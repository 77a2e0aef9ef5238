//! Memory that consists of atomics only, which is checked at compile time.

use std::cell::Cell;
use std::marker::PhantomData;
use std::mem::MaybeUninit;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::atomic::{
    AtomicI8, AtomicI16, AtomicI32, AtomicI64, AtomicU8, AtomicU16, AtomicU32, AtomicU64,
};

use crate::seqlock::SeqLock;

/// Integer atomics, or a struct or array of them.
///
/// # Safety
/// 1. All of the type's memory is atomic integers (and padding). So any bytes are a valid value, and
///    a write from any thread or process at any time is no data race.
#[expect(unsafe_code, reason = "the contract that `atomics!` checks field by field")]
pub unsafe trait Atomics: Sized {
    /// Returns the value of which all bytes are zero.
    #[doc(hidden)]
    fn new_zeroed() -> Self {
        // SAFETY: any bytes are a valid value (1).
        #[expect(unsafe_code, reason = "see the SAFETY comment")]
        unsafe {
            MaybeUninit::zeroed().assume_init()
        }
    }

    /// Stores what `from` has, each atomic as a whole.
    #[doc(hidden)]
    fn copy(&self, from: &Self);
}

macro_rules! integers {
    ($($atomic:ty)*) => {$(
        // SAFETY: an atomic integer (1).
        #[expect(unsafe_code, reason = "see the SAFETY comment")]
        unsafe impl Atomics for $atomic {
            fn copy(&self, from: &Self) {
                // Relaxed: whoever copies needs a lock, if the order matters.
                self.store(from.load(Relaxed), Relaxed);
            }
        }
    )*};
}

integers! { AtomicU8 AtomicU16 AtomicU32 AtomicU64 AtomicI8 AtomicI16 AtomicI32 AtomicI64 }

// SAFETY: an atomic integer (1), and nothing else, since it is transparent.
#[expect(unsafe_code, reason = "see the SAFETY comment")]
unsafe impl Atomics for SeqLock {
    /// A copy has no writer.
    fn copy(&self, _: &Self) {}
}

// SAFETY: there is no memory (1).
#[expect(unsafe_code, reason = "see the SAFETY comment")]
unsafe impl Atomics for PhantomData<Cell<()>> {
    fn copy(&self, _: &Self) {}
}

// SAFETY: atomics in a row (1).
#[expect(unsafe_code, reason = "see the SAFETY comment")]
unsafe impl<T: Atomics, const N: usize> Atomics for [T; N] {
    fn copy(&self, from: &Self) {
        self.iter().zip(from).for_each(|(to, from)| to.copy(from));
    }
}

/// Implements [`Atomics`] for a struct. It does not compile unless the fields are named completely
/// and each has the trait.
macro_rules! atomics {
    ($([$($generics:tt)*])? $type:ident $(<$($parameter:ident),*>)? $(where [$($bound:tt)*])? { $($field:tt),* }) => {
        // SAFETY: each field is `Atomics` (1), which `check` asserts.
        #[expect(unsafe_code, reason = "see the SAFETY comment")]
        unsafe impl $(<$($generics)*>)? $crate::kind::Atomics for $type $(<$($parameter),*>)?
        $(where $($bound)*)? {
            fn copy(&self, from: &Self) {
                $($crate::kind::Atomics::copy(&self.$field, &from.$field);)*
            }
        }

        const _: () = {
            #[allow(dead_code, reason = "it only has to compile")]
            fn check $(<$($generics)*>)? (all: &$type $(<$($parameter),*>)?) $(where $($bound)*)? {
                fn is_atomics<T: $crate::kind::Atomics>(_: &T) {}
                let $type { $($field: _),* } = all;
                $(is_atomics(&all.$field);)*
            }
        };
    };
}
pub(crate) use atomics;
