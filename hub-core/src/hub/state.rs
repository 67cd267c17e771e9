//! The round-trip state of the classic wire: kept by the client, sent with each call, returned where it changed.

use std::{fmt, sync::Arc};

use serde::{Serialize, de::DeserializeOwned};
use serde_json::value::RawValue;

use crate::{
    hub::{CallScope, HubResult},
    protocol::raw_json,
};

/// State of one call. Keys are case-sensitive.
#[derive(Debug, Default)]
pub(crate) struct StateBag {
    values: Vec<(String, Box<RawValue>)>,
    /// Indices into `values`, in the order of their first change.
    changed: Vec<usize>,
}

impl StateBag {
    pub(crate) fn new(values: Vec<(String, Box<RawValue>)>) -> Self {
        Self { values, changed: Vec::new() }
    }

    /// The changed keys as a JSON object, if there are any.
    pub(crate) fn changes(&self) -> Option<Vec<u8>> {
        if self.changed.is_empty() {
            return None;
        }
        let mut out = vec![b'{'];
        for (index, (key, value)) in self.changed.iter().filter_map(|at| self.values.get(*at)).enumerate() {
            if index > 0 {
                out.push(b',');
            }
            out.extend(serde_json::to_vec(key).unwrap_or_default());
            out.push(b':');
            out.extend_from_slice(value.get().as_bytes());
        }
        out.push(b'}');
        Some(out)
    }

    fn get(&self, key: &str) -> Option<&RawValue> {
        // Of a key that came twice the last one holds.
        self.values.iter().rev().find(|(held, _)| held == key).map(|(_, value)| &**value)
    }

    fn set(&mut self, key: &str, value: Box<RawValue>) {
        let at = self.values.iter().rposition(|(held, _)| held == key);
        // An object or array that is assigned counts as changed, be it equal; so the original does, by identity.
        let scalar = !value.get().starts_with(['{', '[']);
        match at.and_then(|at| self.values.get_mut(at).map(|slot| (at, slot))) {
            Some((_, (_, held))) if scalar && held.get() == value.get() => {}
            Some((at, (_, held))) => {
                *held = value;
                if !self.changed.contains(&at) {
                    self.changed.push(at);
                }
            }
            None if value.get() == "null" => {}
            None => {
                self.changed.push(self.values.len());
                self.values.push((key.to_owned(), value));
            }
        }
    }
}

/// The caller's state: what its page keeps for this hub. Values that a method sets travel back with the response and
/// with every later call to [`Clients::caller`](crate::Clients::caller) of the same invocation.
///
/// Clients of the current generation have no state: it is empty, and changes are dropped.
#[derive(Clone)]
pub struct CallerState(Arc<CallScope>);

impl CallerState {
    pub(crate) fn new(scope: Arc<CallScope>) -> Self {
        Self(scope)
    }

    /// The value of a key, if the client has one.
    ///
    /// # Errors
    ///
    /// If the value is not a `T`.
    pub fn get<T: DeserializeOwned>(&self, key: &str) -> HubResult<Option<T>> {
        let state = self.0.state.lock();
        Ok(state.get(key).map(|value| serde_json::from_str(value.get())).transpose()?)
    }

    /// Sets a key. The client learns of it if the value is another one than it had.
    ///
    /// # Errors
    ///
    /// If the value cannot be serialised: an infinity or NaN, say.
    pub fn set(&self, key: &str, value: &impl Serialize) -> HubResult {
        let value = raw_json(value)?;
        self.0.state.lock().set(key, value);
        Ok(())
    }
}

impl fmt::Debug for CallerState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CallerState")
    }
}
