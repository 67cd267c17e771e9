//! The elements of `M`: client invocations and progress (sections 3.4 and 3.7), and JSON texts.

use super::InvocationId;
use crate::protocol::escape_line_ends;

/// Appends a JSON string.
pub(super) fn write_text(text: &str, out: &mut Vec<u8>) {
    if serde_json::to_writer(&mut *out, text).is_err() {
        // Writing a text into memory has no way to fail.
        out.extend_from_slice(b"\"\"");
    }
}

/// `{"H":"ChatHub","M":"addMessage","A":["ann","hi"]}`, with the changed state of a call through `Caller` last.
/// `arguments` and `state` are JSON.
pub(crate) fn client_invocation(hub: &str, method: &str, arguments: &[u8], state: Option<&[u8]>) -> Vec<u8> {
    // A message may be kept for long, so it is given the room that it needs and no more.
    let mut out = Vec::with_capacity(28 + hub.len() + method.len() + arguments.len() + state.map_or(0, <[u8]>::len));
    out.extend_from_slice(b"{\"H\":");
    write_text(hub, &mut out);
    out.extend_from_slice(b",\"M\":");
    write_text(method, &mut out);
    out.extend_from_slice(b",\"A\":");
    out.extend_from_slice(arguments);
    if let Some(state) = state {
        out.extend_from_slice(b",\"S\":");
        out.extend_from_slice(state);
    }
    out.push(b'}');
    escape_line_ends(out)
}

/// `{"I":"P|3","P":{"I":"3","D":25}}`, with changed state in front.
pub(crate) fn progress(id: &InvocationId, value: &[u8], state: Option<&[u8]>) -> Vec<u8> {
    let id_bytes = id.as_str().map_or(0, str::len);
    let mut out = Vec::with_capacity(40 + 2 * id_bytes + value.len() + state.map_or(0, <[u8]>::len));
    out.push(b'{');
    if let Some(state) = state {
        out.extend_from_slice(b"\"S\":");
        out.extend_from_slice(state);
        out.push(b',');
    }
    out.extend_from_slice(b"\"I\":");
    write_text(&format!("P|{}", id.as_str().unwrap_or_default()), &mut out);
    out.extend_from_slice(b",\"P\":{\"I\":");
    id.write_json(&mut out);
    out.extend_from_slice(b",\"D\":");
    out.extend_from_slice(value);
    out.extend_from_slice(b"}}");
    escape_line_ends(out)
}
