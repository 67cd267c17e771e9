//! Adding a user to a group, and removing it: a change that modules have a say in, and then of every connection of the user here.

use std::{
    future::{Future, IntoFuture},
    panic::AssertUnwindSafe,
    pin::Pin,
    sync::Arc,
};

use futures_util::FutureExt as _;
use tokio::{runtime::Handle, sync::oneshot};

use super::{GroupError, HubError, HubResult};
use crate::{
    groups::{GroupName, UserId},
    pipeline::MembershipChange,
    server::{Scope, Server},
    task,
};

/// A change of a user's membership under way. Awaiting it tells when it is done; dropping it changes nothing.
#[derive(Debug)]
pub struct UserGroupChange(State);

#[derive(Debug)]
enum State {
    Done(Option<HubResult>),
    Running(oneshot::Receiver<HubResult>),
}

impl UserGroupChange {
    /// Begins it: the modules run up to their first wait where they are, so that changes begin in the order in which they are made.
    pub(super) fn begin(server: &Arc<Server>, scope: &Scope, user: &str, group: &str, adds: bool) -> Self {
        let (user, group) = match (UserId::new(user), GroupName::new(group)) {
            (Ok(user), Ok(group)) => (user, group),
            (Err(error), _) | (_, Err(error)) => return Self(State::Done(Some(Err(error.into())))),
        };
        let change = change(server.clone(), scope.clone(), user, group, adds);
        let mut change = Box::pin(AssertUnwindSafe(change).catch_unwind().map(|outcome| {
            outcome.unwrap_or_else(|_| Err(HubError::internal("a module panicked in a change of membership")))
        }));
        // Modules may count on a runtime, and who has none cannot go on with what waits.
        if Handle::try_current().is_err() {
            return Self(State::Done(Some(Err(HubError::internal("there is no runtime to change a membership on")))));
        }
        match (&mut change).now_or_never() {
            Some(result) => Self(State::Done(Some(result))),
            None => Self(State::Running(task::spawn_for(async move {
                let result = change.await;
                if let Err(error) = &result {
                    // Whoever asked for it may not wait for it.
                    tracing::warn!(?error, "a change of membership failed");
                }
                result
            }))),
        }
    }
}

impl Drop for UserGroupChange {
    fn drop(&mut self) {
        if let State::Done(Some(Err(error))) = &self.0 {
            tracing::warn!(?error, "a change of membership that nobody awaited failed");
        }
    }
}

impl IntoFuture for UserGroupChange {
    type Output = HubResult;
    type IntoFuture = Pin<Box<dyn Future<Output = HubResult> + Send>>;
    fn into_future(mut self) -> Self::IntoFuture {
        match std::mem::replace(&mut self.0, State::Done(None)) {
            State::Done(result) => Box::pin(std::future::ready(result.unwrap_or(Ok(())))),
            State::Running(task) => Box::pin(async move {
                task.await.unwrap_or_else(|_| Err(HubError::internal("a change of membership was cut off")))
            }),
        }
    }
}

async fn change(server: Arc<Server>, scope: Scope, user: UserId, group: GroupName, adds: bool) -> HubResult {
    let change = MembershipChange { hub: scope.name(), user: &user, group: &group, adds, seat: None };
    let take_effect = |change: MembershipChange<'_>| take_effect(&server, &scope, &change);
    match server.hub(scope.id()) {
        Some(served) => served.chain.change_membership(&take_effect).run(change).await,
        None => take_effect(change),
    }
}

/// On every connection of the user that listens here. One that ends meanwhile is no failure; one that is full does not keep the others out.
fn take_effect(server: &Server, scope: &Scope, change: &MembershipChange<'_>) -> HubResult {
    let mut outcome = Ok(());
    for connection in server.node.of_user(scope.id(), change.user) {
        let Some(group) = change.group_for(&connection.request()) else { continue };
        let done = if change.adds {
            server.node.join(&connection.id, scope, group)
        } else {
            server.node.leave(&connection.id, scope, group)
        };
        if let Err(error) = done
            && error != GroupError::ConnectionGone
        {
            outcome = Err(error.into());
        }
    }
    outcome
}
