//! Messages of the core wire that are too deep, too long or of no known type (R28): what the server answers is asserted to the byte, and it
//! answers on small stacks. What it costs is in `allocation`.

use hostile::{
    core::{Core, RS, encode},
    on_small_stacks,
    server::Server,
    websocket::Frame,
};
use hub_core::{Options, protocol::Encoding};
use serde_json::{Value, json};

/// More than a bomb needs, so that what it is is refused and not its length.
const ROOM: usize = 4 << 20;

const TOO_DEEP: &str = "MessagePackSerializationException: The message nests deeper than 64 levels.";
const CUT_SHORT: &str = "MessagePackSerializationException: The message ends inside a value.";
const NO_JSON: &str = "InvalidDataException: Error reading JSON.";
const TOO_LONG: &str = "FormatException: Messages over 2GB in size are not supported.";
const TOO_LARGE: &str = "InvalidDataException: The maximum message size of 4194304B was exceeded. The message size can be configured in AddHubOptions.";

/// Something that ends its connection.
pub(crate) struct Bomb {
    /// What it is.
    pub(crate) what: &'static str,
    /// As it travels.
    pub(crate) bytes: Vec<u8>,
    /// What stands behind the text of the Close where errors are detailed.
    detail: &'static str,
}

pub(crate) fn roomy() -> Options {
    Options::default().maximum_receive_message_size(Some(ROOM))
}

/// A frame that claims this length.
fn with_length(mut length: usize, message: &[u8]) -> Vec<u8> {
    let mut frame = Vec::new();
    while length > 127 {
        frame.push((length & 0x7F) as u8 | 0x80);
        length >>= 7;
    }
    frame.push(length as u8);
    frame.extend_from_slice(message);
    frame
}

fn whole(message: &[u8]) -> Vec<u8> {
    with_length(message.len(), message)
}

/// A value that nests so deep, as the argument of a call.
fn deep_call(encoding: Encoding, depth: usize) -> Vec<u8> {
    match encoding {
        Encoding::Json => {
            let (open, close) = ("[".repeat(depth), "]".repeat(depth));
            format!(r#"{{"type":1,"invocationId":"1","target":"echo","arguments":[{open}{close}]}}{RS}"#).into()
        }
        Encoding::MessagePack => {
            let mut message = b"\x96\x01\x80\xa11\xa4echo\x91".to_vec();
            message.extend(std::iter::repeat_n(0x91, depth - 1));
            message.extend(b"\x90\x90");
            whole(&message)
        }
    }
}

pub(crate) fn bombs(encoding: Encoding) -> Vec<Bomb> {
    let bomb = |what, bytes, detail| Bomb { what, bytes, detail };
    match encoding {
        Encoding::Json => {
            let deep = |open: &str, close: &str| format!("{}{}", open.repeat(100_000), close.repeat(100_000));
            let ping_with = |value: &str| format!(r#"{{"type":6,"x":{value}}}{RS}"#).into_bytes();
            vec![
                bomb("an argument 100,000 deep", deep_call(encoding, 100_000), NO_JSON),
                bomb("a member that nobody knows, 100,000 deep", ping_with(&deep("[", "]")), NO_JSON),
                bomb(
                    "objects 100,000 deep",
                    ping_with(&format!("{}0{}", r#"{"a":"#.repeat(100_000), "}".repeat(100_000))),
                    NO_JSON,
                ),
                bomb(
                    "headers 100,000 deep",
                    format!(r#"{{"type":1,"headers":{{"a":{}}}}}{RS}"#, deep("[", "]")).into(),
                    NO_JSON,
                ),
                bomb("a million empty messages", RS.repeat(1_000_000).into(), NO_JSON),
                bomb("brackets without end", format!("{}{RS}", "[".repeat(1_000_000)).into(), NO_JSON),
                bomb("more than a message may have", vec![b'x'; ROOM + 1], TOO_LARGE),
            ]
        }
        Encoding::MessagePack => {
            let claims = [&b"\x96\x01\x80\xc0\xa4echo"[..], &b"\xdd\xff\xff\xff\xff".repeat(60)].concat();
            vec![
                bomb("an argument a million deep", deep_call(encoding, 1_000_000), TOO_DEEP),
                bomb(
                    "a surplus element a million deep",
                    whole(&[&b"\x92\x06"[..], &[0x91; 1_000_000], b"\x90"].concat()),
                    TOO_DEEP,
                ),
                bomb(
                    "maps a million deep",
                    whole(&[&b"\x92\x06"[..], &b"\x81\x01".repeat(1_000_000), b"\x90"].concat()),
                    TOO_DEEP,
                ),
                bomb(
                    "headers a million deep",
                    whole(&[&b"\x96\x01\x81\xa1a"[..], &[0x91; 1_000_000], b"\x90"].concat()),
                    TOO_DEEP,
                ),
                bomb("a million empty messages", vec![0; 1_000_000], CUT_SHORT),
                bomb("bytes of four billion", whole(b"\x94\x02\x80\xa17\xc6\xff\xff\xff\xff"), CUT_SHORT),
                bomb("a text of four billion", whole(b"\x96\x01\x80\xc0\xdb\xff\xff\xff\xff"), CUT_SHORT),
                bomb("an array of four billion", whole(b"\x95\x01\x80\xc0\xa4echo\xdd\xff\xff\xff\xff"), CUT_SHORT),
                bomb("a message of four billion elements", whole(b"\xdd\xff\xff\xff\xff\x06"), CUT_SHORT),
                bomb("a map of four billion", whole(b"\x96\x01\xdf\xff\xff\xff\xff"), CUT_SHORT),
                bomb("an extension of four billion", whole(b"\x94\x02\x80\xa17\xc9\xff\xff\xff\xff\x01"), CUT_SHORT),
                bomb("arrays of four billion in one another", whole(&claims), CUT_SHORT),
                bomb("a length of two billion", with_length(i32::MAX as usize, b"\x91\x06"), TOO_LARGE),
                bomb("a length beyond that", b"\xff\xff\xff\xff\x0f".to_vec(), TOO_LONG),
                bomb("a length that goes on", b"\xff\xff\xff\xff\xff\xff\xff\x01".to_vec(), TOO_LONG),
                bomb("nothing, at length", b"\x80\x80\x80\x80\x80\x00".to_vec(), TOO_LONG),
            ]
        }
    }
}

/// The Close of section 3.9 as it travels.
fn close(encoding: Encoding, detail: Option<&str>) -> Vec<u8> {
    let mut text = "Connection closed with an error.".to_owned();
    if let Some(detail) = detail {
        text = format!("{text} {detail}");
    }
    match encoding {
        Encoding::Json => {
            format!("{{\"type\":7,\"error\":\"{}\",\"allowReconnect\":true}}\u{1e}", text.replace('"', "\\\"")).into()
        }
        Encoding::MessagePack => {
            let length = u8::try_from(text.len()).unwrap();
            whole(&[&[0x93, 0x07, 0xd9, length][..], text.as_bytes(), &[0xc3]].concat())
        }
    }
}

fn in_frame(encoding: Encoding, bytes: Vec<u8>) -> Frame {
    match encoding {
        Encoding::Json => Frame::Text(String::from_utf8(bytes).unwrap()),
        Encoding::MessagePack => Frame::Binary(bytes),
    }
}

async fn assert_bombs_end_their_connections_alone(detailed: bool) {
    let server = Server::start(roomy().detailed_errors(detailed)).await;
    for encoding in Encoding::ALL {
        let mut other = Core::connect(&server.peer(), encoding).await;
        for bomb in bombs(encoding) {
            let mut client = Core::connect(&server.peer(), encoding).await;
            client.assert_alive().await;
            client.send_bytes(&bomb.bytes).await;
            let close = in_frame(encoding, close(encoding, detailed.then_some(bomb.detail)));
            assert_eq!(client.socket.receive().await, close, "{}", bomb.what);
            assert_eq!(client.socket.receive().await, Frame::Close(Some(1000)), "{}", bomb.what);
            other.assert_alive().await;
        }
    }
    assert_eq!(server.notes.marks(), 0);
}

#[test]
fn what_is_too_deep_or_too_long_is_a_fault_and_ends_its_connection_alone() {
    on_small_stacks(assert_bombs_end_their_connections_alone(false));
}

#[test]
fn a_fault_says_what_it_is_where_errors_are_detailed() {
    on_small_stacks(assert_bombs_end_their_connections_alone(true));
}

#[test]
fn a_bomb_that_is_posted_is_a_fault_that_a_poll_is_told() {
    on_small_stacks(async {
        let server = Server::start(roomy()).await;
        for encoding in Encoding::ALL {
            for bomb in bombs(encoding) {
                let reservation = server.peer().negotiate().await;
                assert_eq!((reservation.poll().await.status, bomb.what), (200, bomb.what));
                let handshake = format!("{{\"protocol\":\"{}\",\"version\":1}}{RS}", encoding.protocol());
                reservation.post(handshake.as_bytes()).await;
                assert_eq!(reservation.poll().await.text(), "{}\u{1e}", "{}", bomb.what);
                // The fault may be seen before all of it has been read.
                reservation.post(&bomb.bytes).await;
                assert_eq!(reservation.poll().await.body, close(encoding, None), "{}", bomb.what);
                assert_eq!((reservation.poll().await.status, bomb.what), (204, bomb.what));
            }
        }
    });
}

/// Maps so deep, as the argument of a call.
fn deep_maps(encoding: Encoding, depth: usize) -> Vec<u8> {
    match encoding {
        Encoding::Json => {
            let (open, close) = (r#"{"a":"#.repeat(depth - 1), "}".repeat(depth - 1));
            format!(r#"{{"type":1,"invocationId":"1","target":"echo","arguments":[{open}{{}}{close}]}}{RS}"#).into()
        }
        Encoding::MessagePack => {
            let maps = b"\x81\xa1a".repeat(depth - 1);
            whole(&[&b"\x96\x01\x80\xa11\xa4echo\x91"[..], &maps, b"\x80\x90"].concat())
        }
    }
}

#[test]
fn sixty_four_levels_pass_and_one_more_is_a_fault() {
    on_small_stacks(async {
        let server = Server::start(Options::default()).await;
        for encoding in Encoding::ALL {
            for (what, nested) in [("arrays", deep_call as fn(Encoding, usize) -> Vec<u8>), ("maps", deep_maps)] {
                let mut client = Core::connect(&server.peer(), encoding).await;
                client.send_bytes(&nested(encoding, 62)).await;
                let result = client.completion("1").await["result"].take();
                assert!(result.is_array() || result.is_object(), "62 {what}: {result}");
                client.send_bytes(&nested(encoding, 63)).await;
                client.assert_fault(&format!("63 {what} in an argument")).await;
            }
        }
    });
}

/// Messages of a type that nobody knows, and pings: so many that a million of them would not be a large message.
pub(crate) fn idle_talk(encoding: Encoding, count: usize) -> Vec<(&'static str, Vec<u8>)> {
    let (unknown, ping) = match encoding {
        Encoding::Json => {
            (format!("{{\"type\":42,\"what\":[1]}}{RS}").into_bytes(), format!("{{\"type\":6}}{RS}").into())
        }
        Encoding::MessagePack => (whole(b"\x93\x2a\x80\xa1x"), b"\x02\x91\x06".to_vec()),
    };
    vec![("messages of an unknown type", unknown.repeat(count)), ("pings", ping.repeat(count))]
}

#[test]
fn unknown_types_are_passed_over_however_many() {
    on_small_stacks(async {
        let server = Server::start(roomy()).await;
        for encoding in Encoding::ALL {
            let mut client = Core::connect(&server.peer(), encoding).await;
            for (_, bytes) in idle_talk(encoding, 100_000) {
                client.send_bytes(&bytes).await;
                assert_eq!(client.so_far().await, [] as [Value; 0]);
            }
            for number in ["-1", "0", "10", "2147483647"] {
                let unknown = match encoding {
                    Encoding::Json => format!("{{\"type\":{number},\"x\":null}}{RS}").into_bytes(),
                    Encoding::MessagePack => {
                        let number: i32 = number.parse().unwrap();
                        whole(&[&[0x92, 0xd2][..], &number.to_be_bytes(), &[0xc0]].concat())
                    }
                };
                client.send_bytes(&unknown).await;
                assert_eq!(client.so_far().await, [] as [Value; 0], "{number}");
            }
        }
    });
}

/// What is as long as it says is no fault, however it says so.
#[test]
fn a_length_in_more_bytes_than_it_needs_is_a_length() {
    on_small_stacks(async {
        let server = Server::start(Options::default()).await;
        let mut client = Core::connect(&server.peer(), Encoding::MessagePack).await;
        let call =
            encode(client.encoding, &json!({ "type": 1, "invocationId": "1", "target": "echo", "arguments": ["x"] }));
        let length = call[0];
        assert!(length < 0x80);
        client.send_bytes(&[&[length | 0x80, 0x80, 0x80, 0x80, 0x00][..], &call[1..]].concat()).await;
        assert_eq!(client.completion("1").await["result"], "x");
    });
}
