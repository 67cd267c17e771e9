//! Each call of a connection is polled, in order of arrival, to its first wait; from there calls run side by side (section 13.5; P1).

use std::time::Duration;

use hub_core::{
    Clients, HubResult, HubServer, hub, hub_client,
    testing::{TestServer, Transport},
};

use crate::{Tested, noted::Noted};

#[hub_client]
trait Screen {
    fn show(&self, text: &str);
}

#[hub(client = Screen)]
#[derive(Default)]
struct Desk(Noted);

#[hub]
impl Desk {
    #[hub_method]
    fn quick(&self, clients: &Clients<Self>, number: u32) {
        self.0.note(number.to_string());
        clients.all().show(&number.to_string());
    }

    #[hub_method]
    async fn slow(&self, clients: &Clients<Self>, number: u32) -> HubResult {
        self.0.note(format!("begin {number}"));
        clients.all().show(&format!("before the first wait {number}"));
        tokio::time::sleep(Duration::from_secs(1)).await;
        self.0.note(format!("end {number}"));
        Ok(())
    }
}

fn kit() -> (TestServer, Noted) {
    let noted = Noted::default();
    (TestServer::new(HubServer::builder().hub(Desk(noted.clone())).build().unwrap()), noted)
}

#[tokio::test(start_paused = true)]
async fn calls_begin_in_the_order_they_arrive() -> Tested {
    let (kit, noted) = kit();
    let (ann, bob) = (kit.connect::<Desk>().await?, kit.connect::<Desk>().await?);
    let calls: Vec<_> =
        (0..300).map(|number| ann.invoke(if number % 3 == 0 { "slow" } else { "quick" }, (number,))).collect();
    for call in calls {
        call.await?;
    }
    let numbers: Vec<u32> = noted
        .all()
        .iter()
        .filter(|note| !note.starts_with("end"))
        .map(|note| note.trim_start_matches("begin ").parse().unwrap())
        .collect();
    assert!(numbers[..200].is_sorted(), "as many as may run at once begin in order: {numbers:?}");
    let calls = bob.all_calls().await;
    assert_eq!(calls.len(), 300);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn slow_calls_run_side_by_side() -> Tested {
    for transport in [Transport::WebSockets, Transport::ServerSentEvents, Transport::LongPolling] {
        let (kit, noted) = kit();
        let ann = kit.client().hub::<Desk>().transport(transport).connect().await?;
        let before = tokio::time::Instant::now();
        let calls: Vec<_> = (0..50).map(|number| ann.invoke("slow", (number,))).collect();
        for call in calls {
            call.await?;
        }
        assert_eq!(before.elapsed().as_secs(), 1, "{transport:?}");
        assert_eq!(noted.take().len(), 100);
    }
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn what_calls_of_one_sender_send_arrives_in_their_order() -> Tested {
    let (kit, _) = kit();
    let (ann, bob) =
        (kit.connect::<Desk>().await?, kit.client().hub::<Desk>().transport(Transport::LongPolling).connect().await?);
    let calls: Vec<_> = (0..200).map(|number| ann.invoke("quick", (number,))).collect();
    for call in calls {
        call.await?;
    }
    for client in [&ann, &bob] {
        for number in 0..200 {
            client.expect_call("show", (number.to_string(),)).await;
        }
    }
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_call_that_has_begun_outlives_its_stream() -> Tested {
    let (kit, noted) = kit();
    let ann = kit.connect::<Desk>().await?;
    let call = ann.invoke("slow", (1,));
    noted.until(1).await;
    ann.drop_transport();
    assert!(call.await.is_err());
    assert_eq!(noted.until(1).await, ["end 1"]);
    Ok(())
}
