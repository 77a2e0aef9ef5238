#![forbid(unsafe_code)]
//! A file that gets its name only when it is complete.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, Read};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use super::name::{Name, Named, is_named};
use super::own_file::OwnFile;
use crate::error::{CreateError, CreateErrorKind};
use crate::format::MAGIC;
use crate::liveness::{self, Seizure};
use crate::naming;
use crate::system::{self, Errno, HERE};

/// The highest number that is added to a name that is taken.
const MAX_NUMBER: u32 = 1000;

/// Retries for a name that is taken: whatever removes a dead file holds its lock for a moment.
const LOCK_TRIES: u32 = 20;
const LOCK_PAUSE: Duration = Duration::from_millis(1);

/// A locked file that does not have its final name yet; deleted when dropped.
pub(super) struct Temporary {
    file: OwnFile,
    path: TemporaryPath,
}

/// Deletes the name when dropped.
struct TemporaryPath(PathBuf);

impl Temporary {
    pub(super) fn create(name: &Name) -> Result<Self, CreateError> {
        let path = name.directory.join(naming::temporary("".as_ref()));
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create_new(true)
            // The kernel clears the umask's bits.
            .mode(name.mode.map_or(0o666, |_| 0o600))
            .custom_flags(libc::O_NOFOLLOW)
            .open(&path);
        let failed = |doing| {
            move |error| CreateError::new(&name.directory, CreateErrorKind::Io { doing, error })
        };
        let file = OwnFile::new(file.map_err(failed("create a file here"))?);
        let temporary = Self { file, path: TemporaryPath(path) };
        if let Some(mode) = name.mode {
            let mode = Permissions::from_mode(mode);
            temporary.file.set_permissions(mode).map_err(failed("set the mode of a file here"))?;
        }
        system::flock(&*temporary.file, system::Lock::Exclusive)
            .map_err(|error| failed("lock a file here")(error.into()))?;
        Ok(temporary)
    }

    pub(super) fn file(&self) -> &File {
        &self.file
    }

    /// Gives the file its name in one step.
    pub(super) fn appear(self, name: &Name) -> Result<Named, CreateError> {
        let last = if name.filename.numbered { MAX_NUMBER } else { 1 };
        for number in 1..=last {
            let path = name.directory.join(numbered(&name.filename.text, number));
            match self.appear_as(&path, name.filename.numbered) {
                Ok(()) => return Ok(Named::new(self.file, path)),
                Err(CreateErrorKind::InUse) if number < last => {}
                Err(kind) => return Err(CreateError::new(path, kind)),
            }
        }
        unreachable!("the last number returns")
    }

    /// Replaces another file that this process keeps locked.
    pub(super) fn replace(self, path: &Path) -> Result<Named, CreateError> {
        let renamed = fs::rename(&self.path.0, path);
        match renamed.map_err(CreateErrorKind::io("replace the previous checkpoint")) {
            Ok(()) => Ok(Named::new(self.file, path.to_owned())),
            Err(kind) => Err(CreateError::new(path, kind)),
        }
    }

    fn appear_as(&self, path: &Path, numbered: bool) -> Result<(), CreateErrorKind> {
        // The file with this name may vanish at any time: then this retries.
        for _ in 0..LOCK_TRIES {
            match self.path.move_to(path) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                result => return result.map_err(CreateErrorKind::io("give the file its name")),
            }
            match open_dead(path) {
                Ok((dead, true)) if is_named(&dead, path) => {
                    // `dead` stays locked until its name is ours, so that no other writer takes it.
                    return fs::rename(&self.path.0, path)
                        .map_err(CreateErrorKind::io("replace an old file"));
                }
                Ok((dead, false)) if is_named(&dead, path) => {
                    if self.path.take_name_of(&dead, path)? {
                        return Ok(());
                    }
                }
                Ok(_) => {}
                // Perhaps only a process that removes it. A numbered name need not wait for that.
                Err(CreateErrorKind::InUse) if !numbered => thread::sleep(LOCK_PAUSE),
                Err(CreateErrorKind::Io { error, .. })
                    if error.kind() == io::ErrorKind::NotFound => {}
                Err(kind) => return Err(kind),
            }
        }
        Err(CreateErrorKind::InUse)
    }
}

impl TemporaryPath {
    /// Renames the file, unless the new name is taken.
    fn move_to(&self, path: &Path) -> io::Result<()> {
        Ok(naming::rename(HERE, &self.0, path)?)
    }

    /// Takes the name of a dead file that is locked by a process that is not its writer, and returns
    /// whether that succeeded: another writer may have taken the name meanwhile, and keeps it.
    fn take_name_of(&self, dead: &File, path: &Path) -> Result<bool, CreateErrorKind> {
        let failed = |error: Errno| CreateErrorKind::io("replace an old file")(error.into());
        let exchange = || {
            let (own, path) = ((HERE, self.0.as_ref()), (HERE, path.as_ref()));
            system::renameat2(own, path, libc::RENAME_EXCHANGE)
        };
        match exchange() {
            Err(Errno(libc::ENOENT)) => return Ok(false),
            result => result.map_err(failed)?,
        }
        if is_named(dead, &self.0) {
            return Ok(true);
        }
        // The file that is now under the temporary name must get its own one back.
        match exchange() {
            Err(Errno(libc::ENOENT)) => self.move_to(path).map_err(|_| CreateErrorKind::InUse)?,
            result => result.map_err(failed)?,
        }
        Ok(false)
    }
}

impl Drop for TemporaryPath {
    fn drop(&mut self) {
        // Already gone if it was renamed.
        let _ = fs::remove_file(&self.0);
    }
}

/// Opens a file that a dead writer left behind, and returns whether it could be locked: anyone who
/// may read it can keep that from succeeding.
fn open_dead(path: &Path) -> Result<(File, bool), CreateErrorKind> {
    let flags = libc::O_NOFOLLOW | libc::O_NONBLOCK;
    let mut file = match OpenOptions::new().read(true).custom_flags(flags).open(path) {
        Err(error) if error.raw_os_error() == Some(libc::ELOOP) => {
            return Err(CreateErrorKind::Symlink);
        }
        // open(2) fails like this on a socket.
        Err(error) if error.raw_os_error() == Some(libc::ENXIO) => {
            return Err(CreateErrorKind::Foreign);
        }
        other => other.map_err(CreateErrorKind::io("open the file with this name"))?,
    };
    let regular = file.metadata().is_ok_and(|found| found.is_file());
    let mut magic = [0; MAGIC.len()];
    if !regular || file.read_exact(&mut magic).is_err() || magic != MAGIC {
        return Err(CreateErrorKind::Foreign);
    }
    match liveness::seize(&file) {
        Ok(Seizure::Locked) => Ok((file, true)),
        Ok(Seizure::Unlocked) => Ok((file, false)),
        Ok(Seizure::Refused) => Err(CreateErrorKind::InUse),
        Err(error) => Err(CreateErrorKind::Io { doing: "lock an old file", error }),
    }
}

/// Returns `web.mmstats`, `web.2.mmstats`, `web.3.mmstats` and so on.
fn numbered(filename: &str, number: u32) -> String {
    match filename.rsplit_once('.') {
        _ if number == 1 => filename.to_owned(),
        Some((stem, extension)) => format!("{stem}.{number}.{extension}"),
        None => format!("{filename}.{number}"),
    }
}
