//! Tasks of the runtime. All of them are of one type to it: a type each would have the whole of its scheduling compiled once more for it.

use std::{future::poll_fn, pin::Pin, task::Poll};

use futures_util::{
    FutureExt as _,
    future::{MaybeDone, maybe_done},
};
use tokio::{runtime::Handle, sync::oneshot, task::JoinHandle};

pub(crate) type Task = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Starts a task on the runtime that this is called on.
pub(crate) fn spawn(running: impl Future<Output = ()> + Send + 'static) -> JoinHandle<()> {
    start(Box::pin(running))
}

/// Lets what has been polled before go on as a task.
pub(crate) fn start(task: Task) -> JoinHandle<()> {
    tokio::spawn(task)
}

/// The same on a runtime that is named.
pub(crate) fn start_on(runtime: &Handle, task: Task) {
    runtime.spawn(task);
}

/// Starts a task and gives what it ends with; an error if it panicked.
pub(crate) fn spawn_for<T: Send + 'static>(running: impl Future<Output = T> + Send + 'static) -> oneshot::Receiver<T> {
    let (tell, told) = oneshot::channel();
    spawn(async move {
        // Who started it may not wait for it.
        let _ = tell.send(running.await);
    });
    told
}

/// What all of these give, in their order. They run side by side; whichever wakes it, all are polled that are not done, so they should be few.
///
/// `join_all` of `futures` would compile a second way for many, and an ordered queue with it, for each type of future.
pub(crate) async fn join<F: Future>(running: impl Iterator<Item = F>) -> Vec<F::Output> {
    let mut running: Vec<Pin<Box<MaybeDone<F>>>> = running.map(|one| Box::pin(maybe_done(one))).collect();
    poll_fn(|cx| {
        let mut all = Poll::Ready(());
        for one in &mut running {
            if one.poll_unpin(cx).is_pending() {
                all = Poll::Pending;
            }
        }
        all
    })
    .await;
    running.iter_mut().filter_map(|one| one.as_mut().take_output()).collect()
}
