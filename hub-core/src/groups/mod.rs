//! Groups: what they are called. Who is in them is kept in [`crate::connection`]'s registry, next to the log,
//! because membership and sends have one order.

mod name;

pub use name::{GroupName, MAX_NAME_BYTES, NameError, UserId};
