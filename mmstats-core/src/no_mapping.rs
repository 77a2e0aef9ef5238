//! Takes the place of mapped memory where that is not available: pages from the heap.

use std::alloc::{Layout, alloc_zeroed, dealloc};
use std::fs::File;
use std::io;
use std::ptr::NonNull;

const PAGE: usize = 4096;

pub(crate) fn page_size() -> usize {
    PAGE
}

fn layout(len: usize) -> io::Result<Layout> {
    Layout::from_size_align(len.max(1), PAGE).map_err(|_| io::ErrorKind::OutOfMemory.into())
}

/// Allocates zeroed memory.
pub(crate) fn zeroed(len: usize, _populated: bool) -> io::Result<NonNull<u8>> {
    let layout = layout(len)?;
    // SAFETY: the layout has at least a byte.
    #[expect(unsafe_code, reason = "see the SAFETY comment")]
    let base = unsafe { alloc_zeroed(layout) };
    NonNull::new(base).ok_or_else(|| io::ErrorKind::OutOfMemory.into())
}

/// Frees it.
///
/// # Safety
/// It is from [`zeroed`], with this length, and nobody accesses it any more.
#[expect(unsafe_code, reason = "see the Safety section")]
pub(crate) unsafe fn unmap(at: NonNull<u8>, len: usize) {
    if let Ok(layout) = layout(len) {
        // SAFETY: the caller's promise; `zeroed` used the same layout.
        unsafe { dealloc(at.as_ptr(), layout) };
    }
}

/// Fails: there are no files.
pub(crate) fn of_file(_: &File, _: u64, _: usize) -> io::Result<NonNull<u8>> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Does nothing.
///
/// # Safety
/// None is needed.
#[expect(unsafe_code, reason = "the signature of the real one")]
pub(crate) unsafe fn exchange_for_zeros(_: NonNull<u8>, _: usize) -> bool {
    true
}

/// Fails: nothing is ever moved.
///
/// # Safety
/// None is needed.
#[expect(unsafe_code, reason = "the signature of the real one")]
pub(crate) unsafe fn move_over(_: NonNull<u8>, _: usize, _: NonNull<u8>) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Returns true: the pages of the heap exist.
///
/// # Safety
/// None is needed.
#[expect(unsafe_code, reason = "the signature of the real one")]
pub(crate) unsafe fn populate(_: NonNull<u8>, _: usize) -> bool {
    true
}

/// Returns true: so does all memory of the heap.
///
/// # Safety
/// None is needed.
#[expect(unsafe_code, reason = "the signature of the real one")]
pub(crate) unsafe fn make_room(_: NonNull<u8>, _: usize) -> bool {
    true
}
