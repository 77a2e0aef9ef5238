#![forbid(unsafe_code)]
//! The creation of a file as a builder was told, also once more after a fork.

use std::path::PathBuf;

use super::checkpoint::{self, Checkpoint};
use super::name::{Filename, Name};
use super::publish::Published;
use super::template;
use crate::error::{CreateError, CreateErrorKind};
use crate::format::lane::LANE_HEADER_SIZE;
use crate::format::layout::Layout;
use crate::place;
use crate::process;
use crate::schema::Field;
use crate::writer::extent::Extent;
use crate::writer::settings::{Settings, page_size};
use crate::writer::warning::Warning;

impl<S: Field> Settings<S> {
    /// Creates the file in the chosen directory, or in the first default directory where it can be,
    /// and lets `prepare` initialize its first lane.
    pub(in crate::writer) fn publish(
        &self,
        prepare: &dyn Fn(&Extent),
    ) -> Result<(Published, Extent), CreateError> {
        let filename = Filename::from_template(self.file.as_deref())?;
        if self.unnamed {
            return self.publish_in("memfd:".into(), &filename, prepare);
        }
        if let Some(path) = self.directory.clone().or_else(place::path_from_environment) {
            return self.publish_in(template::expand_path(path)?, &filename, prepare);
        }
        let mut failed: Option<CreateError> = None;
        for place in place::default_places() {
            let published = place
                .prepare()
                .and_then(|directory| self.publish_in(directory, &filename, prepare));
            match published {
                Err(error) if error.is_of_directory() => {
                    failed = Some(match failed {
                        Some(first) => first.and(error),
                        None => error,
                    });
                }
                published => {
                    if let Some(error) = failed.filter(CreateError::is_of_unsafe_directory) {
                        self.warn(&Warning::PassedOver(&error));
                    }
                    return published;
                }
            }
        }
        Err(failed.expect("there are default places"))
    }

    fn publish_in(
        &self,
        directory: PathBuf,
        filename: &Filename,
        prepare: &dyn Fn(&Extent),
    ) -> Result<(Published, Extent), CreateError> {
        let (mode, unnamed) = (self.mode, self.unnamed);
        let name = Name { directory, filename: filename.clone(), mode, unnamed };
        let layout = self.layout().map_err(|kind| CreateError::new(name.path(), kind))?;
        let checkpoint = self.checkpoint(&name)?;
        Published::create(&name, &layout, &S::CONTENT, checkpoint, self.remove_on_drop, prepare)
    }

    fn layout(&self) -> Result<Layout, CreateErrorKind> {
        const { assert!(align_of::<S>() <= LANE_HEADER_SIZE, "aligned to at most 64 bytes") };
        let mut layout = Layout::new(&S::CONTENT, &self.prefix, size_of::<S>(), page_size())?;
        layout.header.set_command(self.program.as_deref().unwrap_or(&process::command()));
        Ok(layout)
    }

    /// Returns the checkpoint for a file of this name, if one was requested.
    fn checkpoint(&self, name: &Name) -> Result<Option<Checkpoint>, CreateError> {
        let Some(directory) = self.checkpoint_to.clone().map(template::expand_path).transpose()?
        else {
            return Ok(None);
        };
        if checkpoint::is_same_directory(&directory, &name.directory) {
            return Err(CreateError::new(directory, CreateErrorKind::CheckpointInPlace));
        }
        Ok(Some(Checkpoint::new(Name { directory, unnamed: false, ..name.clone() }, &S::CONTENT)))
    }
}
