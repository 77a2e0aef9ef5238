#![forbid(unsafe_code)]
//! A file in memory without a name, which nobody can truncate.

use std::fs::Permissions;
use std::os::fd::AsRawFd;
use std::os::unix::fs::PermissionsExt;
use std::process;

use super::name::{Name, Named};
use super::own_file::OwnFile;
use crate::error::CreateErrorKind;
use crate::kind::start;
use crate::system::{self, Errno};

/// Creates and locks an empty file. Its name serves only to recognize it in `/proc`.
pub(super) fn create(name: &Name) -> Result<OwnFile, CreateErrorKind> {
    /// The longest name that the kernel takes.
    const MAX_NAME: usize = 249;
    let name_in_proc = start(&name.filename.text, MAX_NAME);
    let create = |flags| {
        system::memfd_create(name_in_proc, libc::MFD_CLOEXEC | libc::MFD_ALLOW_SEALING | flags)
    };
    let file = match create(libc::MFD_NOEXEC_SEAL) {
        // Kernels before 6.3 do not know this flag; later ones may require it.
        Err(Errno(libc::EINVAL)) => create(0),
        created => created,
    }
    .map_err(|error| CreateErrorKind::Io {
        doing: "create a file in memory",
        error: error.into(),
    })?;
    let file = OwnFile::new(file);
    if let Some(mode) = name.mode {
        file.set_permissions(Permissions::from_mode(mode))
            .map_err(CreateErrorKind::io("set the mode of a file in memory"))?;
    }
    system::flock(&*file, system::Lock::Exclusive).map_err(|error| CreateErrorKind::Io {
        doing: "lock a file in memory",
        error: error.into(),
    })?;
    Ok(file)
}

/// Prevents everyone, this process too, from truncating the complete file.
pub(super) fn appear(file: OwnFile) -> Result<Named, CreateErrorKind> {
    // Without the second seal, another process could prevent the file from growing.
    system::add_seals(&*file, libc::F_SEAL_SHRINK | libc::F_SEAL_SEAL).map_err(|error| {
        CreateErrorKind::Io { doing: "seal a file in memory", error: error.into() }
    })?;
    let path = format!("/proc/{}/fd/{}", process::id(), file.as_raw_fd());
    Ok(Named::new(file, path.into()))
}
