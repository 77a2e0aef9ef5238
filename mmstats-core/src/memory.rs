//! Memory of whole pages: of a file, or of nobody else.

use std::ffi::{c_int, c_void};
use std::fs::File;
use std::io;
use std::os::fd::AsRawFd;
use std::ptr::{self, NonNull};

use crate::system::{self, Errno};

/// Returns the size of a page.
pub(crate) fn page_size() -> usize {
    system::page_size()
}

/// Maps zeroed memory of this process alone, which takes a page when it is written to; or takes all of
/// them now, if it is `populated`.
pub(crate) fn zeroed(len: usize, populated: bool) -> io::Result<NonNull<u8>> {
    let populate = if populated { libc::MAP_POPULATE } else { 0 };
    // SAFETY: a new mapping, at an address that the kernel chooses.
    #[expect(unsafe_code, reason = "see the SAFETY comment")]
    let base = unsafe { map(ptr::null_mut(), len, libc::MAP_PRIVATE | populate, None) };
    Ok(base?)
}

/// Maps `len` bytes of a file, shared with all who map them.
pub(crate) fn of_file(file: &File, offset: u64, len: usize) -> io::Result<NonNull<u8>> {
    // SAFETY: a new mapping, at an address that the kernel chooses.
    #[expect(unsafe_code, reason = "see the SAFETY comment")]
    let base = unsafe { map(ptr::null_mut(), len, libc::MAP_SHARED, Some((file, offset))) };
    Ok(base?)
}

/// Exchanges pages that are mapped for zeroed ones of this process alone, and returns whether there was
/// memory for that.
///
/// # Safety
/// The caller mapped all of these bytes, and nobody relies on their values.
#[expect(unsafe_code, reason = "see the Safety section")]
pub(crate) unsafe fn exchange_for_zeros(at: NonNull<u8>, len: usize) -> bool {
    // The second kind is not limited by `RLIMIT_DATA`.
    [libc::MAP_PRIVATE, libc::MAP_SHARED].into_iter().any(|flags| {
        let flags = flags | libc::MAP_FIXED | libc::MAP_NORESERVE;
        // SAFETY: the caller's promise.
        unsafe { map(at.as_ptr().cast(), len, flags, None) }.is_ok()
    })
}

/// Moves a mapping to another address, in place of what is mapped there.
///
/// # Safety
/// The caller mapped both. Nobody accesses the first one any more, nor relies on the values of the
/// second one.
#[expect(unsafe_code, reason = "see the Safety section")]
pub(crate) unsafe fn move_over(from: NonNull<u8>, len: usize, to: NonNull<u8>) -> io::Result<()> {
    let flags = libc::MREMAP_MAYMOVE | libc::MREMAP_FIXED;
    let to: *mut c_void = to.as_ptr().cast();
    // SAFETY: the caller's promise.
    let moved = unsafe { libc::mremap(from.as_ptr().cast(), len, len, flags, to) };
    if moved == libc::MAP_FAILED { Err(Errno::last().into()) } else { Ok(()) }
}

/// Has all pages ready for a store, and returns whether they exist: a file may have been truncated.
///
/// Kernels before 5.14 do not support this: the first store then waits, and a page that is missing is
/// not noticed.
///
/// # Safety
/// The caller mapped all of these bytes.
#[expect(unsafe_code, reason = "see the Safety section")]
pub(crate) unsafe fn populate(at: NonNull<u8>, len: usize) -> bool {
    // SAFETY: the caller's promise; it changes no value.
    let populated = unsafe { advise(at, len, libc::MADV_POPULATE_WRITE) };
    populated != Err(Errno(libc::EFAULT))
}

/// Has the pages of these bytes ready for a store, and returns whether there is room for them.
///
/// # Safety
/// The caller mapped all of these pages.
#[expect(unsafe_code, reason = "see the Safety section")]
pub(crate) unsafe fn make_room(at: NonNull<u8>, len: usize) -> bool {
    let within = at.addr().get() % page_size();
    // SAFETY: the start of the same page.
    let start = unsafe { at.sub(within) };
    // SAFETY: the caller's promise.
    unsafe { populate(start, (within + len).next_multiple_of(page_size())) }
}

/// Returns whether [`populate`] has any effect.
pub(crate) fn can_populate() -> bool {
    let len = page_size();
    let Ok(page) = zeroed(len, false) else { return false };
    // SAFETY: a page of this function's own.
    #[expect(unsafe_code, reason = "see the SAFETY comment")]
    let result = unsafe { advise(page, len, libc::MADV_POPULATE_WRITE) };
    // SAFETY: as above.
    #[expect(unsafe_code, reason = "see the SAFETY comment")]
    unsafe {
        unmap(page, len);
    }
    result.is_ok()
}

/// Has the kernel fill these pages with zeros in forked children, and returns whether it does:
/// kernels before 4.14 do not.
///
/// # Safety
/// The caller mapped all of these bytes.
#[expect(unsafe_code, reason = "see the Safety section")]
pub(crate) unsafe fn wipe_on_fork(at: NonNull<u8>, len: usize) -> bool {
    // SAFETY: the caller's promise.
    unsafe { advise(at, len, libc::MADV_WIPEONFORK) }.is_ok()
}

/// Removes a mapping.
///
/// # Safety
/// The caller mapped all of these bytes, and nobody accesses them any more.
#[expect(unsafe_code, reason = "see the Safety section")]
pub(crate) unsafe fn unmap(at: NonNull<u8>, len: usize) {
    // It fails only if the range is none.
    // SAFETY: the caller's promise.
    unsafe { libc::munmap(at.as_ptr().cast(), len) };
}

/// # Safety
/// With `MAP_FIXED`, the caller mapped what is exchanged, and nobody relies on its values.
#[expect(unsafe_code, reason = "see the Safety section")]
unsafe fn map(
    at: *mut c_void,
    len: usize,
    flags: c_int,
    file: Option<(&File, u64)>,
) -> Result<NonNull<u8>, Errno> {
    let access = libc::PROT_READ | libc::PROT_WRITE;
    let (fd, offset, flags) = match file {
        Some((file, offset)) => (file.as_raw_fd(), offset, flags),
        None => (-1, 0, flags | libc::MAP_ANONYMOUS),
    };
    let offset = offset.try_into().map_err(|_| Errno(libc::EOVERFLOW))?;
    // SAFETY: the caller's promise.
    let mapped = unsafe { libc::mmap64(at, len, access, flags, fd, offset) };
    if mapped == libc::MAP_FAILED {
        return Err(Errno::last());
    }
    NonNull::new(mapped.cast()).ok_or(Errno(libc::ENOMEM))
}

/// # Safety
/// The caller mapped all of these bytes, and allows for what the advice does to them.
#[expect(unsafe_code, reason = "see the Safety section")]
unsafe fn advise(at: NonNull<u8>, len: usize, advice: c_int) -> Result<(), Errno> {
    // SAFETY: the caller's promise.
    Errno::of(unsafe { libc::madvise(at.as_ptr().cast(), len, advice) }).map(drop)
}
