//! The memory-mapped values of Performance Co-Pilot, through its C library `libpcp_mmv`.
//!
//! The library is loaded at run time if it is installed (Debian's `libpcp-mmv1`). Its counts are
//! not atomic, so only one thread may use each.

use std::error::Error;
use std::ffi::{CStr, c_char, c_int, c_uint, c_void};
use std::fs;
use std::hint::black_box;
use std::path::Path;
use std::ptr::NonNull;

use libloading::{Library, Symbol};

use super::forever;
use crate::measure::{Operation, Rank::Peer};

const LIBRARY: &str = "libpcp_mmv.so.1";

// From `pmapi.h` and `mmv_stats.h`.
const TYPE_U64: c_int = 3;
const TYPE_STRING: c_int = 6;
const TYPE_ELAPSED: c_int = 9;
const SEMANTICS_COUNTER: c_int = 1;
const SEMANTICS_INSTANT: c_int = 3;
const NO_INSTANCES: c_int = -1;

/// The C type `pmUnits`, 32 bits; none of them is set here.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
struct Units(c_uint);

type Registry = unsafe extern "C" fn(*const c_char, c_int, c_uint) -> *mut c_void;
type AddMetric = unsafe extern "C" fn(
    *mut c_void,
    *const c_char,
    c_int,
    c_int,
    c_int,
    Units,
    c_int,
    *const c_char,
    *const c_char,
) -> c_int;
type Start = unsafe extern "C" fn(*mut c_void) -> *mut c_void;
type Lookup = unsafe extern "C" fn(*mut c_void, *const c_char, *const c_char) -> *mut c_void;
type Inc = unsafe extern "C" fn(*mut c_void, *mut c_void);
type IncByName = unsafe extern "C" fn(*mut c_void, *const c_char, *const c_char);
type Set = unsafe extern "C" fn(*mut c_void, *mut c_void, *const c_void);
type SetString = unsafe extern "C" fn(*mut c_void, *mut c_void, *const c_char, c_int);
type IntervalStart =
    unsafe extern "C" fn(*mut c_void, *mut c_void, *const c_char, *const c_char) -> *mut c_void;
type IntervalEnd = unsafe extern "C" fn(*mut c_void, *mut c_void);

/// A file of the library's values.
pub(crate) struct Mmv {
    /// # Invariants
    /// 1. Returned by `mmv_stats_start`, and never unmapped.
    file: NonNull<c_void>,
    /// 2. Never unloaded.
    library: &'static Library,
}

/// A metric's value in the file.
#[derive(Clone, Copy)]
struct Value {
    /// 3. Returned by `mmv_lookup_value_desc` for the file.
    address: NonNull<c_void>,
}

impl Mmv {
    /// Loads the library and creates a file in the directory. Must be called while the process has
    /// one thread only.
    pub(crate) fn load(directory: &Path) -> Result<Self, Box<dyn Error>> {
        fs::create_dir(directory.join("mmv"))?;
        // SAFETY: there is one thread only, so no other one reads the environment meanwhile.
        #[expect(unsafe_code, reason = "the library reads its directory from the environment")]
        unsafe {
            std::env::set_var("PCP_TMP_DIR", directory);
        }
        // SAFETY: the initializers of the library have no preconditions.
        #[expect(unsafe_code, reason = "loads a C library")]
        let library = forever(unsafe { Library::new(LIBRARY)? });

        let registry = symbol::<Registry>(library, "mmv_stats_registry")?;
        // SAFETY: called as `mmv_stats.h` declares it.
        #[expect(unsafe_code, reason = "calls C")]
        let registry = unsafe { registry(c"mmstats-bench".as_ptr(), 0, 0) };
        if registry.is_null() {
            return Err("mmv_stats_registry failed".into());
        }
        let add = symbol::<AddMetric>(library, "mmv_stats_add_metric")?;
        let metrics = [
            (c"done", TYPE_U64, SEMANTICS_COUNTER),
            (c"looked_up", TYPE_U64, SEMANTICS_COUNTER),
            (c"load", TYPE_U64, SEMANTICS_INSTANT),
            (c"user", TYPE_STRING, SEMANTICS_INSTANT),
            (c"request", TYPE_ELAPSED, SEMANTICS_COUNTER),
        ];
        for (item, (name, kind, semantics)) in (1..).zip(metrics) {
            let (name, help) = (name.as_ptr(), c"".as_ptr());
            // SAFETY: called as `mmv_stats.h` declares it, with a registry and static strings.
            #[expect(unsafe_code, reason = "calls C")]
            let failed = unsafe {
                add(registry, name, item, kind, semantics, Units(0), NO_INSTANCES, help, help)
            };
            if failed != 0 {
                return Err("mmv_stats_add_metric failed".into());
            }
        }
        let start = symbol::<Start>(library, "mmv_stats_start")?;
        // SAFETY: called as `mmv_stats.h` declares it, with a registry that has metrics.
        #[expect(unsafe_code, reason = "calls C")]
        let file = unsafe { start(registry) };
        Ok(Self { file: NonNull::new(file).ok_or("mmv_stats_start failed")?, library })
    }

    pub(crate) fn inc(&'static self) -> Option<Operation> {
        let value = self.value(c"done")?;
        let inc = symbol::<Inc>(self.library, "mmv_inc").ok()?;
        let operation = Operation::alone(Peer, "libpcp_mmv mmv_inc", move || {
            // SAFETY: the file and the value are valid by invariants 1 and 3.
            #[expect(unsafe_code, reason = "calls C")]
            unsafe {
                inc(black_box(self.file).as_ptr(), black_box(value).address.as_ptr());
            }
        });
        Some(operation.note("one thread only").counted(move || value.number()))
    }

    pub(crate) fn inc_by_name(&'static self) -> Option<Operation> {
        let value = self.value(c"looked_up")?;
        let inc = symbol::<IncByName>(self.library, "mmv_stats_inc").ok()?;
        let operation = Operation::alone(Peer, "libpcp_mmv mmv_stats_inc", move || {
            let (name, instance) = (black_box(c"looked_up").as_ptr(), c"".as_ptr());
            // SAFETY: the file is valid by invariant 1, and the strings are static.
            #[expect(unsafe_code, reason = "calls C")]
            unsafe {
                inc(black_box(self.file).as_ptr(), name, instance);
            }
        });
        let note = "one thread only; the second of five in its file";
        Some(operation.note(note).counted(move || value.number()))
    }

    pub(crate) fn set(&'static self) -> Option<Operation> {
        let value = self.value(c"load")?;
        let set = symbol::<Set>(self.library, "mmv_set").ok()?;
        Some(Operation::alone(Peer, "libpcp_mmv mmv_set", move || {
            let number = black_box(7_u64);
            // SAFETY: the file and the value are valid by invariants 1 and 3, and the number has
            // the metric's type.
            #[expect(unsafe_code, reason = "calls C")]
            unsafe {
                set(
                    black_box(self.file).as_ptr(),
                    black_box(value).address.as_ptr(),
                    (&raw const number).cast(),
                );
            }
        }))
    }

    pub(crate) fn set_string(&'static self, text: &'static str) -> Option<Operation> {
        let value = self.value(c"user")?;
        let set = symbol::<SetString>(self.library, "mmv_set_string").ok()?;
        let len = c_int::try_from(text.len()).ok()?;
        Some(Operation::alone(Peer, "libpcp_mmv mmv_set_string", move || {
            let text = black_box(text).as_ptr().cast();
            // SAFETY: the file and the value are valid by invariants 1 and 3, and the text has that
            // length.
            #[expect(unsafe_code, reason = "calls C")]
            unsafe {
                set(black_box(self.file).as_ptr(), black_box(value).address.as_ptr(), text, len);
            }
        }))
    }

    pub(crate) fn interval(&'static self) -> Option<Operation> {
        let value = self.value(c"request")?;
        let start = symbol::<IntervalStart>(self.library, "mmv_stats_interval_start").ok()?;
        let end = symbol::<IntervalEnd>(self.library, "mmv_stats_interval_end").ok()?;
        let operation = Operation::alone(Peer, "libpcp_mmv mmv_stats_interval_*", move || {
            let (file, value) = (black_box(self.file).as_ptr(), black_box(value).address.as_ptr());
            let (name, instance) = (c"request".as_ptr(), c"".as_ptr());
            // SAFETY: the file and the value are valid by invariants 1 and 3, and the strings are
            // static.
            #[expect(unsafe_code, reason = "calls C")]
            let interval = unsafe { start(file, value, name, instance) };
            // SAFETY: the file is valid by invariant 1, and `start` returned the interval.
            #[expect(unsafe_code, reason = "calls C")]
            unsafe {
                end(file, interval);
            }
        });
        Some(operation.note("sum, of microseconds; one thread only"))
    }

    fn value(&self, name: &'static CStr) -> Option<Value> {
        let lookup = symbol::<Lookup>(self.library, "mmv_lookup_value_desc").ok()?;
        // SAFETY: the file is valid by invariant 1, and the strings are static.
        #[expect(unsafe_code, reason = "calls C")]
        let address = unsafe { lookup(self.file.as_ptr(), name.as_ptr(), c"".as_ptr()) };
        NonNull::new(address).map(|address| Value { address })
    }
}

impl Value {
    /// Reads the value of a metric that is a number.
    fn number(self) -> u64 {
        // SAFETY: by invariant 3 it points to eight aligned bytes; only this thread writes them.
        #[expect(unsafe_code, reason = "reads what C wrote")]
        unsafe {
            self.address.cast().read_volatile()
        }
    }
}

/// Looks up a function of the library. `T` must be its type as `mmv_stats.h` declares it.
fn symbol<T: Copy + 'static>(
    library: &'static Library,
    name: &str,
) -> Result<T, libloading::Error> {
    // SAFETY: each caller names the type of the function, and the library is never unloaded
    // (invariant 2).
    #[expect(unsafe_code, reason = "looks up a C function")]
    let symbol: Symbol<'static, T> = unsafe { library.get(name)? };
    Ok(*symbol)
}
