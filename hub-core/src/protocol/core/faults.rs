//! The texts of section 3.4 and 3.5, as the recordings `json-faults-detailed` and `messagepack-faults-detailed` have them.

use super::{Encoding, Fault};

fn fault(encoding: Encoding, frame: &[u8]) -> String {
    let error = encoding.read(frame).unwrap_err();
    Fault::from(error).close_text(true).strip_prefix("Connection closed with an error. ").unwrap().to_owned()
}

#[test]
fn json_faults_have_the_texts_of_the_original() {
    for (frame, text) in [
        ("", "Error reading JSON."),
        ("null", "Unexpected JSON Token Type 'Null'. Expected a JSON Object."),
        ("\"x\"", "Unexpected JSON Token Type 'String'. Expected a JSON Object."),
        ("7", "Unexpected JSON Token Type 'Number'. Expected a JSON Object."),
        ("[]", "Unexpected JSON Token Type 'Array'. Expected a JSON Object."),
        ("true", "Unexpected JSON Token Type 'True'. Expected a JSON Object."),
        ("false", "Unexpected JSON Token Type 'False'. Expected a JSON Object."),
        ("{}", "Missing required property 'type'."),
        (r#"{"type":null}"#, "Expected 'type' to be of type Number."),
        (r#"{"type":"1"}"#, "Expected 'type' to be of type Number."),
        (r#"{"type":1}"#, "Missing required property 'target'."),
        (r#"{"type":1,"target":"Echo"}"#, "Missing required property 'arguments'."),
        (r#"{"type":1,"arguments":[]}"#, "Missing required property 'target'."),
        (r#"{"type":1,"target":null,"arguments":[]}"#, "Expected 'target' to be of type String."),
        (r#"{"type":1,"target":7,"arguments":[]}"#, "Expected 'target' to be of type String."),
        (r#"{"type":1,"target":"Echo","arguments":null}"#, "Expected 'arguments' to be of type Array."),
        (r#"{"type":1,"target":"Echo","arguments":{}}"#, "Expected 'arguments' to be of type Array."),
        (
            r#"{"type":1,"target":"E","arguments":[],"invocationId":null}"#,
            "Expected 'invocationId' to be of type String.",
        ),
        (r#"{"type":1,"target":"E","arguments":[],"invocationId":7}"#, "Expected 'invocationId' to be of type String."),
        (r#"{"type":1,"target":"E","arguments":[],"streamIds":null}"#, "Expected 'streamIds' to be of type Array."),
        (r#"{"type":1,"target":"E","arguments":[],"streamIds":"s"}"#, "Expected 'streamIds' to be of type Array."),
        (r#"{"type":1,"target":"E","arguments":[],"headers":null}"#, "Expected 'headers' to be of type StartObject."),
        (r#"{"type":1,"target":"E","arguments":[],"headers":[]}"#, "Expected 'headers' to be of type StartObject."),
        (r#"{"type":1,"target":"E","arguments":[],"headers":{"a":1}}"#, "Expected header 'a' to be of type String."),
        (r#"{"type":2,"item":1}"#, "Missing required property 'invocationId'."),
        (r#"{"type":2,"invocationId":"1"}"#, "Missing required property 'item'."),
        (r#"{"type":3}"#, "Missing required property 'invocationId'."),
        (
            r#"{"type":3,"invocationId":"1","error":"x","result":1}"#,
            "The 'error' and 'result' properties are mutually exclusive.",
        ),
        (r#"{"type":3,"invocationId":"1","error":null}"#, "Expected 'error' to be of type String."),
        (r#"{"type":3,"invocationId":"1","error":5}"#, "Expected 'error' to be of type String."),
        (r#"{"type":4,"target":"Counter","arguments":[1,0]}"#, "Missing required property 'invocationId'."),
        (r#"{"type":4,"invocationId":"1","arguments":[]}"#, "Missing required property 'target'."),
        (r#"{"type":5}"#, "Missing required property 'invocationId'."),
        (r#"{"type":5,"invocationId":null}"#, "Expected 'invocationId' to be of type String."),
        (r#"{"type":7,"error":5}"#, "Expected 'error' to be of type String."),
        (r#"{"type":7,"allowReconnect":"yes"}"#, "Expected 'allowReconnect' to be true or false."),
        (r#"{"type":7,"allowReconnect":null}"#, "Expected 'allowReconnect' to be true or false."),
        (r#"{"type":8}"#, "Missing required property 'sequenceId'."),
        (r#"{"type":8,"sequenceId":"1"}"#, "Expected 'sequenceId' to be of type Number."),
        (r#"{"type":9}"#, "Missing required property 'sequenceId'."),
        (r#"{"type":1"#, "Error reading JSON."),
        (r#"{"type":1,"target":"Echo","arguments":["x""#, "Error reading JSON."),
        (r#"{"type":1,"headers":{"a":"b""#, "Error reading JSON."),
        (r#"{"type":1,/**/"target":"Echo","arguments":["x"]}"#, "Error reading JSON."),
        (r#"{"type":1,"target":"Echo","arguments":["x",]}"#, "Error reading JSON."),
        (r#"{"type":1,"target":"Echo","arguments":[tru]}"#, "Error reading JSON."),
        ("nonsense", "Error reading JSON."),
        ("{'type':1}", "Error reading JSON."),
        (r#"{"type":6"#, "Error reading JSON."),
        (r#"{"type":1 "target":"Echo"}"#, "Error reading JSON."),
        (r#"{"target":"Echo","arguments":["x"]}"#, "Missing required property 'type'."),
    ] {
        assert_eq!(fault(Encoding::Json, frame.as_bytes()), format!("InvalidDataException: {text}"), "{frame}");
    }
    let bounds = |width| {
        format!(
            "FormatException: Either the JSON value is not in a supported format, or is out of bounds for an {width}."
        )
    };
    for (frame, text) in [
        (r#"{"type":1.5}"#, bounds("Int32")),
        (r#"{"type":2147483648}"#, bounds("Int32")),
        (r#"{"type":9,"sequenceId":1.5}"#, bounds("Int64")),
        (r#"{"type":9,"sequenceId":9223372036854775808}"#, bounds("Int64")),
        (
            r#"{"type":1,"target":"Echo","arguments":["x"],"streamIds":[1]}"#,
            "InvalidOperationException: Cannot get the value of a token type 'Number' as a string.".to_owned(),
        ),
    ] {
        assert_eq!(fault(Encoding::Json, frame.as_bytes()), text, "{frame}");
    }
    assert_eq!(fault(Encoding::Json, b"{\"type\":6,\"x\":\"\xff\"}"), "InvalidDataException: Error reading JSON.");
}

#[test]
fn messagepack_faults_have_the_texts_of_the_original() {
    for (frame, text) in [
        (&b"\x90"[..], "Reading 'messageType' as Int32 failed."),
        (b"\x91\xc0", "Reading 'messageType' as Int32 failed."),
        (b"\x91\xa11", "Reading 'messageType' as Int32 failed."),
        (b"\x91\xce\xff\xff\xff\xff", "Reading 'messageType' as Int32 failed."),
        (b"\x91\x01", "Reading map length for 'headers' failed."),
        (b"\x96\x01\x07\xa11\xa4Echo\x90\x90", "Reading map length for 'headers' failed."),
        (b"\x96\x01\x90\xa11\xa4Echo\x90\x90", "Reading map length for 'headers' failed."),
        (b"\x96\x01\x81\x05\xa1x\xa11\xa4Echo\x90\x90", "Reading 'headers[0].Key' as String failed."),
        (b"\x96\x01\x82\xa1a\xa1b\xa1c\x05\xa11\xa4Echo\x90\x90", "Reading 'headers[1].Value' as String failed."),
        (b"\x96\x01\x81\xa0\xa1x\xa11\xa4Echo\x90\x90", "Null or empty key in header."),
        (b"\x96\x01\x81\xa1x\xa0\xa11\xa4Echo\x90\x90", "Null or empty value in header."),
        (b"\x96\x01\x81\xa1x\xc0\xa11\xa4Echo\x90\x90", "Null or empty value in header."),
        (b"\x96\x01\x80\x07\xa4Echo\x90\x90", "Reading 'invocationId' as String failed."),
        (b"\x96\x01\x80\xa11\xa0\x90\x90", "Null or empty target for Invocation message."),
        (b"\x96\x01\x80\xa11\xc0\x90\x90", "Null or empty target for Invocation message."),
        (b"\x96\x01\x80\xa11\x07\x90\x90", "Reading 'target' as String failed."),
        (b"\x93\x01\x80\xa11", "Reading 'target' as String failed."),
        (b"\x96\x01\x80\xa11\xa3Sum\x90\xa1x", "Reading array length for 'streamIds' failed."),
        (b"\x96\x01\x80\xa11\xa3Sum\x90\x91\xa0", "Null or empty value in streamIds received."),
        (b"\x96\x01\x80\xa11\xa3Sum\x90\x91\xc0", "Null or empty value in streamIds received."),
        (b"\x96\x04\x80\xa0\xa7Counter\x92\x01\0\x90", "Null or empty invocation ID for StreamInvocation message."),
        (b"\x96\x04\x80\xc0\xa7Counter\x92\x01\0\x90", "Null or empty invocation ID for StreamInvocation message."),
        (b"\x96\x04\x80\xa11\xa0\x90\x90", "Null or empty target for StreamInvocation message."),
        (b"\x94\x02\x80\xa0\x01", "Null or empty invocation ID for StreamItem message."),
        (b"\x94\x02\x80\xc0\x01", "Null or empty invocation ID for StreamItem message."),
        (b"\x94\x03\x80\xa0\x02", "Null or empty invocation ID for Completion message."),
        (b"\x93\x03\x80\xa11", "Reading 'resultKind' as Int32 failed."),
        (b"\x94\x03\x80\xa11\0", "Invalid invocation result kind."),
        (b"\x94\x03\x80\xa11\x04", "Invalid invocation result kind."),
        (b"\x94\x03\x80\xa11\xa1x", "Reading 'resultKind' as Int32 failed."),
        (b"\x95\x03\x80\xa11\x01\x05", "Reading 'error' as String failed."),
        (b"\x94\x03\x80\xa11\x01", "Reading 'error' as String failed."),
        (b"\x93\x05\x80\xa0", "Null or empty invocation ID for CancelInvocation message."),
        (b"\x93\x05\x80\xc0", "Null or empty invocation ID for CancelInvocation message."),
        (b"\x91\x05", "Reading map length for 'headers' failed."),
        (b"\x91\x07", "Reading 'error' as String failed."),
        (b"\x93\x07\x05\xc2", "Reading 'error' as String failed."),
        (b"\x93\x07\xc0\xa1x", "Reading 'allowReconnect' as Boolean failed."),
        (b"\x91\x08", "Reading 'sequenceId' as Int64 failed."),
        (b"\x92\x08\xa1x", "Reading 'sequenceId' as Int64 failed."),
        (b"\x91\x09", "Reading 'sequenceId' as Int64 failed."),
        (b"\x92\x09\xc0", "Reading 'sequenceId' as Int64 failed."),
    ] {
        assert_eq!(fault(Encoding::MessagePack, frame), format!("InvalidDataException: {text}"), "{frame:02x?}");
    }
    // The texts of these are the library's in the original; here they are ours.
    for frame in [
        &b"\xc0"[..],
        b"\x01",
        b"",
        b"\x96\x01\x81\x01\xa1a",
        b"\x96\x01\x80\xa11\xa3Sum\x90\x91\x05",
        b"\x93\x02\x80\xa11",
        b"\x94\x03\x80\xa11\x03",
        b"\xc1",
    ] {
        assert!(fault(Encoding::MessagePack, frame).starts_with("MessagePackSerializationException: "), "{frame:02x?}");
    }
}
