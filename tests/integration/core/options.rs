//! Every option of section 5.1 is set on the builder, on a hub or on a mount, and the nearest holds (section 10.7).

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use futures_util::future::BoxFuture;
use hub_core::{
    CancellationToken, HubServer, Options, User,
    core::{Closing, CoreMount, CoreStream, OnAuthenticationRefresh, Transport, Transports},
    hub,
    protocol::Encoding,
};
use serde_json::{Value, json};

use super::{
    CoreClient,
    client::{opened, request},
};
use crate::Tested;

const SECOND: Duration = Duration::from_secs(1);
/// Longer than what an option of a second brings, and shorter than any default.
const A_WHILE: Duration = Duration::from_secs(5);

#[hub(name = "optional")]
struct Optional;

#[hub]
impl Optional {
    #[hub_method]
    fn echo(&self, text: String) -> String {
        text
    }

    #[hub_method]
    async fn waits(&self, stop: &CancellationToken) {
        stop.cancelled().await;
    }
}

/// An option with another value than its default, its default, and how a client of a mount finds out which of both holds there.
struct Row {
    name: &'static str,
    set: fn(Options) -> Options,
    unset: fn(Options) -> Options,
    is_set: fn(CoreMount) -> BoxFuture<'static, bool>,
}

macro_rules! rows {
    ($($name:ident: $set:expr, $unset:expr => |$mount:ident| $is_set:expr;)*) => {
        &[$(Row {
            name: stringify!($name),
            set: |options| options.$name($set),
            unset: |options| options.$name($unset),
            is_set: |$mount| Box::pin(async move { $is_set }),
        },)*]
    };
}

async fn negotiated(mount: &CoreMount, query: &str) -> Value {
    serde_json::from_slice(&mount.negotiate(&request(query, None)).await.unwrap()).unwrap()
}

/// What comes for a while, and whether the stream is over by then.
async fn came(stream: &mut CoreStream) -> (String, bool) {
    let mut text = String::new();
    let over = tokio::time::timeout(A_WHILE, async {
        loop {
            stream.ready().await;
            let batch = stream.take();
            text.extend(batch.frames.iter().map(|frame| String::from_utf8_lossy(frame).into_owned()));
            if let Some(closing) = batch.closing {
                break assert_eq!(closing, Closing::Normal);
            }
        }
    });
    let over = over.await.is_ok();
    (text, over)
}

fn push(stream: &CoreStream, text: &str) {
    assert!(stream.push(Bytes::copy_from_slice(text.as_bytes())));
}

/// Shakes hands and sends this.
async fn said(mount: &CoreMount, text: &str) -> (String, bool) {
    let mut stream = opened(mount).await;
    push(&stream, &format!("{{\"protocol\":\"json\",\"version\":1}}\u{1e}{text}"));
    came(&mut stream).await
}

/// Some are for the transports, which ask the mount: so do their rows.
const ROWS: &[Row] = rows! {
    keep_alive_interval: SECOND, 15 * SECOND => |mount| said(&mount, "").await.0.contains("{\"type\":6}");
    client_timeout_interval: SECOND, 30 * SECOND => |mount| said(&mount, "{\"type\":6}\u{1e}").await.1;
    handshake_timeout: SECOND, 15 * SECOND => |mount| came(&mut opened(&mount).await).await.1;
    maximum_receive_message_size: Some(60), Some(32_768) => |mount| {
        said(&mount, &format!("{{\"type\":6,\"x\":\"{}\"}}\u{1e}", "x".repeat(60))).await.1
    };
    stream_buffer_capacity: 1, 10 => |mount| mount.settings().stream_buffer_capacity == 1;
    maximum_parallel_invocations: 2, 1 => |mount| {
        let waits = json!({ "type": 1, "invocationId": "1", "target": "waits", "arguments": [] });
        let beside = json!({ "type": 1, "invocationId": "2", "target": "echo", "arguments": ["beside"] });
        said(&mount, &format!("{waits}\u{1e}{beside}\u{1e}")).await.0.contains("beside")
    };
    detailed_errors: true, false => |mount| {
        let call = json!({ "type": 1, "invocationId": "1", "target": "echo", "arguments": [] });
        said(&mount, &format!("{call}\u{1e}")).await.0.contains("target expects 1")
    };
    supported_protocols: vec![Encoding::MessagePack], Encoding::ALL.to_vec() => |mount| said(&mount, "").await.0.contains("not supported");
    stateful_reconnect_buffer_size: 7, 100_000 => |mount| mount.settings().stateful_reconnect_buffer_size == 7;
    transports: Transports::NONE.with(Transport::LongPolling), Transports::ALL => |mount| {
        let offered = negotiated(&mount, "").await;
        offered["availableTransports"].as_array().unwrap().len() == 1
    };
    application_max_buffer_size: 7, 65_536 => |mount| mount.settings().application_max_buffer_size == 7;
    transport_max_buffer_size: 7, 65_536 => |mount| mount.settings().transport_max_buffer_size == 7;
    transport_send_timeout: SECOND, 10 * SECOND => |mount| mount.settings().transport_send_timeout == SECOND;
    poll_timeout: SECOND, 90 * SECOND => |mount| mount.settings().poll_timeout == SECOND;
    websocket_close_timeout: SECOND, 5 * SECOND => |mount| mount.settings().websocket_close_timeout == SECOND;
    minimum_protocol_version: 1, 0 => |mount| negotiated(&mount, "").await["error"].is_string();
    close_on_authentication_expiration: true, false => |mount| {
        let ended = User::new("ann").unwrap().with_expiry(SystemTime::UNIX_EPOCH);
        let mut client = CoreClient::connect(&mount, Some(&ended)).await;
        tokio::time::timeout(3 * SECOND, client.closed()).await.is_ok()
    };
    allow_stateful_reconnects: true, false => |mount| {
        negotiated(&mount, "negotiateVersion=1&useStatefulReconnect=true").await["useStatefulReconnect"] == true
    };
    inactive_timeout: SECOND, 15 * SECOND => |mount| {
        // Connections are looked at from the first one on.
        let _first = CoreClient::connect(&mount, None).await;
        let answer = negotiated(&mount, "negotiateVersion=1").await;
        tokio::time::sleep(A_WHILE).await;
        CoreClient::open(&mount, answer["connectionToken"].as_str().unwrap(), None).await.is_err()
    };
    enable_authentication_refresh: true, false => |mount| {
        let ann = User::new("ann").unwrap().with_expiry(SystemTime::now() + 3_600 * SECOND);
        let answer = mount.negotiate(&request("negotiateVersion=1", Some(&ann))).await.unwrap();
        answer.windows(20).any(|part| part == b"tokenLifetimeSeconds")
    };
    on_authentication_refresh: Some(OnAuthenticationRefresh::new(|_| async { false })), None => |mount| {
        mount.settings().on_authentication_refresh.is_some()
    };
    maximum_authentication_expiration: Some(SECOND), None => |mount| mount.settings().maximum_authentication_expiration == Some(SECOND);
    max_streams: 7, 100 => |mount| mount.settings().max_streams == 7;
    any_origin: true, false => |mount| mount.settings().any_origin;
};

#[tokio::test(start_paused = true)]
async fn every_option_is_set_for_all_for_a_hub_or_for_a_mount_and_the_nearest_holds() -> Tested {
    for row in ROWS {
        let (leave, set, unset) = (std::convert::identity as fn(Options) -> Options, row.set, row.unset);
        for (all, hub, mount, expected) in [
            (leave, leave, leave, false),
            (set, leave, leave, true),
            (leave, set, leave, true),
            (leave, leave, set, true),
            (unset, set, leave, true),
            (set, unset, leave, false),
            (set, unset, set, true),
            (unset, set, unset, false),
        ] {
            let options = |layer: fn(Options) -> Options| layer(Options::default());
            let hubs = HubServer::builder().options(options(all)).hub_with(Optional, options(hub)).build()?;
            let mount = hubs.core_mount::<Optional>(options(mount))?;
            assert_eq!((row.is_set)(mount).await, expected, "{}", row.name);
        }
    }
    Ok(())
}
