//! A growable file that is mapped into memory and shared with other processes.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::ptr::NonNull;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::atomic::{
    AtomicI8, AtomicI16, AtomicI32, AtomicI64, AtomicU8, AtomicU16, AtomicU32, AtomicU64,
};

use zerocopy::{FromBytes, Immutable, IntoBytes};

use crate::memory;
use crate::system::{self, Errno};

/// A file that is mapped into memory, shared with all who map it, and can grow: for what the kinds of
/// statistics do not cover.
///
/// It is read and written like a file ([`Read`], [`Write`], [`Seek`], [`read_at`](Self::read_at)), by
/// value ([`get`](Self::get), [`set`](Self::set)), and by reference to atomics
/// ([`view`](Self::view)). Its size is a multiple of the page's.
///
/// # Examples
/// ```
/// use mmstats::MemoryMap;
/// use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
///
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("shared");
/// let (mut map, mut other) = (MemoryMap::open(&path)?, MemoryMap::open(&path)?);
/// map.view::<AtomicU64>(8).ok_or("no room")?.store(7, Relaxed);
/// assert_eq!(other.get::<u64>(8), Some(7)); // usually in another process
///
/// let end = map.len();
/// map.grow(end + 1)?;
/// assert_eq!(map.len(), 2 * end);
/// assert!(map.set(end, &[1_u32, 2]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Growing
/// A mapping that grows may move. The original library kept pointers into its mapping and crashed
/// when it had moved; so [`grow`](Self::grow) takes `&mut self`, and the compiler refuses a view that
/// would dangle:
/// ```compile_fail,E0499
/// # use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
/// # fn grow(mut map: mmstats::MemoryMap) -> std::io::Result<()> {
/// let count = map.view::<AtomicU64>(0).unwrap();
/// map.grow(1 << 20)?; // error[E0499]: cannot borrow `map` as mutable more than once
/// count.store(1, Relaxed);
/// # Ok(())
/// # }
/// ```
///
/// # Why there is no `&[u8]`
/// Other processes can write to the file at any time. The compiler may assume that nothing behind a
/// `&u8` or a `&u64` changes, so such references would be undefined behaviour, without any `unsafe`
/// of the caller. Views are therefore of atomics, and everything else is copied, by atomic loads of
/// bytes, while no view exists: in Rust, atomics of several widths must not overlap. A copy that another process writes meanwhile may be a mixture: what has to be consistent
/// is one atomic, or needs a protocol.
///
/// # Truncation
/// Whoever may write to the file can truncate it, and then an access raises SIGBUS, as for every
/// mapping. Keep the right to write to yourself; a reader in another process can use `File`.
#[derive(Debug)]
pub struct MemoryMap {
    /// # Invariants
    /// 1. It is replaced only by `grow`, through `&mut self`, so that no reference into it outlives it.
    /// 2. Rust code accesses the bytes only as atomics, and of several widths only while `self` is
    ///    borrowed mutably.
    map: Mapping,
    file: File,
    position: u64,
}

/// All bytes of a file, mapped until it is dropped.
#[derive(Debug)]
struct Mapping {
    /// # Invariants
    /// 1. `len` bytes from here are mapped, readable and writable, and belong to `self`.
    base: NonNull<u8>,
    len: usize,
}

// SAFETY: the mapping belongs to `self`, whichever thread has it.
#[expect(unsafe_code, reason = "see the SAFETY comment")]
unsafe impl Send for Mapping {}
// SAFETY: what is behind a shared reference is accessed as atomics of one width.
#[expect(unsafe_code, reason = "see the SAFETY comment")]
unsafe impl Sync for Mapping {}

impl Mapping {
    fn new(file: &File, len: u64) -> io::Result<Self> {
        let len = usize::try_from(len).map_err(|_| Errno(libc::EFBIG))?;
        Ok(Self { base: memory::of_file(file, 0, len)?, len })
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        // SAFETY: it belongs to `self` (invariant 1), and nobody has a reference into it.
        #[expect(unsafe_code, reason = "see the SAFETY comment")]
        unsafe {
            memory::unmap(self.base, self.len);
        }
    }
}

/// A type whose values other processes may change at any time: atomics, and arrays of them.
///
/// # Safety
/// All of its memory is atomics, and any bytes are a valid value.
#[expect(unsafe_code, reason = "the contract of the views")]
pub unsafe trait Shareable: FromBytes + Sync {}

macro_rules! shareable {
    ($($atomic:ty),*) => {$(
        // SAFETY: an atomic, of an integer.
        #[expect(unsafe_code, reason = "see the SAFETY comment")]
        unsafe impl Shareable for $atomic {}
    )*};
}

shareable!(AtomicI8, AtomicI16, AtomicI32, AtomicI64, AtomicU8, AtomicU16, AtomicU32, AtomicU64);

// SAFETY: these, one behind the other.
#[expect(unsafe_code, reason = "see the SAFETY comment")]
unsafe impl<T: Shareable, const N: usize> Shareable for [T; N] {}

impl MemoryMap {
    /// Opens or creates a file, makes it at least a page long, and maps it.
    ///
    /// # Errors
    /// If it cannot be opened for reading and writing, extended or mapped.
    pub fn open(path: impl AsRef<Path>) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        let file = options.read(true).write(true).create(true).truncate(false).open(path)?;
        let len = file.metadata()?.len().max(1);
        let map = Self::map(&file, len)?;
        Ok(Self { map, file, position: 0 })
    }

    /// Makes the file at least `len` bytes long, rounded up to whole pages, and maps all of it,
    /// perhaps elsewhere. New bytes are 0. It never becomes shorter.
    ///
    /// # Errors
    /// If there is no space, or the file cannot be mapped: the mapping is then as it was.
    pub fn grow(&mut self, len: u64) -> io::Result<()> {
        if len > self.len() {
            self.map = Self::map(&self.file, len)?;
        }
        Ok(())
    }

    fn map(file: &File, len: u64) -> io::Result<Mapping> {
        let page = memory::page_size() as u64;
        let len = len.checked_next_multiple_of(page).ok_or(Errno(libc::EFBIG))?;
        system::check_size(0, len)?;
        // Allocated rather than extended, so that a full disk is an error here and no SIGBUS later.
        match system::fallocate(file, 0, 0, len) {
            Err(Errno(libc::EOPNOTSUPP)) if file.metadata()?.len() < len => file.set_len(len)?,
            Ok(()) | Err(Errno(libc::EOPNOTSUPP)) => {}
            Err(error) => return Err(error.into()),
        }
        Mapping::new(file, file.metadata()?.len())
    }

    /// Returns the size that is mapped.
    pub fn len(&self) -> u64 {
        self.map.len as u64
    }

    /// Returns false: it has at least a page.
    pub fn is_empty(&self) -> bool {
        false
    }

    /// Returns the atomics at an offset; `None` if they are not inside the file, or not aligned.
    ///
    /// There is one view at a time, since views of several widths must not overlap: take a
    /// [`slice`](Self::slice) for more than one atomic.
    pub fn view<T: Shareable>(&mut self, offset: u64) -> Option<&T> {
        self.slice(offset, 1)?.first()
    }

    /// Returns `count` atomics from an offset on; `None` if they are not inside the file, or not
    /// aligned.
    pub fn slice<T: Shareable>(&mut self, offset: u64, count: usize) -> Option<&[T]> {
        let offset = usize::try_from(offset).ok()?;
        let end = size_of::<T>().checked_mul(count)?.checked_add(offset)?;
        let start = self.map.base.as_ptr().wrapping_add(offset).cast_const().cast::<T>();
        if end > self.map.len || !start.is_aligned() {
            return None;
        }
        // SAFETY: these bytes are mapped for as long as `self` is borrowed, and they
        // are aligned, as checked above (invariant 1, of `Mapping` too). `Shareable`: any bytes are valid, and may change.
        #[expect(unsafe_code, reason = "a view of mapped memory")]
        let slice = unsafe { std::slice::from_raw_parts(start, count) };
        Some(slice)
    }

    /// Copies bytes from an offset on, and returns how many there were.
    pub fn read_at(&mut self, buffer: &mut [u8], offset: u64) -> usize {
        let bytes = self.bytes(offset, buffer.len());
        for (to, from) in buffer.iter_mut().zip(bytes) {
            *to = from.load(Relaxed);
        }
        bytes.len()
    }

    /// Copies bytes to an offset, and returns for how many there was room.
    pub fn write_at(&mut self, buffer: &[u8], offset: u64) -> usize {
        let bytes = self.bytes(offset, buffer.len());
        for (to, from) in bytes.iter().zip(buffer) {
            to.store(*from, Relaxed);
        }
        bytes.len()
    }

    /// Returns a copy of the value at an offset, which need not be aligned; `None` if it is not
    /// inside the file.
    pub fn get<T: FromBytes + IntoBytes>(&mut self, offset: u64) -> Option<T> {
        let mut value = T::new_zeroed();
        let read = self.read_at(value.as_mut_bytes(), offset);
        (read == size_of::<T>()).then_some(value)
    }

    /// Copies a value to an offset, which need not be aligned; returns false, and does nothing, if
    /// it would not be inside the file.
    #[must_use = "false means that there is no room"]
    pub fn set<T: IntoBytes + Immutable>(&mut self, offset: u64, value: &T) -> bool {
        let has_room = self.bytes(offset, size_of::<T>()).len() == size_of::<T>();
        if has_room {
            self.write_at(value.as_bytes(), offset);
        }
        has_room
    }

    /// Returns up to `len` bytes from an offset on.
    fn bytes(&mut self, offset: u64, len: usize) -> &[AtomicU8] {
        let left = usize::try_from(self.len().saturating_sub(offset)).unwrap_or(usize::MAX);
        self.slice(offset, len.min(left)).unwrap_or_default()
    }
}

impl Read for MemoryMap {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.read_at(buffer, self.position);
        self.position += read as u64;
        Ok(read)
    }
}

/// Grows the file where that is needed.
impl Write for MemoryMap {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        let end = self.position.checked_add(buffer.len() as u64).ok_or(Errno(libc::EFBIG))?;
        self.grow(end)?;
        let written = self.write_at(buffer, self.position);
        self.position += written as u64;
        Ok(written)
    }

    /// Does nothing: others see each store at once.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Seek for MemoryMap {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let position = match to {
            SeekFrom::Start(position) => Some(position),
            SeekFrom::Current(by) => self.position.checked_add_signed(by),
            SeekFrom::End(by) => self.len().checked_add_signed(by),
        };
        self.position = position.ok_or(Errno(libc::EINVAL))?;
        Ok(self.position)
    }
}
