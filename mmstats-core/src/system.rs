//! The system calls that a writer needs and the standard library lacks.
//!
//! A library for them would take as long to build as half of this crate.

use std::ffi::{CString, OsStr, c_int, c_uint};
use std::fs::File;
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd as _};
use std::os::unix::ffi::OsStrExt;
use std::time::Duration;

/// The number of an error, as in `errno(3)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Errno(pub(crate) c_int);

impl Errno {
    pub(crate) fn last() -> Self {
        Self(io::Error::last_os_error().raw_os_error().unwrap_or(0))
    }

    /// Of a call that returns -1 if it fails.
    pub(crate) fn of(result: c_int) -> Result<c_int, Self> {
        if result == -1 { Err(Self::last()) } else { Ok(result) }
    }
}

impl From<Errno> for io::Error {
    fn from(error: Errno) -> Self {
        Self::from_raw_os_error(error.0)
    }
}

/// Where paths that are not absolute begin: at the current directory.
pub(crate) const HERE: BorrowedFd<'static> = {
    // SAFETY: not a descriptor, but what stands for the current directory, for ever.
    #[expect(unsafe_code, reason = "see the SAFETY comment")]
    unsafe {
        BorrowedFd::borrow_raw(libc::AT_FDCWD)
    }
};

/// What a lock is asked for. See `flock(2)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lock {
    /// For this open file alone, or an error.
    Exclusive,
    /// With others that share it, or an error.
    Shared,
    /// No longer.
    Unlock,
}

/// Locks or unlocks an open file, and does not wait.
pub(crate) fn flock(file: impl AsFd, lock: Lock) -> Result<(), Errno> {
    let operation = match lock {
        Lock::Exclusive => libc::LOCK_EX | libc::LOCK_NB,
        Lock::Shared => libc::LOCK_SH | libc::LOCK_NB,
        Lock::Unlock => libc::LOCK_UN,
    };
    // SAFETY: an open descriptor.
    #[expect(unsafe_code, reason = "see the SAFETY comment")]
    let result = unsafe { libc::flock(file.as_fd().as_raw_fd(), operation) };
    Errno::of(result).map(drop)
}

/// Allocates a range of a file, or what `mode` says. See `fallocate(2)`.
pub(crate) fn fallocate(file: impl AsFd, mode: c_int, offset: u64, len: u64) -> Result<(), Errno> {
    let narrow = |value: u64| libc::off64_t::try_from(value).map_err(|_| Errno(libc::EFBIG));
    let (fd, offset, len) = (file.as_fd().as_raw_fd(), narrow(offset)?, narrow(len)?);
    loop {
        // SAFETY: an open descriptor.
        #[expect(unsafe_code, reason = "see the SAFETY comment")]
        let result = unsafe { libc::fallocate64(fd, mode, offset, len) };
        match Errno::of(result) {
            Err(Errno(libc::EINTR)) => {}
            result => return result.map(drop),
        }
    }
}

/// Returns the number of the file system of a file, as in `linux/magic.h`.
pub(crate) fn file_system(file: impl AsFd) -> Result<u32, Errno> {
    // SAFETY: zeros are a valid value.
    #[expect(unsafe_code, reason = "see the SAFETY comment")]
    let mut found: libc::statfs64 = unsafe { std::mem::zeroed() };
    // SAFETY: an open descriptor, and room for the result.
    #[expect(unsafe_code, reason = "see the SAFETY comment")]
    let result = unsafe { libc::fstatfs64(file.as_fd().as_raw_fd(), &raw mut found) };
    Errno::of(result)?;
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a number of 32 bits, in a word whose width and sign depend on the architecture"
    )]
    let number = found.f_type as u32;
    Ok(number)
}

/// Returns the size of a regular file; `None` for anything else.
pub(crate) fn file_size(file: impl AsFd) -> Result<Option<u64>, Errno> {
    // SAFETY: zeros are a valid value.
    #[expect(unsafe_code, reason = "see the SAFETY comment")]
    let mut found: libc::stat64 = unsafe { std::mem::zeroed() };
    // SAFETY: an open descriptor, and room for the result.
    #[expect(unsafe_code, reason = "see the SAFETY comment")]
    let result = unsafe { libc::fstat64(file.as_fd().as_raw_fd(), &raw mut found) };
    Errno::of(result)?;
    let size = u64::try_from(found.st_size).unwrap_or(u64::MAX);
    Ok((found.st_mode & libc::S_IFMT == libc::S_IFREG).then_some(size))
}

/// Adds to the flags of a file, such as `FS_NOCOW_FL`. See `ioctl_iflags(2)`.
pub(crate) fn add_flags(file: impl AsFd, flags: c_uint) -> Result<(), Errno> {
    let fd = file.as_fd().as_raw_fd();
    let mut all: c_uint = 0;
    // SAFETY: an open descriptor, and room for the result: an `int`, whatever the name says.
    #[expect(unsafe_code, reason = "see the SAFETY comment")]
    let result = unsafe { libc::ioctl(fd, libc::FS_IOC_GETFLAGS, &raw mut all) };
    Errno::of(result)?;
    all |= flags;
    // SAFETY: as above.
    #[expect(unsafe_code, reason = "see the SAFETY comment")]
    let result = unsafe { libc::ioctl(fd, libc::FS_IOC_SETFLAGS, &raw const all) };
    Errno::of(result).map(drop)
}

/// Sets the times of access and modification to now.
pub(crate) fn touch(file: impl AsFd) -> Result<(), Errno> {
    let now = libc::timespec { tv_sec: 0, tv_nsec: libc::UTIME_NOW };
    // SAFETY: an open descriptor, and two times.
    #[expect(unsafe_code, reason = "see the SAFETY comment")]
    let result = unsafe { libc::futimens(file.as_fd().as_raw_fd(), [now; 2].as_ptr()) };
    Errno::of(result).map(drop)
}

/// Creates a file in memory. See `memfd_create(2)`.
pub(crate) fn memfd_create(name: &str, flags: c_uint) -> Result<File, Errno> {
    let name = CString::new(name).map_err(|_| Errno(libc::EINVAL))?;
    // SAFETY: a terminated text.
    #[expect(unsafe_code, reason = "see the SAFETY comment")]
    let result = unsafe { libc::memfd_create(name.as_ptr(), flags) };
    let fd = Errno::of(result)?;
    // SAFETY: a new descriptor, of nobody else.
    #[expect(unsafe_code, reason = "see the SAFETY comment")]
    let file = unsafe { File::from_raw_fd(fd) };
    Ok(file)
}

/// Adds seals to a file in memory. See `fcntl(2)`.
pub(crate) fn add_seals(file: impl AsFd, seals: c_int) -> Result<(), Errno> {
    // SAFETY: an open descriptor.
    #[expect(unsafe_code, reason = "see the SAFETY comment")]
    let result = unsafe { libc::fcntl(file.as_fd().as_raw_fd(), libc::F_ADD_SEALS, seals) };
    Errno::of(result).map(drop)
}

/// Renames a file in directories, in the way that `flags` say. See `renameat2(2)`.
pub(crate) fn renameat2(
    (from_in, from): (impl AsFd, &OsStr),
    (to_in, to): (impl AsFd, &OsStr),
    flags: c_uint,
) -> Result<(), Errno> {
    let (from, to) = (c_path(from)?, c_path(to)?);
    let (from_in, to_in) = (from_in.as_fd().as_raw_fd(), to_in.as_fd().as_raw_fd());
    // A system call, since some C libraries lack the function.
    // SAFETY: open descriptors and terminated texts.
    #[expect(unsafe_code, reason = "see the SAFETY comment")]
    let result = unsafe {
        libc::syscall(libc::SYS_renameat2, from_in, from.as_ptr(), to_in, to.as_ptr(), flags)
    };
    if result == -1 { Err(Errno::last()) } else { Ok(()) }
}

/// Gives a file in a directory another name there.
pub(crate) fn linkat(directory: impl AsFd, from: &OsStr, to: &OsStr) -> Result<(), Errno> {
    let (from, to, fd) = (c_path(from)?, c_path(to)?, directory.as_fd().as_raw_fd());
    // SAFETY: an open descriptor and terminated texts.
    #[expect(unsafe_code, reason = "see the SAFETY comment")]
    let result = unsafe { libc::linkat(fd, from.as_ptr(), fd, to.as_ptr(), 0) };
    Errno::of(result).map(drop)
}

/// Removes a name of a file in a directory.
pub(crate) fn unlinkat(directory: impl AsFd, name: &OsStr) -> Result<(), Errno> {
    let (name, fd) = (c_path(name)?, directory.as_fd().as_raw_fd());
    // SAFETY: an open descriptor and a terminated text.
    #[expect(unsafe_code, reason = "see the SAFETY comment")]
    let result = unsafe { libc::unlinkat(fd, name.as_ptr(), 0) };
    Errno::of(result).map(drop)
}

fn c_path(path: &OsStr) -> Result<CString, Errno> {
    CString::new(path.as_bytes()).map_err(|_| Errno(libc::EINVAL))
}

/// Fills a buffer with random bytes, or as much of it as there are.
pub(crate) fn random(buffer: &mut [u8]) {
    // SAFETY: the buffer is writable.
    #[expect(unsafe_code, reason = "see the SAFETY comment")]
    unsafe {
        libc::getrandom(buffer.as_mut_ptr().cast(), buffer.len(), 0);
    }
}

/// Checks that a file may have `len` bytes from an offset on.
///
/// Beyond the limit on the size of files the kernel not only fails a call, it also sends a signal,
/// which is fatal by default.
pub(crate) fn check_size(offset: u64, len: u64) -> Result<(), Errno> {
    let mut limit = libc::rlimit64 { rlim_cur: libc::RLIM64_INFINITY, rlim_max: 0 };
    // SAFETY: room for the result.
    #[expect(unsafe_code, reason = "see the SAFETY comment")]
    unsafe {
        libc::getrlimit64(libc::RLIMIT_FSIZE, &raw mut limit);
    }
    match offset.checked_add(len) {
        Some(end) if end <= limit.rlim_cur => Ok(()),
        _ => Err(Errno(libc::EFBIG)),
    }
}

/// Returns the id of the calling thread.
pub(crate) fn thread_id() -> u32 {
    // SAFETY: no contract.
    #[expect(unsafe_code, reason = "see the SAFETY comment")]
    let tid = unsafe { libc::syscall(libc::SYS_gettid) };
    u32::try_from(tid).unwrap_or(0)
}

/// Returns the effective user and group.
pub(crate) fn user() -> (u32, u32) {
    // SAFETY: no contract.
    #[expect(unsafe_code, reason = "see the SAFETY comment")]
    let user = unsafe { libc::geteuid() };
    // SAFETY: no contract.
    #[expect(unsafe_code, reason = "see the SAFETY comment")]
    let group = unsafe { libc::getegid() };
    (user, group)
}

/// Returns whether a process has this pid, whichever user owns it.
pub(crate) fn process_exists(pid: u32) -> bool {
    let Some(pid) = libc::pid_t::try_from(pid).ok().filter(|pid| *pid > 0) else { return false };
    // SAFETY: no signal is sent.
    #[expect(unsafe_code, reason = "see the SAFETY comment")]
    let result = unsafe { libc::kill(pid, 0) };
    Errno::of(result) != Err(Errno(libc::ESRCH))
}

/// Returns the size of a page of memory.
pub(crate) fn page_size() -> usize {
    system_constant(libc::_SC_PAGESIZE).unwrap_or(4096)
}

/// Returns the number of clock ticks per second in `/proc`.
pub(crate) fn ticks_per_second() -> usize {
    system_constant(libc::_SC_CLK_TCK).unwrap_or(100)
}

fn system_constant(name: c_int) -> Option<usize> {
    // SAFETY: no contract.
    #[expect(unsafe_code, reason = "see the SAFETY comment")]
    let value = unsafe { libc::sysconf(name) };
    usize::try_from(value).ok()
}

/// Returns the time since boot, including suspend.
pub(crate) fn time_since_boot() -> Duration {
    let mut now = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: room for the result. Linux has had this clock since 2.6.39.
    #[expect(unsafe_code, reason = "see the SAFETY comment")]
    unsafe {
        libc::clock_gettime(libc::CLOCK_BOOTTIME, &raw mut now);
    }
    let seconds = u64::try_from(now.tv_sec).unwrap_or(0);
    Duration::new(seconds, now.tv_nsec.try_into().unwrap_or(0))
}
