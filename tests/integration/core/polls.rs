//! Polls that overlap (section 2.4): the newer one takes over from the one that waits.

use std::pin::pin;

use hub_core::{
    HubServer, Options,
    core::{CoreMount, CoreRefusal, CoreStream, Opened, Transport},
    hub,
};
use serde_json::Value as Json;
use tokio::{join, task::yield_now};

use super::request;
use crate::Tested;

#[hub(name = "polled")]
struct Polled;

#[hub]
impl Polled {
    #[hub_method]
    fn nothing(&self) {}
}

async fn poll(mount: &CoreMount, token: &str) -> Result<CoreStream, CoreRefusal> {
    match mount.open(request(&format!("id={token}"), None), Transport::LongPolling).await? {
        Opened::Stream(stream) => Ok(*stream),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_poll_that_was_given_up_while_it_waited_stands_in_nobodys_way() -> Tested {
    let mount = HubServer::builder().hub(Polled).build()?.core_mount::<Polled>(Options::default())?;
    let answer: Json = serde_json::from_slice(&mount.negotiate(&request("negotiateVersion=1", None)).await.unwrap())?;
    let token = answer["connectionToken"].as_str().unwrap();
    // The first of all only begins the connection.
    let begun = mount.open(request(&format!("id={token}"), None), Transport::LongPolling).await.unwrap();
    assert!(matches!(begun, Opened::FirstPoll), "{begun:?}");
    let first = poll(&mount, token).await.unwrap();
    {
        let mut second = pin!(poll(&mount, token));
        tokio::select! {
            biased;
            second = &mut second => panic!("{second:?}"),
            () = yield_now() => {}
        }
    }
    drop(first);
    let third = poll(&mount, token).await.unwrap();
    let (fourth, ()) = join!(poll(&mount, token), async { drop(third) });
    assert!(fourth.is_ok(), "{fourth:?}");
    Ok(())
}
