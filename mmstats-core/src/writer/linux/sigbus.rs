//! The opt-in guard: memory in place of pages that a file no longer has.

use std::io;
use std::mem::MaybeUninit;
use std::ptr::{self, NonNull};
use std::sync::{Mutex, OnceLock, PoisonError};

use libc::{c_int, c_void, siginfo_t};

use crate::memory;
use crate::writer::registry;

/// What the handler needs, stored before it is installed.
struct Guard {
    /// # Invariants
    /// 1. It is what the kernel returned for SIGBUS: a handler in it takes the arguments that its
    ///    flags say.
    previous: libc::sigaction,
    page: usize,
}

static GUARD: OnceLock<Guard> = OnceLock::new();

/// Lets this process survive if another program truncates one of its files, or if a file system that
/// copies on write is full.
///
/// A store to a page that the file no longer has raises SIGBUS, which kills the process. After this
/// call, a handler puts private memory in the place of such a page, for this process's own statistics
/// only, and the store is repeated. The counts in that page begin at zero again, readers do not see
/// them, and [`flush`](crate::Mapped::flush) returns an error if the file is too short.
///
/// All other SIGBUS go to the handler that the program has installed before; the default is to end the
/// process. A handler that is installed later, and does not call this one, replaces it. A second call
/// has no effect.
///
/// It is not needed if only this user may write to the file, which is the default, and nobody does so;
/// [`Builder::unnamed`](crate::Builder::unnamed) and memory file systems need it even less.
///
/// # Errors
/// If the system does not accept the handler.
///
/// # Examples
/// ```
/// use mmstats::{Counter, MmStats, guard_against_truncation};
///
/// #[derive(MmStats)]
/// struct Job {
///     done: Counter,
/// }
///
/// # let directory = tempfile::tempdir()?;
/// guard_against_truncation()?;
/// let job = Job::builder().directory(&directory).create()?;
/// std::fs::File::create(job.path().ok_or("no file")?)?; // truncates it
/// job.done.inc();
/// assert_eq!(job.total(|job| &job.done), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn guard_against_truncation() -> io::Result<()> {
    static INSTALLED: Mutex<bool> = Mutex::new(false);
    let mut installed = INSTALLED.lock().unwrap_or_else(PoisonError::into_inner);
    if *installed {
        return Ok(());
    }
    let previous = exchange(None)?;
    let guard = GUARD.get_or_init(|| Guard { previous, page: memory::page_size() });
    let mut action = guard.previous;
    action.sa_sigaction = handle as *const () as usize;
    // The stack of the thread may be what is missing.
    action.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK | action.sa_flags & libc::SA_RESTART;
    exchange(Some(&action))?;
    *installed = true;
    Ok(())
}

/// Returns the action for SIGBUS, and replaces it if there is a new one.
fn exchange(new: Option<&libc::sigaction>) -> io::Result<libc::sigaction> {
    let mut old = MaybeUninit::<libc::sigaction>::zeroed();
    // SAFETY: both point to actions, or the first one is null; a handler in the new one takes the
    // arguments of SA_SIGINFO, or is the default.
    #[expect(unsafe_code, reason = "see the SAFETY comment")]
    let result = unsafe {
        libc::sigaction(libc::SIGBUS, new.map_or(ptr::null(), ptr::from_ref), old.as_mut_ptr())
    };
    if result != 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: zeros are an action, and the kernel has stored one.
    #[expect(unsafe_code, reason = "see the SAFETY comment")]
    Ok(unsafe { old.assume_init() })
}

/// Handles SIGBUS. It takes no lock; it changes `errno` only if it cannot help.
extern "C" fn handle(signal: c_int, info: *mut siginfo_t, context: *mut c_void) {
    // Stored before this handler was installed.
    let Some(guard) = GUARD.get() else { return };
    // SAFETY: the kernel passes the information on the signal to a handler with SA_SIGINFO.
    #[expect(unsafe_code, reason = "see the SAFETY comment")]
    let known = unsafe { &*info };
    let code = known.si_code;
    if code == libc::BUS_ADRERR {
        // SAFETY: a signal with this code has an address.
        #[expect(unsafe_code, reason = "see the SAFETY comment")]
        let address = unsafe { known.si_addr() };
        let mut is_own = false;
        registry::visit(|lanes| is_own |= lanes.contain(address.addr()));
        if is_own && replace_page(address, guard.page) {
            return;
        }
    }
    pass_on(&guard.previous, signal, code, info, context);
}

/// Maps private memory over the page of this address, which belongs to a lane.
fn replace_page(address: *mut c_void, page: usize) -> bool {
    let page_start = address.cast::<u8>().map_addr(|address| address & !(page - 1));
    let Some(page_start) = NonNull::new(page_start) else { return false };
    // SAFETY: the page is one of a lane (see `Lanes::contain`), whose bytes may have any value. It stays mapped:
    // the access that was interrupted needs a reference to the lane (`Extent`, invariant 1).
    #[expect(unsafe_code, reason = "see the SAFETY comment")]
    unsafe {
        memory::exchange_for_zeros(page_start, page)
    }
}

/// Does what the previous action would have done.
fn pass_on(
    previous: &libc::sigaction,
    signal: c_int,
    code: c_int,
    info: *mut siginfo_t,
    context: *mut c_void,
) {
    // The kernel raised it, for an instruction that is repeated when the handler returns.
    let is_fault = code > 0;
    match previous.sa_sigaction {
        // The kernel does not let a process ignore a fault.
        libc::SIG_IGN if !is_fault => {}
        libc::SIG_IGN | libc::SIG_DFL => {
            // SAFETY: the default action needs no handler.
            #[expect(unsafe_code, reason = "see the SAFETY comment")]
            unsafe {
                libc::signal(signal, libc::SIG_DFL);
            }
            if !is_fault {
                // It is delivered when the handler returns.
                // SAFETY: it has no preconditions.
                #[expect(unsafe_code, reason = "see the SAFETY comment")]
                unsafe {
                    libc::raise(signal);
                }
            }
        }
        handler if previous.sa_flags & libc::SA_SIGINFO != 0 => {
            // SAFETY: a handler with this flag has this type (invariant 1).
            #[expect(unsafe_code, reason = "see the SAFETY comment")]
            let handler = unsafe {
                std::mem::transmute::<usize, extern "C" fn(c_int, *mut siginfo_t, *mut c_void)>(
                    handler,
                )
            };
            handler(signal, info, context);
        }
        handler => {
            // SAFETY: a handler without that flag has this type (invariant 1).
            #[expect(unsafe_code, reason = "see the SAFETY comment")]
            let handler = unsafe { std::mem::transmute::<usize, extern "C" fn(c_int)>(handler) };
            handler(signal);
        }
    }
}
