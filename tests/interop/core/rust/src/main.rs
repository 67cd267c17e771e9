//! What the crate `signalr-client` does: `rust-client BASE TRANSPORT PROTOCOL VERB` prints a line of JSON, or fails. Each verb is a
//! function below.
//!
//! The client has WebSockets alone. Left out is what it cannot do with any server: calls without a result end its reader, so methods that
//! have none are sent; its answers to the server are JSON text in MessagePack, too; a reconnect goes to the old connection's address, and
//! its handlers and policies are set when the connection has been made without them.

use std::{collections::BTreeMap, fmt::Debug, time::Duration};

use futures_util::StreamExt as _;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use signalr_client::{ArgumentConfiguration, CallbackHandler as _, InvocationContext, SignalRClient};
use tokio::{sync::mpsc, time::timeout};

const PATIENCE: Duration = Duration::from_secs(15);

type Tested<T = ()> = Result<T, String>;

/// Where the server is, and what is spoken with it.
struct Place {
    domain: String,
    port: i32,
    messagepack: bool,
}

#[tokio::main]
async fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [base, transport, protocol, verb] = words.as_slice() else { panic!("BASE TRANSPORT PROTOCOL VERB") };
    assert_eq!(transport, "WebSockets");
    let (domain, port) = base.strip_prefix("http://").and_then(|rest| rest.split_once(':')).expect("http://HOST:PORT");
    let port = port.parse().expect("a port");
    let place = Place { domain: domain.to_owned(), port, messagepack: protocol == "messagepack" };
    let tested = async {
        match verb.as_str() {
            "connect" => connect(&place).await,
            "call" => call(&place).await,
            "object" => object(&place).await,
            "error" => error(&place).await,
            "receive" => receive(&place).await,
            "stream" => stream(&place).await,
            "broken_stream" => broken_stream(&place).await,
            "answer" => answer(&place).await,
            "user" => user(&place).await,
            "stranger" => stranger(&place).await,
            "clones" => clones(&place).await,
            verb => Err(format!("no verb {verb}")),
        }
    };
    match timeout(2 * PATIENCE, tested).await.unwrap_or_else(|_| Err("it took too long".to_owned())) {
        Ok(result) => println!("{result}"),
        Err(error) => {
            eprintln!("{error}");
            std::process::exit(1);
        }
    }
}

async fn connect(place: &Place) -> Tested<Value> {
    let mut client = place.open().await?;
    let id: String = client.invoke("ConnectionId".to_owned()).await?;
    client.disconnect();
    Ok(json!({ "id": id }))
}

async fn call(place: &Place) -> Tested<Value> {
    let mut client = place.open().await?;
    same(&invoke::<i32>(&mut client, "Add", [json!(2), json!(3)]).await?, &5)?;
    for text in ["Grüße", "Ж 中 🎉", "quote \" back \\ line\n", &"x".repeat(10_000)] {
        same(&invoke::<String>(&mut client, "Echo", [json!(text)]).await?, &text.to_owned())?;
    }
    for value in [json!(true), json!(-1), json!(9_007_199_254_740_991_i64), json!(1.5), json!([1, [2, []]])] {
        same(&invoke::<Value>(&mut client, "EchoAny", [value.clone()]).await?, &value)?;
    }
    Ok(json!({}))
}

/// The names of its members are spelled as each encoding has them in .NET: the client sees to that.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Object {
    text: String,
    number: i64,
    real: f64,
    flag: bool,
    items: Vec<i32>,
    map: BTreeMap<String, i32>,
    nothing: Option<String>,
}

async fn object(place: &Place) -> Tested<Value> {
    let mut client = place.open().await?;
    let object = Object {
        text: "Ж".to_owned(),
        number: -9_007_199_254_740_993,
        real: 0.25,
        flag: true,
        items: vec![3, 1, 2],
        map: BTreeMap::from([("a".to_owned(), 1), ("b".to_owned(), 2)]),
        nothing: None,
    };
    let given = object.clone();
    let got: Object = client
        .invoke_with_args("Complex".to_owned(), |call| {
            call.argument(given.clone());
        })
        .await?;
    same(&got, &object)?;
    Ok(json!({}))
}

async fn error(place: &Place) -> Tested<Value> {
    let mut client = place.open().await?;
    let refused = invoke::<Value>(&mut client, "FailPublic", [json!("go")]).await;
    same(
        &refused,
        &Err("An unexpected error occurred invoking 'FailPublic' on the server. HubException: go".to_owned()),
    )?;
    let unknown: Tested<Value> = client.invoke("NoSuchMethod".to_owned()).await;
    let text = "Failed to invoke 'NoSuchMethod' due to an error on the server. HubException: Method does not exist.";
    same(&unknown, &Err(text.to_owned()))?;
    same(&invoke::<String>(&mut client, "Echo", [json!("after")]).await?, &"after".to_owned())?;
    Ok(json!({}))
}

async fn receive(place: &Place) -> Tested<Value> {
    let mut one = place.open().await?;
    let mut other = place.open().await?;
    let id: String = one.invoke("ConnectionId".to_owned()).await?;
    let group = format!("rust-{id}");
    let mut heard = Vec::new();
    for client in [&mut one, &mut other] {
        let (said, hears) = mpsc::unbounded_channel();
        let prefix = group.clone();
        let handler = client.register("Receive".to_owned(), move |call| {
            let message: String = call.argument(0).unwrap_or_default();
            if message.starts_with(&prefix) {
                let _ = said.send(message);
            }
        });
        heard.push((hears, handler));
        // What is sent is not waited for, and calls of a connection go in order: this one's answer tells that it is done.
        send(client, "Join", [json!(group)]).await?;
        same(&invoke::<String>(client, "Echo", [json!("joined")]).await?, &"joined".to_owned())?;
    }
    let expected: Vec<String> = (0..20).map(|number| format!("{group} {number}")).collect();
    for text in &expected {
        send(&mut one, "Group", [json!(group), json!(text)]).await?;
    }
    for (hears, _) in &mut heard {
        for text in &expected {
            same(&next(hears).await?, text)?;
        }
    }
    // Who no longer listens hears nothing more; the other one does.
    let (mut deaf, handler) = heard.remove(0);
    handler.unregister();
    send(&mut one, "Group", [json!(group), json!(format!("{group} last"))]).await?;
    same(&next(&mut heard[0].0).await?, &format!("{group} last"))?;
    same(&invoke::<String>(&mut one, "Echo", [json!("after")]).await?, &"after".to_owned())?;
    same(&deaf.try_recv().is_err(), &true)?;
    Ok(json!({}))
}

async fn stream(place: &Place) -> Tested<Value> {
    let mut client = place.open().await?;
    same(&items(&mut client, "Counter", [json!(5), json!(0)]).await?, &vec![1, 2, 3, 4, 5])?;
    let mut clone = client.clone();
    let slow = items(&mut client, "Counter", [json!(10), json!(20)]);
    let quick = items(&mut clone, "Counter", [json!(3), json!(0)]);
    let (slow, quick) = tokio::join!(slow, quick);
    same(&(slow?, quick?), &((1..=10).collect(), vec![1, 2, 3]))?;
    Ok(json!({}))
}

/// The client does not say that it broke; it ends.
async fn broken_stream(place: &Place) -> Tested<Value> {
    let mut client = place.open().await?;
    same(&items(&mut client, "FailingStream", [json!(2)]).await?, &vec![1, 2])?;
    same(&invoke::<String>(&mut client, "Echo", [json!("after")]).await?, &"after".to_owned())?;
    Ok(json!({}))
}

async fn answer(place: &Place) -> Tested<Value> {
    let mut client = place.open().await?;
    let _handler = client.register("Answer".to_owned(), |mut call| {
        let question: String = call.argument(0).unwrap_or_default();
        InvocationContext::spawn(async move {
            let _ = call.complete(format!("rust to {question}")).await;
        });
    });
    same(&invoke::<String>(&mut client, "Ask", [json!("é?")]).await?, &"you said rust to é?".to_owned())?;
    Ok(json!({}))
}

async fn user(place: &Place) -> Tested<Value> {
    let mut client = place.open_as("core-private", Some("ann")).await?;
    same(&client.invoke::<String>("UserName".to_owned()).await?, &"ann".to_owned())?;
    Ok(json!({}))
}

async fn stranger(place: &Place) -> Tested<Value> {
    match place.open_as("core-private", None).await {
        Ok(_) => Err("a stranger was let in".to_owned()),
        Err(_) => Ok(json!({})),
    }
}

async fn clones(place: &Place) -> Tested<Value> {
    let mut client = place.open().await?;
    let mut clone = client.clone();
    let (one, other) = tokio::join!(
        client.invoke::<String>("ConnectionId".to_owned()),
        clone.invoke::<String>("ConnectionId".to_owned()),
    );
    same(&one?, &other?)?;
    drop(clone);
    same(&invoke::<String>(&mut client, "Echo", [json!("still here")]).await?, &"still here".to_owned())?;
    Ok(json!({}))
}

impl Place {
    async fn open(&self) -> Tested<SignalRClient> {
        self.open_as("core", None).await
    }

    async fn open_as(&self, mount: &str, user: Option<&str>) -> Tested<SignalRClient> {
        SignalRClient::connect_with(&self.domain, mount, |options| {
            options.with_port(self.port);
            options.unsecure();
            if self.messagepack {
                options.with_messagepack_protocol();
            }
            if let Some(user) = user {
                options.authenticate_bearer(user.to_owned());
            }
        })
        .await
    }
}

fn arguments(call: &mut ArgumentConfiguration, values: &[Value]) {
    for value in values {
        call.argument(value);
    }
}

/// Calls a method that has a result.
async fn invoke<T>(client: &mut SignalRClient, method: &str, values: impl AsRef<[Value]>) -> Tested<T>
where
    T: serde::de::DeserializeOwned + Unpin + Send + 'static,
{
    let called = client.invoke_with_args(method.to_owned(), |call| arguments(call, values.as_ref()));
    timeout(PATIENCE, called).await.unwrap_or_else(|_| Err(format!("no answer of {method}")))
}

/// Everything that a stream brings.
async fn items(client: &mut SignalRClient, method: &str, values: impl AsRef<[Value]>) -> Tested<Vec<i32>> {
    let called = client.enumerate_with_args::<i32, _>(method.to_owned(), |call| arguments(call, values.as_ref()));
    timeout(PATIENCE, async { called.await.collect().await }).await.map_err(|_| format!("no end of {method}"))
}

async fn send(client: &mut SignalRClient, method: &str, values: impl AsRef<[Value]>) -> Tested {
    client.send_with_args(method.to_owned(), |call| arguments(call, values.as_ref())).await
}

async fn next(hears: &mut mpsc::UnboundedReceiver<String>) -> Tested<String> {
    let heard = timeout(PATIENCE, hears.recv()).await.map_err(|_| "nothing was heard".to_owned())?;
    heard.ok_or_else(|| "the handler is gone".to_owned())
}

fn same<T: Debug + PartialEq>(got: &T, expected: &T) -> Tested {
    if got == expected { Ok(()) } else { Err(format!("got {got:?}, expected {expected:?}")) }
}
