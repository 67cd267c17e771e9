//! Input that means harm: whatever comes, it is read, refused or skipped, without a panic and without more memory than it is worth.

use super::{
    BindingError, Encoding, FrameReader, HandshakeRequest, Incoming, InvocationKind, MAX_DEPTH, Outcome, ProtocolError,
};
use crate::value::Value;

const JSON_SEEDS: [&str; 8] = [
    r#"{"type":1,"headers":{"a":"b"},"invocationId":"7","target":"Add","arguments":[2,{"a":[1,"x"]},null],"streamIds":["1"]}"#,
    r#"{"arguments":["\ud83d\ude00é\u001e"],"target":"\u0041","type":4,"invocationId":"s"}"#,
    r#"{"type":2,"invocationId":"9","item":{"deep":[[[]]]}}"#,
    r#"{"type":3,"invocationId":"7","result":-1.5e7}"#,
    r#"{"type":3,"invocationId":"7","error":"no"}"#,
    r#"{"type":7,"error":"Bye","allowReconnect":true}"#,
    r#"{"type":9,"sequenceId":200}"#,
    r#"{"protocol":"json","version":1}"#,
];

const MESSAGEPACK_SEEDS: [&[u8]; 6] = [
    b"\x96\x01\x81\xa1k\xa1v\xa17\xa3Add\x94\x02\x81\xa1a\x92\x01\xa1x\xc0\xd7\xff\0\0\0\0\0\0\0\x01\x91\xa11",
    b"\x96\x04\x80\xa19\xa5Count\x93\xc4\x02\0\xff\xcb\x3f\xf8\0\0\0\0\0\0\xdc\0\x01\xc7\x03\x05abc\x90",
    b"\x94\x02\x80\xa19\xda\0\x03abc",
    b"\x95\x03\x80\xa17\x03\xdf\0\0\0\x01\xa1a\xdd\0\0\0\x01\xc3",
    b"\x93\x07\xa3Bye\xc3",
    b"\x92\x09\xd3\0\0\0\0\0\0\0\x05",
];

/// Reads a frame and everything in it. What is read must not contain more than came.
fn devour(encoding: Encoding, frame: &[u8]) {
    let value = |raw: super::RawValue<'_>| {
        assert!(raw.as_bytes().len() <= frame.len());
        let _ = raw.read::<Value>();
        let _ = raw.read::<String>();
        let _ = raw.read::<Vec<Option<u32>>>();
        let _ = raw.read::<crate::value::DateTime>();
        let _ = raw.read::<crate::value::Bytes>();
    };
    match encoding.read(frame) {
        Ok(Some(Incoming::Invocation(call))) => {
            assert!(!call.target.is_empty() && call.id.as_deref() != Some(""));
            assert!(call.kind == InvocationKind::Plain || call.id.is_some());
            assert_eq!(call.stream_ids.iter().count(), call.stream_ids.len());
            if let Ok(arguments) = call.arguments {
                assert_eq!(arguments.iter().map(value).count(), arguments.len());
            }
        }
        Ok(Some(Incoming::StreamItem { item, .. })) => value(item),
        Ok(Some(Incoming::Completion { outcome: Outcome::Value(result), .. })) => value(result),
        _ => {}
    }
    if encoding == Encoding::Json
        && let Ok(request) = HandshakeRequest::parse(frame)
    {
        let _ = request.select(&Encoding::ALL, true);
    }
}

/// A generator of numbers that are the same in each run (xorshift).
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(limit).unwrap()).unwrap()
    }
}

fn seeds() -> impl Iterator<Item = (Encoding, Vec<u8>)> {
    let json = JSON_SEEDS.iter().map(|seed| (Encoding::Json, seed.as_bytes().to_vec()));
    json.chain(MESSAGEPACK_SEEDS.iter().map(|seed| (Encoding::MessagePack, seed.to_vec())))
}

#[test]
fn the_seeds_are_messages() {
    for (encoding, seed) in seeds() {
        let is_handshake = seed.starts_with(b"{\"protocol");
        assert_eq!(encoding.read(&seed).is_ok(), !is_handshake, "{}", String::from_utf8_lossy(&seed));
        devour(encoding, &seed);
    }
}

#[test]
fn a_message_cut_short_anywhere_is_a_fault() {
    for (encoding, seed) in seeds() {
        for length in 0..seed.len() {
            assert!(encoding.read(&seed[..length]).is_err(), "{length} of {}", String::from_utf8_lossy(&seed));
            devour(encoding, &seed[..length]);
        }
    }
}

#[test]
fn mutations_never_panic() {
    let mut random = Random(0x05EE_D0FC_0DEC);
    let seeds: Vec<_> = seeds().collect();
    for _ in 0..60_000 {
        let (encoding, mut frame) = seeds[random.below(seeds.len())].clone();
        for _ in 0..=random.below(4) {
            let at = random.below(frame.len().max(1));
            match random.below(5) {
                0 if !frame.is_empty() => frame[at] = u8::try_from(random.below(256)).unwrap(),
                1 if !frame.is_empty() => frame[at] ^= 1 << random.below(8),
                2 if !frame.is_empty() => drop(frame.remove(at)),
                3 => frame.insert(at, [0xC1, 0xDF, 0xDD, 0xC6, b'"', b'[', b'{', b'\\', b',', b'9'][random.below(10)]),
                _ => {
                    let (_, other) = &seeds[random.below(seeds.len())];
                    let from = random.below(other.len());
                    frame.splice(at..at, other[from..].iter().take(8).copied());
                }
            }
        }
        devour(encoding, &frame);
        for encoding in Encoding::ALL {
            let mut reader = FrameReader::new(Some(64));
            reader.set_encoding(encoding);
            for piece in frame.chunks(1 + random.below(9)) {
                reader.push(bytes::Bytes::copy_from_slice(piece));
                while let Ok(Some(part)) = reader.next_frame() {
                    assert!(part.len() < 64);
                }
            }
        }
    }
}

#[test]
fn lengths_that_lie_are_faults() {
    // Array, map, text, bytes and extension of four billion, as the message, a header, an id, an argument and an item.
    for bomb in [
        b"\xdd\xff\xff\xff\xff",
        b"\xdf\xff\xff\xff\xff",
        b"\xdb\xff\xff\xff\xff",
        b"\xc6\xff\xff\xff\xff",
        b"\xc9\xff\xff\xff\xff",
    ] {
        for before in [
            &b""[..],
            b"\x96\x01",
            b"\x96\x01\x80",
            b"\x96\x01\x80\xa17\xa1T\x91",
            b"\x96\x01\x80\xa17\xa1T\x90",
            b"\x94\x02\x80\xa17",
        ] {
            let frame = [before, bomb].concat();
            assert!(matches!(Encoding::MessagePack.read(&frame), Err(ProtocolError::MessagePack(_))), "{frame:02x?}");
        }
    }
}

#[test]
fn sixty_four_levels_pass_and_one_more_is_a_fault() {
    let json = |levels: usize| {
        let (open, close) = ("[".repeat(levels), "]".repeat(levels));
        format!(r#"{{"type":1,"target":"T","arguments":[{open}{close}]}}"#).into_bytes()
    };
    let messagepack = |levels: usize| {
        let mut frame = b"\x95\x01\x80\xc0\xa1T\x91".to_vec();
        frame.extend(std::iter::repeat_n(0x91, levels - 1));
        frame.push(0x90);
        frame
    };
    for (encoding, message) in
        [(Encoding::Json, &json as &dyn Fn(usize) -> Vec<u8>), (Encoding::MessagePack, &messagepack)]
    {
        let deepest = message(MAX_DEPTH - 2);
        let Ok(Some(Incoming::Invocation(call))) = encoding.read(&deepest) else { panic!() };
        // The value of 62 levels can be read and written.
        let value: Value = call.arguments.unwrap().iter().next().unwrap().read().unwrap();
        assert!(encoding.encode(&value).unwrap().len() < deepest.len());
        for levels in [MAX_DEPTH - 1, 100_000, 1_000_000] {
            assert!(encoding.read(&message(levels)).is_err(), "{encoding:?} {levels}");
        }
    }
    // A part of the message that nobody asks for counts as well.
    let (open, close) = ("[".repeat(64), "]".repeat(64));
    assert_eq!(
        Encoding::Json.read(format!(r#"{{"type":6,"x":{open}{close}}}"#).as_bytes()).unwrap_err(),
        ProtocolError::Json
    );
    assert!(Encoding::MessagePack.read(&[&b"\x92\x06"[..], &[0x91; 64], b"\x90"].concat()).is_err());
    // Brackets in a text do not.
    assert!(Encoding::Json.read(format!(r#"{{"type":6,"x":"{}"}}"#, "[".repeat(1000)).as_bytes()).is_ok());
}

#[test]
fn long_lists_are_walked_through_in_order() {
    let count = 10_000;
    let json = format!(
        r#"{{"type":1,"target":"T","arguments":[{}],"streamIds":[{}]}}"#,
        vec!["[0]"; count].join(","),
        vec!["\"s\""; count].join(",")
    );
    let mut messagepack = b"\x96\x01\x80\xc0\xa1T\xdc\x27\x10".to_vec();
    messagepack.extend(b"\x91\0".repeat(count));
    messagepack.extend(b"\xdc\x27\x10");
    messagepack.extend(b"\xa1s".repeat(count));
    for (encoding, frame) in [(Encoding::Json, json.into_bytes()), (Encoding::MessagePack, messagepack)] {
        let Ok(Some(Incoming::Invocation(call))) = encoding.read(&frame) else { panic!() };
        let arguments = call.arguments.unwrap();
        assert_eq!((arguments.len(), call.stream_ids.len()), (count, count));
        assert!(arguments.iter().all(|value| value.read::<[u8; 1]>().is_ok_and(|[zero]| zero == 0)));
        assert!(call.stream_ids.iter().all(|id| id == "s"));
    }
}

#[test]
fn unknown_types_are_skipped_whatever_they_hold() {
    for json in [r#"{"type":42,"target":7}"#, r#"{"type":0}"#, r#"{"type":-1,"x":[]}"#] {
        assert!(Encoding::Json.read(json.as_bytes()).unwrap().is_none(), "{json}");
    }
    for frame in [&b"\x93\x2a\x80\xa1x"[..], b"\x91\0", b"\x91\xff", b"\x92\x0a\xc0"] {
        assert!(Encoding::MessagePack.read(frame).unwrap().is_none(), "{frame:02x?}");
    }
}

#[test]
fn messagepack_arguments_that_are_none_fail_the_call_alone() {
    for frame in
        [&b"\x96\x01\x80\xa18\xa4Echo\xa1x\x90"[..], b"\x94\x01\x80\xa18\xa4Echo", b"\x96\x01\x80\xa18\xa4Echo\xc0\x90"]
    {
        let Ok(Some(Incoming::Invocation(call))) = Encoding::MessagePack.read(frame) else { panic!("{frame:02x?}") };
        assert_eq!(call.arguments.unwrap_err(), BindingError::NoArguments);
        assert_eq!(call.id.as_deref(), Some("8"));
    }
    // Five elements, seven elements, and an id that is empty.
    let Ok(Some(Incoming::Invocation(call))) =
        Encoding::MessagePack.read(b"\x97\x01\x80\xa0\xa4Echo\x91\x01\x90\xa4more")
    else {
        panic!()
    };
    assert_eq!((call.id, call.arguments.unwrap().len(), call.stream_ids.len()), (None, 1, 0));
    assert!(Encoding::MessagePack.read(b"\x95\x01\x80\xa18\xa4Echo\x90").is_ok());
}

#[test]
fn json_members_come_in_any_order_and_the_last_of_a_name_holds() {
    let frame = br#" {"arguments":["x",{"arguments":[]}],"streamIds":[],"target":"a","Target":"no","more":[{}], "type" : 1,"target":"\u0062","invocationId":"7"} "#;
    let Ok(Some(Incoming::Invocation(call))) = Encoding::Json.read(frame) else { panic!() };
    assert_eq!((&*call.target, call.id.as_deref(), call.arguments.unwrap().len()), ("b", Some("7"), 2));
    let Ok(Some(Incoming::StreamItem { id, item })) =
        Encoding::Json.read(br#"{"item":[1 , 2],"invocationId":"9","type":2}"#)
    else {
        panic!()
    };
    assert_eq!((&*id, item.read::<Vec<u8>>().unwrap()), ("9", vec![1, 2]));
    let Ok(Some(Incoming::Invocation(call))) =
        Encoding::Json.read(br#"{"type":1,"target":"t","invocationId":"","arguments":["\ud800"]}"#)
    else {
        panic!()
    };
    // Half a surrogate pair fails where it is read, not before.
    assert!(call.id.is_none());
    assert!(call.arguments.unwrap().iter().next().unwrap().read::<String>().is_err());
}
