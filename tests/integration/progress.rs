//! Progress is reported before the result, in order, to the caller alone (section 3.7).

use std::{sync::Arc, time::Duration};

use hub_core::{
    HubContext, HubResult, HubServer, Progress, ProgressError, hub,
    testing::{TestServer, Transport},
};
use parking_lot::Mutex;
use tokio::sync::Notify;

use crate::{Tested, noted::Noted};

#[hub]
#[derive(Default)]
struct Work {
    noted: Noted,
    go_on: Arc<Notify>,
    kept: Arc<Mutex<Option<HubContext<Work>>>>,
}

#[hub]
impl Work {
    #[hub_method]
    fn count(&self, progress: &Progress<u32>, to: u32) -> HubResult<&'static str> {
        for step in 1..=to {
            progress.report(&step)?;
        }
        Ok("done")
    }

    #[hub_method]
    async fn late(&self, cx: &HubContext<Self>) {
        let (cx, noted, go_on) = (cx.clone(), self.noted.clone(), self.go_on.clone());
        tokio::spawn(async move {
            go_on.notified().await;
            let progress = hub_core::Provide::<Progress<u32>>::provide(&cx);
            noted.note(match progress.report(&1) {
                Err(ProgressError::Completed) => "completed",
                other => panic!("{other:?}"),
            });
        });
    }

    #[hub_method]
    async fn panics(&self, cx: &HubContext<Self>) {
        *self.kept.lock() = Some(cx.clone());
        panic!("on purpose")
    }

    #[hub_method]
    fn unserialisable(&self, progress: &Progress<std::collections::HashMap<Vec<u8>, u8>>) -> HubResult {
        Ok(progress.report(&[(vec![1], 1)].into())?)
    }

    #[hub_method]
    fn measure(&self, progress: &Progress<Vec<Option<f64>>>) -> HubResult<String> {
        progress.report(&vec![Some(0.5), None])?;
        let refused = progress.report(&vec![Some(0.5), Some(f64::NAN)]);
        match refused {
            Err(ProgressError::Encode(source)) => Ok(source.to_string()),
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn reports_arrive_in_order_before_the_result() -> Tested {
    let kit = TestServer::new(HubServer::builder().hub(Work::default()).build()?);
    let ann = kit.connect::<Work>().await?;
    let bob = kit.connect::<Work>().await?;
    let (mut one, mut two) = (ann.invoke("count", (50,)), ann.invoke("count", (3,)));
    for step in 1..=50 {
        assert_eq!(one.next_progress::<u32>().await, step);
    }
    assert_eq!(one.answer().await?.result::<String>(), "done");
    assert_eq!(two.answer().await?.result::<String>(), "done");
    assert_eq!(two.progress_so_far().len(), 3, "each call has its own");
    assert!(bob.all_values().await.is_empty());
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn reports_travel_on_the_stream_of_every_transport() -> Tested {
    let kit = TestServer::new(HubServer::builder().hub(Work::default()).build()?);
    for transport in [Transport::ServerSentEvents, Transport::LongPolling] {
        let ann = kit.client().hub::<Work>().transport(transport).connect().await?;
        let mut call = ann.invoke("count", (2,));
        assert_eq!(call.next_progress::<u32>().await, 1);
        assert_eq!(call.next_progress::<u32>().await, 2);
        call.await?;
    }
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_report_after_the_result_is_an_error() -> Tested {
    let hub = Work::default();
    let (noted, go_on) = (hub.noted.clone(), hub.go_on.clone());
    let kit = TestServer::new(HubServer::builder().hub(hub).build()?);
    let ann = kit.connect::<Work>().await?;
    let mut call = ann.invoke("late", ());
    call.answer().await?;
    go_on.notify_one();
    assert_eq!(noted.until(1).await, ["completed"]);
    tokio::time::sleep(Duration::from_millis(1)).await;
    assert!(call.progress_so_far().is_empty());
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_report_after_a_panic_is_an_error() -> Tested {
    let hub = Work::default();
    let kept = hub.kept.clone();
    let kit = TestServer::new(HubServer::builder().hub(hub).build()?);
    let ann = kit.connect::<Work>().await?;
    ann.invoke("panics", ()).await.unwrap_err();
    let cx = kept.lock().take().ok_or("no context was kept")?;
    let progress = hub_core::Provide::<Progress<u32>>::provide(&cx);
    assert!(matches!(progress.report(&1), Err(ProgressError::Completed)));
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_report_that_cannot_be_serialised_is_an_error_of_its_call() -> Tested {
    let kit = TestServer::new(HubServer::builder().hub(Work::default()).build()?);
    let ann = kit.connect::<Work>().await?;
    assert!(ann.invoke("unserialisable", ()).await.is_err());
    Ok(())
}

/// JSON has no word for it, and null is another value.
#[tokio::test(start_paused = true)]
async fn a_report_that_json_cannot_say_is_an_error_and_is_not_sent() -> Tested {
    let kit = TestServer::new(HubServer::builder().hub(Work::default()).build()?);
    let ann = kit.connect::<Work>().await?;
    let mut call = ann.invoke("measure", ());
    assert_eq!(call.answer().await?.result::<String>(), "JSON has neither infinities nor NaN");
    assert_eq!(call.next_progress::<Vec<Option<f64>>>().await, [Some(0.5), None]);
    assert!(call.progress_so_far().is_empty());
    Ok(())
}
