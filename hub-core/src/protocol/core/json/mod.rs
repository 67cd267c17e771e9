//! Messages in JSON (section 3.4).

mod list;
mod members;
mod read;
mod write;

pub(super) use list::{list, split_first, text};
pub(super) use members::{Members, kind, object_members};
pub(super) use read::read;
pub(super) use write::write;
