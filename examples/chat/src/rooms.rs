//! A room, and the groups its members are in.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use hub_core::{HubError, Request};
use sha2::{Digest, Sha256};

/// The name of a room: 1 to 256 bytes with no space around them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoomName(String);

/// A name that no room can have.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
#[error("the name of a room has 1 to 256 bytes")]
pub struct RoomNameError;

/// Whether a connection is told which room a message was said in.
///
/// `addChatMessage(name, message)` does not say. That is enough for a client that listens to one room; our page shows
/// several at a time and asks for more by `?rooms=named` on the URL it connects to. It hears `addRoomMessage(room, name,
/// message)` instead.
///
/// A call to a group is the same for all its members, so a room is two groups: one for those who hear the
/// room's name, one for those who do not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hearing {
    /// As the chat's contract has it: `addChatMessage`.
    Plain,
    /// With the room's name: `addRoomMessage`.
    Named,
}

impl RoomName {
    /// The name that was typed, without the space around it.
    ///
    /// # Errors
    ///
    /// [`RoomNameError`] if nothing is left, or too much.
    pub fn parse(typed: &str) -> Result<Self, RoomNameError> {
        let name = typed.trim();
        if (1..=256).contains(&name.len()) { Ok(Self(name.to_owned())) } else { Err(RoomNameError) }
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Hearing {
    /// How the connection that made this request hears. It says so with each of its requests, so nothing is lost when the server restarts.
    #[must_use]
    pub fn of(request: &Request) -> Self {
        match request.query("rooms").as_deref() {
            Some("named") => Self::Named,
            _ => Self::Plain,
        }
    }

    /// The group of those who hear `room` so.
    ///
    /// For those who hear its name it is a digest of it, since a room's name may be as long as a group's, and a space before
    /// that, which is the name of no room.
    #[must_use]
    pub fn group(self, room: &str) -> String {
        match self {
            Self::Plain => room.to_owned(),
            Self::Named => format!(" {}", BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(room))),
        }
    }
}

impl RoomNameError {
    /// The same for the caller, in words.
    #[must_use]
    pub fn for_client(self) -> HubError {
        HubError::client("The name of a room has 1 to 256 bytes.")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(query: &str) -> Request {
        Request::new("/signalr/connect", query, [], None)
    }

    #[test]
    fn a_room_name_loses_the_space_around_it() {
        assert_eq!(RoomName::parse(" tea room ").map(|room| room.0), Ok("tea room".to_owned()));
        assert_eq!(RoomName::parse(" \n"), Err(RoomNameError));
    }

    #[test]
    fn a_room_name_has_at_most_256_bytes() {
        assert!(RoomName::parse(&"💬".repeat(64)).is_ok());
        assert_eq!(RoomName::parse(&"x".repeat(257)), Err(RoomNameError));
    }

    #[test]
    fn a_connection_says_how_it_hears() {
        assert_eq!(Hearing::of(&request("transport=webSockets&rooms=named")), Hearing::Named);
        assert_eq!(Hearing::of(&request("rooms=else")), Hearing::Plain);
        assert_eq!(Hearing::of(&request("")), Hearing::Plain);
    }

    #[test]
    fn the_group_with_names_is_never_that_of_another_room() {
        let group = Hearing::Named.group("tea");
        assert_ne!(RoomName::parse(&group).unwrap().as_str(), group);
        assert_ne!(group, Hearing::Named.group("Tea"));
        assert_eq!(Hearing::Plain.group("tea"), "tea");
        assert!(Hearing::Named.group(&"x".repeat(256)).len() <= 256);
    }
}
