//! What a store of memberships is.

use std::{borrow::Cow, error::Error, fmt, pin::Pin, sync::Arc, time::Duration};

use hub_core::{GroupName, UserId};

/// What the methods of a store return.
pub type StoreFuture<'a, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'a>>;

/// Keeps which groups a user is in.
///
/// Names are 1 to 256 bytes of any UTF-8, told apart byte for byte. What a store cannot hold it refuses with [`StoreError::Name`] before it
/// writes anything, and such a user or group simply has no memberships when it is asked for. The methods may be called at the same time from
/// anywhere, and dropped at any point: a write that was dropped has happened or not, never in part.
///
/// [`contract`](crate::contract) is a suite of tests for a store of one's own.
pub trait MembershipStore: fmt::Debug + Send + Sync + 'static {
    /// The groups of a user, each once, in any order; none for a user that nobody has heard of.
    fn groups_of<'a>(&'a self, user: &'a UserId) -> StoreFuture<'a, Vec<GroupName>>;

    /// Makes a user a member. Once more is no change.
    fn add<'a>(&'a self, user: &'a UserId, group: &'a GroupName) -> StoreFuture<'a, ()>;

    /// Ends a membership. A stranger's is no change.
    fn remove<'a>(&'a self, user: &'a UserId, group: &'a GroupName) -> StoreFuture<'a, ()>;

    /// The groups of many users: as many answers as users, in their order. What many clients that come back at once are looked up
    /// with; a store that can should take one round trip for it.
    fn groups_of_many<'a>(&'a self, users: &'a [UserId]) -> StoreFuture<'a, Vec<Vec<GroupName>>> {
        Box::pin(async move {
            let mut answers = Vec::with_capacity(users.len());
            for user in users {
                answers.push(self.groups_of(user).await?);
            }
            Ok(answers)
        })
    }
}

/// Keeps which groups there are, whoever is in them: for an application where a group is made before anybody can be in it.
pub trait GroupDirectory: fmt::Debug + Send + Sync + 'static {
    /// Makes a group known. Once more is no change.
    fn create<'a>(&'a self, group: &'a GroupName) -> StoreFuture<'a, ()>;

    /// Whether a group is known. Some stores take one that a user was added to for known as well.
    fn is_known<'a>(&'a self, group: &'a GroupName) -> StoreFuture<'a, bool>;
}

/// Why a store did not do what it was asked.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The store cannot hold this name. Nothing was written.
    #[error("the store cannot hold this name: {0}")]
    Name(Cow<'static, str>),
    /// It gave no answer in time. A write may have happened.
    #[error("the store gave no answer within {0:?}")]
    TimedOut(Duration),
    /// It failed. A write may have happened.
    #[error("the store failed")]
    Failed(#[source] Arc<dyn Error + Send + Sync>),
}

impl StoreError {
    /// A failure with this cause, which goes to the log alone.
    pub fn failed(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Failed(cause.into().into())
    }
}
