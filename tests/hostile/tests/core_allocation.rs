//! What the core wire makes the server allocate (R27, R28): a bomb at most four times its size and 64 KB, a message in pieces twice the limit.

use hostile::{
    core::{Core, encode},
    on_small_stacks,
    server::Server,
    websocket::{Frame, frame, message_in_fragments},
};
use hub_core::{Options, protocol::Encoding};
use serde_json::json;

use crate::{
    allocation::{SLACK, assert_bounded, peak},
    core_bombs::{Bomb, bombs, idle_talk, roomy},
};

#[test]
fn a_bomb_allocates_in_proportion_to_its_size() {
    on_small_stacks(async {
        let server = Server::start_alone(roomy()).await;
        for encoding in Encoding::ALL {
            let mut other = Core::connect(&server.peer(), encoding).await;
            for Bomb { what, bytes, .. } in bombs(encoding) {
                let mut client = Core::connect(&server.peer(), encoding).await;
                // What is made on demand is not the bomb's.
                client.assert_alive().await;
                other.assert_alive().await;
                let frame = frame(client.opcode(), true, &bytes);
                let peak = peak(async {
                    client.socket.write(&frame).await;
                    assert!(matches!(client.socket.receive().await, Frame::Text(_) | Frame::Binary(_)));
                })
                .await;
                assert_bounded(what, peak, bytes.len());
            }
        }
    });
}

#[test]
fn what_is_passed_over_allocates_in_proportion_to_its_size() {
    on_small_stacks(async {
        let server = Server::start_alone(roomy()).await;
        for encoding in Encoding::ALL {
            for (what, bytes) in idle_talk(encoding, 100_000) {
                let mut client = Core::connect(&server.peer(), encoding).await;
                client.assert_alive().await;
                let frame = frame(client.opcode(), true, &bytes);
                let peak = peak(async {
                    client.socket.write(&frame).await;
                    // The answer says that all before it has been looked at.
                    client.assert_alive().await;
                })
                .await;
                assert_bounded(what, peak, bytes.len());
            }
        }
    });
}

/// Without a limit of the server's own, what was only announced is waited for and not paid for.
#[test]
fn a_length_that_was_claimed_allocates_nothing() {
    on_small_stacks(async {
        let server = Server::start_alone(Options::default().maximum_receive_message_size(None)).await;
        let mut client = Core::connect(&server.peer(), Encoding::MessagePack).await;
        client.assert_alive().await;
        let call = json!({ "type": 1, "invocationId": "1", "target": "echo", "arguments": [1] });
        let bytes = [&encode(client.encoding, &call)[..], b"\xff\xff\xff\xff\x07\x96\x01"].concat();
        let peak = peak(async {
            client.send_bytes(&bytes).await;
            assert_eq!(client.completion("1").await["result"], 1);
            // What comes behind it belongs to it.
            client.send_bytes(&bytes).await;
        })
        .await;
        assert_bounded("a length of two billion", peak, 2 * bytes.len());
    });
}

/// A message that comes one byte at a time, in WebSocket fragments or TCP segments.
async fn assert_pieces_take_twice_the_limit(limit: usize, in_fragments: bool) {
    let server = Server::start_alone(Options::default().maximum_receive_message_size(Some(limit))).await;
    for encoding in Encoding::ALL {
        let mut client = Core::connect(&server.peer(), encoding).await;
        client.assert_alive().await;
        let text = "x".repeat(limit - 200);
        let call = json!({ "type": 1, "invocationId": "1", "target": "length", "arguments": [text] });
        let message = encode(encoding, &call);
        let fragments = message_in_fragments(client.opcode(), &message);
        let segments = frame(client.opcode(), true, &message);
        let peak = peak(async {
            if in_fragments {
                client.socket.write(&fragments).await;
            } else {
                for byte in segments {
                    client.socket.write(&[byte]).await;
                }
            }
            assert_eq!(client.completion("1").await["result"], text.len());
        })
        .await;
        println!("{limit} bytes in pieces of one: {peak}");
        assert!(peak <= 2 * limit + SLACK, "{peak} bytes were allocated for a message of {limit} in pieces");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fragments_of_one_byte_take_twice_the_limit_at_most() {
    assert_pieces_take_twice_the_limit(32_768, true).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn segments_of_one_byte_take_twice_the_limit_at_most() {
    assert_pieces_take_twice_the_limit(65_536, false).await;
}
