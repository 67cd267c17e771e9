//! Every message type in both encodings, byte for byte, there and back.

use std::fmt::Write as _;

use super::{EncodedArguments, Encoding, Incoming, InvocationKind, Outcome, Outgoing};
use crate::value::Value;

/// Name, the JSON frame and the MessagePack frame, of `golden/frames.txt`.
fn frames() -> Vec<(&'static str, [Vec<u8>; 2])> {
    let paragraphs = include_str!("golden/frames.txt").split("\n\n").skip(1);
    let parsed = paragraphs.map(|paragraph| {
        let mut lines = paragraph.trim().lines();
        let (name, json, hex) = (lines.next().unwrap(), lines.next().unwrap(), lines.next().unwrap());
        assert_eq!(lines.next(), None, "{name}");
        let bytes = hex.split(' ').map(|byte| u8::from_str_radix(byte, 16).unwrap()).collect();
        (name, [json.replace('␞', "\u{1e}").into_bytes(), bytes])
    });
    parsed.collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x} ");
        text
    })
}

/// What the frames are written from.
fn write(name: &str, encoding: Encoding) -> bytes::Bytes {
    let arguments = |json: &str| EncodedArguments::transcode(json.as_bytes(), encoding).unwrap();
    let value = |json: &str| encoding.encode(&serde_json::from_str::<Value>(json).unwrap()).unwrap();
    let none: &[&str] = &[];
    match name {
        "invocation" => {
            let arguments = arguments("2,3");
            Outgoing::Invocation { id: Some("7"), target: "Add", arguments: &arguments, stream_ids: none }
                .encode(encoding)
        }
        "invocation without id" => {
            let arguments = arguments(r#""hi",{"age":7}"#);
            Outgoing::Invocation { id: None, target: "Note", arguments: &arguments, stream_ids: none }.encode(encoding)
        }
        "invocation with an upload stream" => Outgoing::Invocation {
            id: Some("8"),
            target: "Sum",
            arguments: &EncodedArguments::new(encoding),
            stream_ids: &["1", "2"],
        }
        .encode(encoding),
        "stream invocation" => {
            let arguments = arguments("3");
            Outgoing::StreamInvocation { id: "9", target: "Count", arguments: &arguments, stream_ids: none }
                .encode(encoding)
        }
        "stream item" => Outgoing::StreamItem { id: "9", item: &value("1") }.encode(encoding),
        "stream item, null" => Outgoing::StreamItem { id: "9", item: &value("null") }.encode(encoding),
        "completion with error" => Outgoing::Completion { id: "7", outcome: Err("no") }.encode(encoding),
        "completion without value" => Outgoing::Completion { id: "7", outcome: Ok(None) }.encode(encoding),
        "completion with value" => {
            Outgoing::Completion { id: "7", outcome: Ok(Some(&value("[1,\"é\\n\"]"))) }.encode(encoding)
        }
        "completion of a void method" => {
            Outgoing::Completion { id: "7", outcome: Ok(Some(&encoding.encode(&()).unwrap())) }.encode(encoding)
        }
        "cancel invocation" => Outgoing::CancelInvocation { id: "9" }.encode(encoding),
        "ping" => Outgoing::Ping.encode(encoding),
        "close" => Outgoing::Close { error: None, allow_reconnect: false }.encode(encoding),
        "close, come back" => Outgoing::Close { error: None, allow_reconnect: true }.encode(encoding),
        "close with error" => Outgoing::Close { error: Some("Bye"), allow_reconnect: true }.encode(encoding),
        "ack" => Outgoing::Ack { sequence_id: 3 }.encode(encoding),
        "sequence" => Outgoing::Sequence { sequence_id: 200 }.encode(encoding),
        _ => panic!("{name}"),
    }
}

/// A message in words.
fn describe(message: &Incoming<'_>) -> String {
    match message {
        Incoming::Invocation(call) => {
            let arguments = call.arguments.unwrap().iter().map(|raw| raw.read::<Value>().unwrap());
            let kind = if call.kind == InvocationKind::Plain { "call" } else { "stream" };
            let streams: Vec<_> = call.stream_ids.iter().collect();
            format!("{kind} {:?} {} {:?} {streams:?}", call.id, call.target, arguments.collect::<Vec<_>>())
        }
        Incoming::StreamItem { id, item } => format!("item {id} {:?}", item.read::<Value>().unwrap()),
        Incoming::Completion { id, outcome: Outcome::Error(text) } => format!("end {id} error {text}"),
        Incoming::Completion { id, outcome: Outcome::Void } => format!("end {id}"),
        Incoming::Completion { id, outcome: Outcome::Value(value) } => {
            format!("end {id} {:?}", value.read::<Value>().unwrap())
        }
        other => format!("{other:?}"),
    }
}

#[test]
fn every_message_is_written_byte_for_byte() {
    let frames = frames();
    assert_eq!(frames.len(), 17);
    for (name, golden) in &frames {
        for (encoding, golden) in Encoding::ALL.into_iter().zip(golden) {
            assert_eq!(hex(&write(name, encoding)), hex(golden), "{name} in {encoding:?}");
        }
    }
}

#[test]
fn both_encodings_say_the_same() {
    let mut types = 0_usize;
    for (name, [json, messagepack]) in frames() {
        let json = Encoding::Json.read(&json[..json.len() - 1]).unwrap().unwrap();
        let messagepack = Encoding::MessagePack.read(&messagepack[1..]).unwrap().unwrap();
        assert_eq!(describe(&json), describe(&messagepack), "{name}");
        assert_eq!(json.is_counted(), messagepack.is_counted());
        types += 1;
    }
    assert_eq!(types, 17);
}

#[test]
fn long_messages_have_long_prefixes() {
    for (length, prefix) in [(1_usize, 1), (120, 1), (121, 2), (16_375, 2), (16_376, 3), (2_097_141, 3), (2_097_142, 4)]
    {
        let text = "x".repeat(length);
        let item = Encoding::MessagePack.encode(&text).unwrap();
        let frame = Outgoing::StreamItem { id: "1", item: &item }.encode(Encoding::MessagePack);
        assert_eq!(frame.len(), prefix + 5 + item.len(), "{length}");
        let mut reader = super::FrameReader::new(None);
        reader.set_encoding(Encoding::MessagePack);
        reader.push(frame);
        let frame = reader.next_frame().unwrap().unwrap();
        let Some(Incoming::StreamItem { item, .. }) = Encoding::MessagePack.read(&frame).unwrap() else { panic!() };
        assert_eq!(item.read::<String>().unwrap(), text);
    }
}

#[test]
fn texts_of_a_frame_stay_within_it() {
    let frame = Outgoing::Completion { id: "\"\u{1e}\\", outcome: Err("line\nend\u{85}\u{2028}\u{1e}") };
    let json = frame.encode(Encoding::Json);
    assert_eq!(
        std::str::from_utf8(&json).unwrap(),
        "{\"type\":3,\"invocationId\":\"\\\"\\u001e\\\\\",\"error\":\"line\\nend\\u0085\\u2028\\u001e\"}\u{1e}"
    );
    let Some(Incoming::Completion { id, outcome: Outcome::Error(error) }) =
        Encoding::Json.read(&json[..json.len() - 1]).unwrap()
    else {
        panic!()
    };
    assert_eq!((&*id, &*error), ("\"\u{1e}\\", "line\nend\u{85}\u{2028}\u{1e}"));
}
