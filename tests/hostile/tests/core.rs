//! The core wire as nobody should speak it, in both encodings (R27, R31).

use std::time::Instant;

use hostile::{
    core::{Core, encode},
    linear::assert_linear,
    server::Server,
    websocket::{frame, message_in_fragments},
};
use hub_core::{Options, protocol::Encoding};
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_beyond_the_limit_is_a_fault_before_it_is_whole() {
    let server = Server::start(Options::default()).await;
    for encoding in Encoding::ALL {
        let mut client = Core::connect(&server.peer(), encoding).await;
        let call = |length: usize| {
            let text = "x".repeat(length);
            encode(encoding, &json!({ "type": 1, "invocationId": "1", "target": "length", "arguments": [text] }))
        };
        let around = call(1_000).len() - 1_000;
        // A text that is longer has one more byte in its length, and so does the message.
        let fits = (0..4).map(|less| call(32_768 - around - less)).find(|frame| frame.len() <= 32_768).unwrap();
        client.send_bytes(&fits).await;
        assert!(client.completion("1").await["result"].is_u64());
        let beyond = (0..4).map(|more| call(32_768 - around + more)).find(|frame| frame.len() > 32_768).unwrap();
        assert_eq!(beyond.len(), 32_769);
        // The last byte is not needed to see it.
        let cut = if encoding == Encoding::Json { [&beyond[..32_768], b"x"].concat() } else { beyond[..10].to_vec() };
        client.send_bytes(&cut).await;
        client.assert_fault("one byte too many").await;
    }
}

/// Times messages of so many bytes, and of twice as many, one byte at a time.
async fn assert_pieces_are_linear(encoding: Encoding, bytes: usize, in_fragments: bool) {
    let server = Server::start_alone(Options::default().maximum_receive_message_size(Some(2 * bytes))).await;
    let mut client = Core::connect(&server.peer(), encoding).await;
    let what = format!("{encoding:?}, in fragments {in_fragments}");
    // What is around the text is less than 100 bytes.
    assert_linear(&what, bytes - 50, async |bytes| {
        let call = json!({ "type": 1, "invocationId": "1", "target": "length", "arguments": ["x".repeat(bytes)] });
        let message = encode(encoding, &call);
        let fragments = message_in_fragments(client.opcode(), &message);
        let begun = Instant::now();
        if in_fragments {
            client.socket.write(&fragments).await;
        } else {
            for byte in frame(client.opcode(), true, &message) {
                client.socket.write(&[byte]).await;
            }
        }
        assert_eq!(client.completion("1").await["result"], bytes);
        begun.elapsed()
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pieces_of_one_byte_cost_time_in_proportion() {
    for encoding in Encoding::ALL {
        assert_pieces_are_linear(encoding, 16 * 1024, true).await;
        assert_pieces_are_linear(encoding, 32 * 1024, false).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn streams_without_end_are_bounded_and_the_calls_beside_them_go_on() {
    const MANY: usize = 10_000;
    let server = Server::start(Options::default()).await;
    for encoding in Encoding::ALL {
        let mut client = Core::connect(&server.peer(), encoding).await;
        for at in 0..MANY {
            client
                .send(json!({ "type": 4, "invocationId": format!("s{at}"), "target": "endless", "arguments": [] }))
                .await;
        }
        client.assert_alive().await;
        let refused = client.so_far().await;
        assert_eq!(refused.len(), MANY - 100);
        assert!(
            refused
                .iter()
                .all(|refused| refused["error"].as_str().unwrap().ends_with("too many streams on this connection."))
        );
        // An id in use, one that is free again, and answers and items for what nobody asked.
        client.send(json!({ "type": 4, "invocationId": "s0", "target": "endless", "arguments": [] })).await;
        assert_eq!(client.completion("s0").await["error"], "Invocation ID 's0' is already in use.");
        client.send(json!({ "type": 5, "invocationId": "s0" })).await;
        assert_eq!(client.completion("s0").await, json!({ "type": 3, "invocationId": "s0" }));
        for stray in [
            json!({ "type": 3, "invocationId": "s999", "result": { "a": [1] } }),
            json!({ "type": 3, "invocationId": "unknown", "error": "no" }),
            json!({ "type": 2, "invocationId": "unknown", "item": 1 }),
            json!({ "type": 5, "invocationId": "unknown" }),
        ] {
            client.send_all(&vec![stray; 200]).await;
        }
        assert_eq!(client.so_far().await, [] as [Value; 0]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn uploads_that_never_end_wait_within_their_bounds() {
    let server = Server::start(Options::default()).await;
    for encoding in Encoding::ALL {
        let mut client = Core::connect(&server.peer(), encoding).await;
        let mut other = Core::connect(&server.peer(), encoding).await;
        let begun = server.notes.begun();
        client
            .send(json!({ "type": 1, "invocationId": "1", "target": "sum", "arguments": [], "streamIds": ["u"] }))
            .await;
        server.notes.until_begun(begun + 1).await;
        // The method does not read: what comes fills the stream, then the input, then the network.
        let items: Vec<Value> = (0..20).map(|_| json!({ "type": 2, "invocationId": "u", "item": 1 })).collect();
        client.send_all(&items).await;
        other.assert_alive().await;
        server.notes.release(1);
        client.send(json!({ "type": 3, "invocationId": "u" })).await;
        assert_eq!(client.completion("1").await["result"], 20);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_long_target_is_an_error_like_a_short_one_and_is_not_repeated_whole() {
    let server = Server::start(crate::core_bombs::roomy()).await;
    for encoding in Encoding::ALL {
        let mut client = Core::connect(&server.peer(), encoding).await;
        let refused = client.invoke(&"m".repeat(1 << 20), json!([])).await;
        let text = refused["error"].as_str().unwrap();
        assert!(text.starts_with("Failed to invoke 'mmm") && text.ends_with("HubException: Method does not exist."));
        assert!(text.len() < 1_000, "{} bytes", text.len());
        client.assert_alive().await;
    }
}
