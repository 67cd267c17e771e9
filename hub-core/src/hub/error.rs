//! What goes wrong in a hub method, and who is told what.

use std::{error::Error as StdError, fmt};

use serde::Serialize;
use serde_json::value::RawValue;

use crate::protocol::raw_json;

/// Shorthand for what a hub method returns.
pub type HubResult<T = ()> = Result<T, HubError>;

/// Why a hub method failed, and what its caller may know of it.
///
/// [`HubError::client`] reaches the client word for word. Everything else — what `?` converts, and
/// [`HubError::internal`] — is logged with its chain of sources and reaches the client as the protocol's generic text,
/// unless detailed errors are switched on.
///
/// Like `anyhow::Error` it is not a [`std::error::Error`] itself, so that `?` can take any of those.
pub struct HubError(Box<Kind>);

enum Kind {
    Client { message: String, data: Option<Box<RawValue>> },
    Internal { error: Box<dyn StdError + Send + Sync>, type_name: &'static str },
}

impl HubError {
    /// An error whose text is meant for the client. An empty one would read as success on the classic wire, which says `error` then.
    pub fn client(message: impl Into<String>) -> Self {
        Self(Box::new(Kind::Client { message: message.into(), data: None }))
    }

    /// The same error with data beside the text, for clients whose wire can carry it (classic: `D`). Data that cannot
    /// be serialised is left out and logged.
    #[must_use]
    pub fn with_data(mut self, data: &impl Serialize) -> Self {
        if let Kind::Client { data: slot, .. } = &mut *self.0 {
            match raw_json(data) {
                Ok(raw) => *slot = Some(raw),
                Err(error) => tracing::error!(%error, "the data of a hub error cannot be serialised"),
            }
        }
        self
    }

    /// An error for the log alone.
    pub fn internal<E: Into<Box<dyn StdError + Send + Sync>>>(error: E) -> Self {
        Self(Box::new(Kind::Internal { error: error.into(), type_name: std::any::type_name::<E>() }))
    }

    /// The last part of the name of the error's type, for detailed errors. A text has none, and is an `Error`.
    pub(crate) fn type_name(&self) -> &'static str {
        let Kind::Internal { type_name, .. } = &*self.0 else { return "HubException" };
        let path = type_name.split('<').next().unwrap_or_default();
        match path.rsplit("::").next().unwrap_or_default() {
            "String" | "&str" | "str" | "" => "Error",
            name => name,
        }
    }

    /// The text and data meant for the client, if there are any.
    pub fn for_client(&self) -> Option<(&str, Option<&RawValue>)> {
        match &*self.0 {
            Kind::Client { message, data } => Some((message, data.as_deref())),
            Kind::Internal { .. } => None,
        }
    }

    /// The error behind an internal one, for modules and logs.
    pub fn source(&self) -> Option<&(dyn StdError + Send + Sync + 'static)> {
        match &*self.0 {
            Kind::Client { .. } => None,
            Kind::Internal { error, .. } => Some(&**error),
        }
    }
}

impl<E> From<E> for HubError
where
    E: StdError + Send + Sync + 'static,
{
    fn from(error: E) -> Self {
        Self::internal(error)
    }
}

impl fmt::Display for HubError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.0 {
            Kind::Client { message, .. } => f.write_str(message),
            Kind::Internal { error, .. } => fmt::Display::fmt(error, f),
        }
    }
}

impl fmt::Debug for HubError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.0 {
            Kind::Client { message, .. } => write!(f, "{message:?} (for the client)"),
            Kind::Internal { error, .. } => {
                write!(f, "{error}")?;
                let mut source = error.source();
                while let Some(cause) = source {
                    write!(f, ": {cause}")?;
                    source = cause.source();
                }
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_that_json_cannot_say_is_left_out() {
        let data = |error: &HubError| error.for_client().unwrap().1.map(|data| data.get().to_owned());
        let told = HubError::client("too hot").with_data(&0.5);
        assert_eq!(data(&told).as_deref(), Some("0.5"));
        assert_eq!(data(&HubError::client("too hot").with_data(&f64::NAN)), None);
    }
}
