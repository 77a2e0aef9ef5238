#![forbid(unsafe_code)]
//! Creates a file that appears complete, locked and live, or not at all.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering::{Relaxed, Release};
use std::sync::atomic::{AtomicBool, fence};

use super::checkpoint::Checkpoint;
use super::declarations::Declarations;
use super::memfd;
use super::name::{Name, Named};
use super::own_file::OwnFile;
use super::room;
use super::temporary::Temporary;
use super::vitals::{self, Vitals};
use crate::clock;
use crate::error::{CreateError, CreateErrorKind};
use crate::format::header::{Header, StateWord};
use crate::format::lane::LaneState;
use crate::format::layout::Layout;
use crate::format::{Bytes as _, FieldRecord, U32, U64};
use crate::liveness;
use crate::memory;
use crate::process::{self, Identity};
use crate::schema::Content;
use crate::system;
use crate::writer::extent::{Extent, usize_of};
use crate::writer::parts::Parts;

/// The number of lanes of a new file.
const FIRST_LANES: u64 = 1;

/// A file with all of its sections, which its writer keeps locked.
#[derive(Debug)]
pub(in crate::writer) struct Published {
    named: Named,
    vitals: Vitals,
    /// Whether it was extended again after that.
    truncated: AtomicBool,
    lanes_offset: u64,
    lane_stride: u64,
    /// What is reserved of a lane when it is made.
    parts: Parts,
    declarations: Option<Declarations>,
    checkpoint: Option<Checkpoint>,
    remove_on_drop: bool,
}

impl Published {
    /// Builds the file, lets `prepare` initialize its first lane, and then gives it its name.
    pub(super) fn create(
        name: &Name,
        layout: &Layout,
        content: &'static Content,
        checkpoint: Option<Checkpoint>,
        remove_on_drop: bool,
        prepare: &dyn Fn(&Extent),
    ) -> Result<(Self, Extent), CreateError> {
        let at = |kind| CreateError::new(name.path(), kind);
        let draft = Draft::create(name)?;
        let file = draft.file();
        room::store_in_place(file);
        let mut header = signed(layout.header.clone());
        let inspect_error = |error| at(CreateErrorKind::Io { doing: "inspect the file", error });
        liveness::record_place(&mut header, file).map_err(inspect_error)?;
        let (lanes_offset, lane_stride) = (header.lanes_offset.get(), header.lane_stride.get());
        let len = usize_of(lane_stride).map_err(inspect_error)?;
        let parts = if room::can_be_made_later(file) {
            Parts::of(content, len, memory::page_size())
        } else {
            Parts::whole(len)
        };
        fill(file, &header, layout, &parts).map_err(at)?;
        let lane = Extent::of_file(file, lanes_offset, len, &parts)
            .map_err(|error| at(CreateErrorKind::Io { doing: "map the file", error }))?;
        prepare(&lane);
        lane.lane_words().state.store(LaneState::Free.code(), Relaxed);
        // The last store.
        vitals::set_state(file, StateWord::Live)
            .map_err(|error| at(CreateErrorKind::Io { doing: "write the header", error }))?;
        let named = draft.appear(name)?;
        let truncated = AtomicBool::new(false);
        let file = Self {
            named,
            vitals: Vitals::new(FIRST_LANES),
            truncated,
            lanes_offset,
            lane_stride,
            parts,
            declarations: layout.extension.clone().map(Declarations::new),
            checkpoint,
            remove_on_drop,
        };
        Ok((file, lane))
    }

    pub(in crate::writer) fn path(&self) -> &Path {
        self.named.path()
    }

    /// Allocates and maps the lane at `index`.
    pub(in crate::writer) fn lane(&self, index: usize) -> io::Result<Extent> {
        let offset = self.lanes_offset + index as u64 * self.lane_stride;
        let file = self.named.file();
        reserve(file, offset, &self.parts)?;
        Extent::of_file(file, offset, usize_of(self.lane_stride)?, &self.parts)
    }

    /// Has readers look at the lane at `index`.
    pub(in crate::writer) fn add_lane(&self, index: usize) {
        fence(Release); // what was stored to the lane is visible to a reader that knows of it
        self.vitals.has_lanes(self.named.file(), index as u64 + 1);
    }

    /// Describes a statistic that was declared at run time, by a record and texts. One thread at a time does
    /// so.
    pub(in crate::writer) fn declare(
        &self,
        record: impl FnOnce(u64) -> FieldRecord,
        texts: &[u8],
    ) -> io::Result<()> {
        match &self.declarations {
            Some(declarations) => declarations.add(self.named.file(), record, texts),
            None => Err(io::ErrorKind::Unsupported.into()),
        }
    }

    /// Counts a lane that is not in the file.
    pub(in crate::writer) fn lose_lane(&self) {
        self.vitals.lost_lane(self.named.file());
    }

    /// Counts one less of these, which is in the file now.
    pub(in crate::writer) fn find_lane(&self) {
        self.vitals.found_lane(self.named.file());
    }

    /// Makes all lanes accessible again if the file was truncated. Their contents are lost.
    ///
    /// Another truncation, or a full file system, can still raise SIGBUS.
    pub(in crate::writer) fn restore_len(&self) {
        if self.is_short() {
            self.truncated.store(true, Relaxed);
            // The last byte alone: what is reserved never shrinks a file that another thread extends.
            let _ = room::reserve(self.named.file(), self.len() - 1, 1);
        }
    }

    fn is_short(&self) -> bool {
        self.named.file().metadata().is_ok_and(|found| found.len() < self.len())
    }

    fn len(&self) -> u64 {
        self.lanes_offset + self.vitals.lanes() * self.lane_stride
    }

    /// Returns the path of the latest copy on the disk.
    pub(in crate::writer) fn checkpoint_path(&self) -> Option<PathBuf> {
        self.checkpoint.as_ref()?.path()
    }

    /// Copies the file to the disk if it has a checkpoint, and returns whether it has.
    pub(in crate::writer) fn checkpoint(&self) -> Result<bool, CreateError> {
        match &self.checkpoint {
            Some(checkpoint) if !self.named.is_removed() => {
                checkpoint.take(self.named.file())?;
                Ok(true)
            }
            _ => Ok(false),
        }
    }

    /// Records the time of a flush. Fails if the file was truncated.
    pub(in crate::writer) fn stamp_flush(&self) -> io::Result<()> {
        if self.is_short() || self.truncated.load(Relaxed) {
            let truncated = "it was truncated: remove it and restart this program";
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, truncated));
        }
        vitals::stamp_flush(self.named.file())
    }

    /// Sets the time of modification, which the kernel reports to those who watch the file.
    pub(in crate::writer) fn notify(&self) {
        // If it fails, they notice a little later.
        let _ = system::touch(self.named.file());
    }

    /// Waits until all lanes, whichever thread wrote to them, are on the disk.
    pub(in crate::writer) fn sync(&self) -> io::Result<()> {
        let file = self.named.file();
        room::unshare(file, self.len()).and_then(|()| file.sync_data())
    }

    /// Deletes the file and its checkpoint, unless their names now belong to other files.
    pub(in crate::writer) fn remove(&self) -> io::Result<()> {
        let removed = self.named.remove();
        self.checkpoint.as_ref().map_or(Ok(()), Checkpoint::remove).and(removed)
    }

    /// Records how the writer ended. A file that was truncated does not tell.
    pub(in crate::writer) fn end(&self, state: StateWord) {
        let file = self.named.file();
        let _ = vitals::stamp_flush(file);
        let _ = vitals::set_state(file, state);
    }

    /// Removes the file or makes a last checkpoint, once the writer has ended.
    ///
    /// Ignores failures, which cannot be reported at this point. Callers that need the result call
    /// `flush` first.
    pub(in crate::writer) fn leave(&self) {
        if self.remove_on_drop {
            let _ = self.remove();
        } else {
            let _ = self.checkpoint();
        }
    }
}

/// A locked file that nobody can find yet.
enum Draft {
    OnPath(Temporary),
    Unnamed(OwnFile),
}

impl Draft {
    fn create(name: &Name) -> Result<Self, CreateError> {
        if !name.unnamed {
            return Temporary::create(name).map(Self::OnPath);
        }
        memfd::create(name).map(Self::Unnamed).map_err(|kind| CreateError::new(name.path(), kind))
    }

    fn file(&self) -> &File {
        match self {
            Self::OnPath(temporary) => temporary.file(),
            Self::Unnamed(file) => file,
        }
    }

    fn appear(self, name: &Name) -> Result<Named, CreateError> {
        match self {
            Self::OnPath(temporary) => temporary.appear(name),
            Self::Unnamed(file) => {
                memfd::appear(file).map_err(|kind| CreateError::new(name.path(), kind))
            }
        }
    }
}

/// Allocates these parts of a lane.
fn reserve(file: &File, lane: u64, parts: &Parts) -> io::Result<()> {
    parts
        .iter()
        .try_for_each(|part| room::reserve(file, lane + part.start as u64, part.len() as u64))
}

/// Allocates the first lane and all before it, and writes the header and the schema.
fn fill(
    file: &File,
    header: &Header,
    layout: &Layout,
    parts: &Parts,
) -> Result<(), CreateErrorKind> {
    let lanes = header.lanes_offset.get();
    // What is declared at run time is written by system calls, which say whether there is room.
    let end = match &layout.extension {
        Some(extension) => extension.records_offset.get(),
        None => lanes,
    };
    let needed = end + parts.iter().map(|part| part.len() as u64).sum::<u64>();
    let reserved = room::reserve(file, 0, end).and_then(|()| reserve(file, lanes, parts));
    reserved.map_err(|error| match error.raw_os_error() {
        Some(libc::ENOSPC | libc::EDQUOT) => CreateErrorKind::NoSpace { needed, error },
        _ => CreateErrorKind::Io { doing: "allocate the file", error },
    })?;
    room::write_at(file, &header.to_bytes(), 0).map_err(CreateErrorKind::io("write the header"))?;
    if let Some(extension) = &layout.extension {
        let at = header.extension_offset.get();
        room::write_at(file, &extension.to_bytes(), at)
            .map_err(CreateErrorKind::io("write the schema"))?;
    }
    room::write_at(file, &layout.schema, header.records_offset.get())
        .map_err(CreateErrorKind::io("write the schema"))
}

/// Adds the writer's identity and the time to the header.
fn signed(mut header: Header) -> Header {
    let own = Identity::own();
    let (uid, gid) = process::user();
    // If it fails, the file id is 0.
    system::random(&mut header.file_id);
    header.created_realtime_ns = U64::new(clock::realtime_ns());
    header.created_boottime_ns = U64::new(clock::boottime_ns());
    header.pid = U32::new(own.pid);
    header.tid = U32::new(process::tid());
    header.process_start_ticks = U64::new(own.start_ticks);
    header.pid_namespace = U64::new(own.pid_namespace);
    header.boot_id = own.boot_id;
    header.uid = U32::new(uid);
    header.gid = U32::new(gid);
    let (clock_ns, boottime_ns) = clock::anchor();
    header.vitals.lanes = U64::new(FIRST_LANES);
    header.vitals.anchor_clock_ns = U64::new(clock_ns);
    header.vitals.anchor_boottime_ns = U64::new(boottime_ns);
    header
}
