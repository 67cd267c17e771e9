//! The core wire: frames, messages and what is in them, the first exchange, and the counting of messages.

use std::{
    collections::VecDeque,
    sync::{Arc, atomic::Ordering},
    task::{Context, Poll, Waker},
};

use bytes::Bytes;
use futures_util::Stream as _;

use crate::{
    connection::Kept,
    core::{link::replay::Replay, negotiate},
    dispatch::{StreamReceiver, Upload},
    hub::Request,
    protocol::{
        Encoding,
        core::{FrameReader, HandshakeRequest, Incoming, InvocationKind, MAX_VERSION, Outcome, Outgoing, RawValue},
    },
    value::{self, Value},
};

const LIMIT_BYTES: usize = 4_096;

pub(super) fn json(data: &[u8]) {
    frames(Encoding::Json, data);
    message(Encoding::Json, data);
}

pub(super) fn messagepack(data: &[u8]) {
    frames(Encoding::MessagePack, data);
    message(Encoding::MessagePack, data);
}

/// Bytes in pieces are the same frames as all at once, and none is larger than it may be.
fn frames(encoding: Encoding, data: &[u8]) {
    let Some((size, data)) = data.split_first() else { return };
    let cut = |piece: usize| {
        let mut reader = FrameReader::new(Some(LIMIT_BYTES));
        reader.set_encoding(encoding);
        let mut frames = Vec::new();
        for piece in data.chunks(piece.max(1)) {
            reader.push(Bytes::copy_from_slice(piece));
            loop {
                match reader.next_frame() {
                    Ok(Some(frame)) => frames.push(frame),
                    Ok(None) => break,
                    Err(_) => return (frames, true),
                }
            }
        }
        (frames, false)
    };
    let whole = cut(data.len());
    assert_eq!(cut(usize::from(*size)), whole);
    for frame in whole.0 {
        assert!(frame.len() < LIMIT_BYTES);
        message(encoding, &frame);
    }
}

/// What is read is within its bounds, and what is written of it reads the same.
fn message(encoding: Encoding, frame: &[u8]) {
    match encoding.read(frame) {
        Ok(Some(Incoming::Invocation(call))) => {
            assert!(!call.target.is_empty() && call.id.as_deref() != Some(""));
            assert!(call.kind == InvocationKind::Plain || call.id.is_some());
            assert_eq!(call.stream_ids.iter().count(), call.stream_ids.len());
            if let Ok(arguments) = call.arguments {
                let read = arguments.iter().map(|raw| value(raw, frame)).count();
                assert_eq!(read, arguments.len());
            }
        }
        Ok(Some(Incoming::StreamItem { id, item })) => {
            value(item, frame);
            same(encoding, &Outgoing::StreamItem { id: &id, item: item.as_bytes() });
        }
        Ok(Some(Incoming::Completion { id, outcome })) => {
            let outcome = match &outcome {
                Outcome::Error(error) => Err(&**error),
                Outcome::Void => Ok(None),
                Outcome::Value(result) => {
                    value(*result, frame);
                    Ok(Some(result.as_bytes()))
                }
            };
            same(encoding, &Outgoing::Completion { id: &id, outcome });
        }
        Ok(Some(Incoming::CancelInvocation { id })) => same(encoding, &Outgoing::CancelInvocation { id: &id }),
        Ok(Some(Incoming::Close { error, allow_reconnect })) => {
            let error = error.as_deref().filter(|error| !error.is_empty());
            same(encoding, &Outgoing::Close { error, allow_reconnect });
        }
        Ok(_) => {}
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}

/// A message that is written is read, and written again the same.
fn same(encoding: Encoding, message: &Outgoing<'_>) {
    let written = message.encode(encoding);
    let mut reader = FrameReader::new(None);
    reader.set_encoding(encoding);
    reader.push(written.clone());
    let frame = reader.next_frame().unwrap().expect("what is written is a frame");
    assert_eq!(reader.buffered_bytes(), 0);
    let again = match encoding.read(&frame).expect("and a message").expect("of a known type") {
        Incoming::StreamItem { id, item } => Outgoing::StreamItem { id: &id, item: item.as_bytes() }.encode(encoding),
        Incoming::Completion { id, outcome } => {
            let outcome = match &outcome {
                Outcome::Error(error) => Err(&**error),
                Outcome::Void => Ok(None),
                Outcome::Value(result) => Ok(Some(result.as_bytes())),
            };
            Outgoing::Completion { id: &id, outcome }.encode(encoding)
        }
        Incoming::CancelInvocation { id } => Outgoing::CancelInvocation { id: &id }.encode(encoding),
        Incoming::Close { error, allow_reconnect } => {
            Outgoing::Close { error: error.as_deref(), allow_reconnect }.encode(encoding)
        }
        other => panic!("{other:?}"),
    };
    assert_eq!(again, written);
}

/// A value is part of what came; read as it comes, it is written and read again the same.
fn value(raw: RawValue<'_>, frame: &[u8]) {
    assert!(raw.as_bytes().len() <= frame.len());
    let _ = raw.read::<String>();
    let _ = raw.read::<Option<i32>>();
    let _ = raw.read::<Vec<Option<u64>>>();
    let _ = raw.read::<value::DateTime>();
    let _ = raw.read::<value::Bytes>();
    let Ok(value) = raw.read::<Value>() else { return };
    for encoding in Encoding::ALL {
        let Ok(mut written) = encoding.encode(&value) else { continue };
        // A number of 32 bits is one of 64 once JSON has carried it, and then it stays what it is.
        for _ in 0..2 {
            let read = RawValue::new(encoding, &written).read::<Value>().expect("what is written can be read");
            let again = encoding.encode(&read).expect("and written again");
            assert!(again == written || (encoding == Encoding::Json && has_float32(&value)), "{written:?} {again:?}");
            written = again;
        }
    }
}

fn has_float32(value: &Value) -> bool {
    match value {
        Value::Float32(_) => true,
        Value::Array(values) => values.iter().any(has_float32),
        Value::Map(entries) => entries.iter().any(|(name, value)| has_float32(name) || has_float32(value)),
        _ => false,
    }
}

/// The request of the handshake, and the frame that it comes in.
pub(super) fn handshake(data: &[u8]) {
    let mut reader = FrameReader::new(Some(LIMIT_BYTES));
    reader.push(Bytes::copy_from_slice(data));
    let frame = reader.next_frame().ok().flatten();
    let request = match HandshakeRequest::parse(frame.as_deref().unwrap_or(data)) {
        Ok(request) => request,
        Err(error) => {
            for detailed in [false, true] {
                let answer = error.encode(detailed);
                let (end, json) = answer.split_last().unwrap();
                assert_eq!(*end, 0x1E);
                let answer: serde_json::Value = serde_json::from_slice(json).unwrap();
                assert!(answer["error"].is_string());
            }
            return;
        }
    };
    let written = request.encode();
    assert_eq!(HandshakeRequest::parse(written.split_last().unwrap().1).as_ref(), Ok(&request));
    for binary in [false, true] {
        if let Ok(shaken) = request.select(&Encoding::ALL, binary) {
            assert!(shaken.version <= MAX_VERSION && (binary || !shaken.encoding.is_binary()));
        }
    }
}

/// The query of a negotiation.
pub(super) fn negotiate(data: &[u8]) {
    let query = String::from_utf8_lossy(data);
    let request = Request::new("/hub", &query, [], None);
    for minimum in [0, 1] {
        match negotiate::version(request.query("negotiateVersion").as_deref(), minimum) {
            Ok(version) => assert!((minimum..=1).contains(&version)),
            Err(text) => assert!(text.starts_with("The client requested ")),
        }
    }
    for name in ["useStatefulReconnect", "id", "access_token"] {
        let _ = request.query(name);
    }
}

/// Items of an upload stream, whatever their method takes them for: each with its length in a byte before it.
pub(super) fn upload(data: &[u8]) {
    let Some((encoding, mut rest)) = data.split_first() else { return };
    let encoding = if encoding % 2 == 0 { Encoding::Json } else { Encoding::MessagePack };
    let mut items = Vec::new();
    while let Some((length, behind)) = rest.split_first() {
        let (item, behind) = behind.split_at(usize::from(*length).min(behind.len()));
        items.push(Bytes::copy_from_slice(item));
        rest = behind;
    }
    take::<Value>(encoding, &items);
    take::<i32>(encoding, &items);
    take::<String>(encoding, &items);
    take::<Vec<(String, Option<f64>)>>(encoding, &items);
    take::<value::DateTime>(encoding, &items);
}

/// Every item up to the first that does not fit, and then the end.
fn take<T: serde::de::DeserializeOwned + Unpin>(encoding: Encoding, items: &[Bytes]) {
    let (uploader, upload) = Upload::new(items.len(), encoding);
    for item in items {
        uploader.items.try_send(item.clone()).expect("there is room for all");
    }
    uploader.end.set(Err("the client's own".to_owned())).unwrap();
    drop(uploader);
    let mut receiver = StreamReceiver::<T>::of(upload);
    let mut cx = Context::from_waker(Waker::noop());
    let mut taken = 0;
    loop {
        match std::pin::Pin::new(&mut receiver).poll_next(&mut cx) {
            Poll::Ready(Some(Ok(_))) => taken += 1,
            Poll::Ready(Some(Err(_))) => break,
            other => panic!("an end that says why is an error: {}", other.is_pending()),
        }
    }
    assert!(taken <= items.len());
    assert!(matches!(std::pin::Pin::new(&mut receiver).poll_next(&mut cx), Poll::Ready(None)));
}

/// Both directions of a connection that can be resumed, against a model that remembers everything.
pub(super) fn sequence(data: &[u8]) {
    const LIMIT_BYTES: usize = 100;
    let budget = Arc::default();
    let mut replay = Replay::new(LIMIT_BYTES, Arc::new(Kept::new(Arc::clone(&budget))));
    let (mut sent, mut acknowledged): (VecDeque<Bytes>, usize) = (VecDeque::new(), 0);
    let (mut next, mut received, mut told) = (1_i64, 0_i64, 0_i64);
    for step in data.chunks_exact(2) {
        let &[what, with] = step else { return };
        // Near what is possible, and far from it.
        let number = match with {
            0 => i64::MIN,
            1 => -1,
            2 => i64::MAX,
            other => i64::from(other) - 3,
        };
        match what % 6 {
            0 if replay.has_room() => {
                let frame = Bytes::from(vec![with; usize::from(with)]);
                replay.hold([&frame]);
                replay.keep(&frame);
                sent.push_back(frame);
            }
            0 => {}
            1 => {
                replay.acknowledge(number);
                let possible = usize::try_from(number).ok().filter(|number| *number <= sent.len());
                acknowledged = acknowledged.max(possible.unwrap_or(0));
            }
            2 => {
                assert_eq!(replay.count(), next > received);
                received = received.max(next);
                next += 1;
            }
            3 => {
                let is_possible = (1..=received + 1).contains(&number);
                assert_eq!(replay.sequence(number).is_ok(), is_possible);
                if is_possible {
                    next = number;
                    told = told.min(number - 1);
                }
            }
            4 => {
                let (number, missed) = replay.resume();
                assert_eq!(number, acknowledged as u64 + 1);
                assert!(missed.iter().eq(sent.iter().skip(acknowledged)));
            }
            _ => {
                let tells = (received > told).then_some(received as u64);
                assert_eq!(replay.acknowledgement(), tells);
                told = told.max(received);
            }
        }
        let kept: usize = sent.iter().skip(acknowledged).map(Bytes::len).sum();
        assert_eq!(budget.load(Ordering::Relaxed), kept);
        assert_eq!(replay.has_room(), kept <= LIMIT_BYTES);
        assert!(kept <= LIMIT_BYTES + usize::from(u8::MAX));
    }
    drop(replay);
    assert_eq!(budget.load(Ordering::Relaxed), 0);
}
