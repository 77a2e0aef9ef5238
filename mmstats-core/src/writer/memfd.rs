#![forbid(unsafe_code)]
//! A file in memory without a name, which nobody can truncate.

use std::fs::{File, Permissions};
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::fs::PermissionsExt;
use std::process;

use rustix::fs::{FlockOperation, MemfdFlags, SealFlags};
use rustix::io::Errno;

use super::name::{Name, Named};
use super::own_file::OwnFile;
use crate::error::CreateErrorKind;
use crate::kind::start;

/// Creates and locks an empty file. Its name serves only to recognize it in `/proc`.
pub(super) fn create(name: &Name) -> Result<OwnFile, CreateErrorKind> {
    /// The longest name that the kernel takes.
    const MAX_NAME: usize = 249;
    let name_in_proc = start(&name.filename.text, MAX_NAME);
    let create = |flags| {
        let flags = MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING | flags;
        rustix::fs::memfd_create(name_in_proc, flags)
    };
    let file: OwnedFd = match create(MemfdFlags::NOEXEC_SEAL) {
        // Kernels before 6.3 do not know this flag; later ones may require it.
        Err(Errno::INVAL) => create(MemfdFlags::empty()),
        created => created,
    }
    .map_err(|error| CreateErrorKind::Io {
        doing: "create a file in memory",
        error: error.into(),
    })?;
    let file = OwnFile::new(File::from(file));
    if let Some(mode) = name.mode {
        file.set_permissions(Permissions::from_mode(mode))
            .map_err(CreateErrorKind::io("set the mode of a file in memory"))?;
    }
    rustix::fs::flock(&*file, FlockOperation::NonBlockingLockExclusive).map_err(|error| {
        CreateErrorKind::Io { doing: "lock a file in memory", error: error.into() }
    })?;
    Ok(file)
}

/// Prevents everyone, this process too, from truncating the complete file.
pub(super) fn appear(file: OwnFile) -> Result<Named, CreateErrorKind> {
    // Without the second seal, another process could prevent the file from growing.
    rustix::fs::fcntl_add_seals(&*file, SealFlags::SHRINK | SealFlags::SEAL).map_err(|error| {
        CreateErrorKind::Io { doing: "seal a file in memory", error: error.into() }
    })?;
    let path = format!("/proc/{}/fd/{}", process::id(), file.as_raw_fd());
    Ok(Named::new(file, path.into()))
}
