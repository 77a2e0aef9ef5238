#![forbid(unsafe_code)]
//! Watches a file for what the kernel reports.

use std::fs::File;
use std::mem::MaybeUninit;
use std::os::fd::{AsRawFd as _, OwnedFd};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::inotify::{self, CreateFlags, WatchFlags};

pub(in crate::reader) struct Watch(OwnedFd);

impl Watch {
    /// Watches an open file, even if its name leads to another one.
    pub(in crate::reader) fn of(file: &File) -> Option<Self> {
        let watch = inotify::init(CreateFlags::CLOEXEC | CreateFlags::NONBLOCK).ok()?;
        let path = format!("/proc/self/fd/{}", file.as_raw_fd());
        let events = WatchFlags::ATTRIB | WatchFlags::CLOSE_WRITE | WatchFlags::MODIFY;
        inotify::add_watch(&watch, path, events).ok()?;
        Some(Self(watch))
    }

    /// Waits until something is reported, or for this long.
    pub(in crate::reader) fn wait(&self, pause: Duration) {
        let pause = Timespec::try_from(pause).ok();
        // A failure is a look too early.
        let _ = poll(&mut [PollFd::new(&self.0, PollFlags::IN)], pause.as_ref());
        let mut events = [MaybeUninit::uninit(); 1024];
        let mut events = inotify::Reader::new(&self.0, &mut events);
        while events.next().is_ok() {}
    }
}
