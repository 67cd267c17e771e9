//! Texts that are values: date-times, base64, names and ids.

use crate::{
    connection::ConnectionId,
    groups::{GroupName, MAX_NAME_BYTES},
    protocol::Encoding,
    value::{Bytes, DateTime},
};

pub(super) fn texts(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Ok(read) = text.parse::<DateTime>() {
        let written = read.to_string();
        assert_eq!(written.parse::<DateTime>().as_ref(), Ok(&read), "{written}");
        for encoding in Encoding::ALL {
            if let Ok(written) = encoding.encode(&read) {
                let again: DateTime = encoding.decode(&written).expect("what is written can be read");
                assert_eq!((again.unix_seconds(), again.nanoseconds()), (read.unix_seconds(), read.nanoseconds()));
            }
        }
    }
    let json = serde_json::Value::from(text).to_string();
    if let Ok(read) = Encoding::Json.decode::<Bytes>(json.as_bytes()) {
        let written = Encoding::Json.encode(&read).expect("bytes are a text");
        assert_eq!(Encoding::Json.decode::<Bytes>(&written).expect("and bytes again"), read);
    }
    if let Ok(name) = GroupName::new(text) {
        assert!(name.as_str() == text && text.len() <= MAX_NAME_BYTES);
    }
    if let Some(id) = ConnectionId::parse(text) {
        assert_eq!(id.as_str(), text);
    }
}
