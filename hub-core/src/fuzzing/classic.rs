//! The classic wire: messages, and what stands in a query.

use crate::{
    classic::Action,
    hub::Request,
    protocol::classic::{
        Cursor, Epoch, HubNames, HubResponse, Invocation, InvocationId, MAX_ARGUMENTS, MAX_STATE_CHARS, ProtocolVersion,
    },
    value::Value,
};

/// A message of a client.
pub(super) fn invocation(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    match Invocation::parse(text) {
        Ok(call) => {
            assert!(call.arguments.len() <= MAX_ARGUMENTS);
            let state: usize = call.state.iter().map(|(_, value)| value.get().chars().count()).sum();
            assert!(state <= MAX_STATE_CHARS, "{state} characters of state");
            for argument in &call.arguments {
                let _ = serde_json::from_str::<Value>(argument.get());
                let _ = serde_json::from_str::<String>(argument.get());
            }
            answer(&call.id);
        }
        Err(refused) => answer(&refused.id),
    }
}

/// The id is echoed as it came, whatever it is.
fn answer(id: &InvocationId) {
    let response = HubResponse { state: None, result: Some(b"1"), error: None }.encode(id);
    let response: serde_json::Value = serde_json::from_slice(&response).unwrap();
    assert_eq!(response["I"].as_str(), id.as_str());
}

/// A path, and behind its first line a query.
pub(super) fn request(data: &[u8]) {
    const EPOCH: Epoch = Epoch(1);
    const MAX_HUBS: usize = 4;
    let text = String::from_utf8_lossy(data);
    let (path, query) = text.split_once('\n').unwrap_or((&text, &text));
    let request = Request::new(path, query, [], None);
    let _ = Action::of(path, true);
    if let Ok(names) = HubNames::parse(request.query("connectionData").as_deref(), MAX_HUBS) {
        assert!(names.0.len() <= MAX_HUBS);
    }
    let message_id = request.query("messageId").unwrap_or_default();
    if let Ok(Some(cursor)) = Cursor::parse(&message_id, EPOCH) {
        assert_eq!(cursor.to_string(), message_id);
    }
    let version = ProtocolVersion::resolve(request.query("clientProtocol").as_deref());
    assert_eq!(ProtocolVersion::resolve(Some(&version.to_string())), version);
}
