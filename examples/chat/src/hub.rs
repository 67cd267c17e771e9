//! The chat's hub: what clients may call, and what they are called with.

use std::sync::Arc;
use std::time::Duration;

use futures_util::{Stream, StreamExt as _, stream};
use hub_core::{
    AnswerError, Caller, Clients, ConnectionId, GroupName, Groups, HubContext, HubError, HubResult, User, hub,
    hub_client,
};
use hub_membership::{GroupDirectory, Membership};
use serde::Serialize;

use crate::rooms::{Hearing, RoomName};

/// What the server may call on every client of the chat.
#[hub_client]
pub trait ChatClient {
    /// Somebody said something in a room the client is in.
    fn add_chat_message(&self, name: &str, message: &str);

    /// The same, for clients that ask for the room's name ([`Hearing::Named`]).
    fn add_room_message(&self, room: &str, name: &str, message: &str);

    /// The rooms a connection is back in, if it asks for names and the server verifies a rejoin: they may not be
    /// those it was in.
    fn rejoined(&self, rooms: &[String]);

    /// A question to the person at a client, who says yes or no. Core clients can answer; classic ones have no way to.
    async fn confirm(&self, question: &str) -> bool;
}

/// How long a person may think about a question.
const THINKING: Duration = Duration::from_secs(60);

/// Rooms to talk in, for users who are signed in.
///
/// A room is a group (in fact two, see [`Hearing`]). A user can be in a room for as long as a connection lasts, or keep
/// it: then each of their connections is in it from the start.
#[derive(Debug)]
#[hub(client = ChatClient, authorize)]
pub struct ChatHub {
    membership: Membership,
    rooms: Arc<dyn GroupDirectory>,
    verify_rejoin: bool,
}

/// Who a caller is: the answer of `whoAmI`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct WhoIAm {
    name: String,
    connection_id: ConnectionId,
}

impl ChatHub {
    /// The hub over the memberships of users and the rooms that are known. Whether a rejoin is verified is told to the clients that
    /// would otherwise show rooms they are not in.
    #[must_use]
    pub fn new(membership: Membership, rooms: Arc<dyn GroupDirectory>, verify_rejoin: bool) -> Self {
        Self { membership, rooms, verify_rejoin }
    }
}

#[hub]
impl ChatHub {
    /// A new connection. The membership module has seated it in the rooms kept for its user.
    #[hub_method(connected)]
    fn connected(&self, cx: &HubContext<Self>) {
        tracing::info!(user = cx.user_name(), "came");
    }

    /// The same connection is back, in the groups it was in, or in those the database has.
    #[hub_method(reconnected)]
    async fn reconnected(&self, cx: &HubContext<Self>) -> HubResult {
        tracing::info!(user = cx.user_name(), "came back");
        if self.verify_rejoin && Hearing::of(cx.request()) == Hearing::Named {
            // While the database is away it is in no room, and that is what it is told.
            let rooms = self.rooms_of(cx.user()).await.unwrap_or_default();
            cx.clients().caller().rejoined(&rooms).await?;
        }
        Ok(())
    }

    /// The connection has ended: its client left, or did not come back in time.
    #[hub_method(disconnected)]
    fn disconnected(&self, cx: &HubContext<Self>) {
        tracing::info!(user = cx.user_name(), "went");
    }

    /// Joins a room until the connection leaves or ends, and says so in the room.
    #[hub_method]
    async fn join_room(
        &self,
        cx: &HubContext<Self>,
        clients: &Clients<Self>,
        caller: &Caller,
        room: String,
    ) -> HubResult {
        let room = named(&room)?;
        cx.groups().add(cx.connection_id(), seat(cx, room.as_str())).await?;
        // The add is finished, so the caller hears this too.
        let name = caller.user_name();
        tell(|group| clients.group(group), &room, name, &format!("{name} joined.")).await
    }

    /// Leaves a room. If it is kept, it stays so.
    #[hub_method]
    async fn leave_room(&self, cx: &HubContext<Self>, groups: &Groups<Self>, room: String) -> HubResult {
        let room = named(&room)?;
        groups.remove(cx.connection_id(), seat(cx, room.as_str())).await?;
        Ok(())
    }

    /// Makes a room known, so that it can be kept. Joins nobody.
    #[hub_method]
    async fn create_room(&self, room: String) -> HubResult {
        self.rooms.create(&GroupName::new(named(&room)?.as_str())?).await?;
        Ok(())
    }

    /// Keeps a room for the user, and joins it now.
    #[hub_method]
    async fn add_to_room(&self, cx: &HubContext<Self>, groups: &Groups<Self>, room: String) -> HubResult {
        let room = named(&room)?;
        let group = self.known(&room).await?;
        if let Some(user) = cx.user() {
            self.membership.add(user.id(), &group).await?;
        }
        groups.add(cx.connection_id(), seat(cx, room.as_str())).await?;
        Ok(())
    }

    /// Keeps a room no longer, and leaves it now.
    #[hub_method]
    async fn remove_from_room(&self, cx: &HubContext<Self>, groups: &Groups<Self>, room: String) -> HubResult {
        let room = named(&room)?;
        let group = self.known(&room).await?;
        if let Some(user) = cx.user() {
            self.membership.remove(user.id(), &group).await?;
        }
        groups.remove(cx.connection_id(), seat(cx, room.as_str())).await?;
        Ok(())
    }

    /// The rooms kept for the user.
    #[hub_method]
    async fn rooms(&self, caller: &Caller) -> HubResult<Vec<String>> {
        self.rooms_of(caller.user()).await
    }

    /// Says something to everyone in a room.
    #[hub_method]
    async fn say(&self, clients: &Clients<Self>, caller: &Caller, room: String, text: String) -> HubResult {
        tell(|group| clients.group(group), &named(&room)?, caller.user_name(), &text).await
    }

    /// Says something to everyone in a room but the caller.
    #[hub_method]
    async fn say_to_others(&self, clients: &Clients<Self>, caller: &Caller, room: String, text: String) -> HubResult {
        tell(|group| clients.others_in_group(group), &named(&room)?, caller.user_name(), &text).await
    }

    /// Says something to everyone in a room but these connections.
    #[hub_method]
    async fn say_except(
        &self,
        clients: &Clients<Self>,
        caller: &Caller,
        room: String,
        text: String,
        connection_ids: Vec<String>,
    ) -> HubResult {
        tell(|group| clients.group_except(group, &connection_ids), &named(&room)?, caller.user_name(), &text).await
    }

    /// Who the caller is to the others.
    #[hub_method]
    fn who_am_i(&self, caller: &Caller) -> WhoIAm {
        WhoIAm { name: caller.user_name().to_owned(), connection_id: caller.connection_id() }
    }

    /// Counts from 1 to `count`, with `delay_ms` between two numbers: a stream, for core clients. The client that cancels it,
    /// or goes, ends it.
    #[hub_method]
    fn counter(&self, count: u32, delay_ms: u64) -> impl Stream<Item = u32> + use<> {
        stream::iter(1..=count).then(move |number| async move {
            if number > 1 {
                tokio::time::sleep(Duration::from_millis(delay_ms)).await;
            }
            number
        })
    }

    /// Asks the caller back, and answers what the caller answered. Other calls of the caller go on meanwhile.
    #[hub_method]
    async fn ask_me(&self, clients: &Clients<Self>, question: String) -> HubResult<bool> {
        clients.caller().confirm(&question).within(THINKING).await.map_err(unanswered)
    }
}

impl ChatHub {
    /// The rooms kept for a user, in the order of their bytes.
    async fn rooms_of(&self, user: Option<&User>) -> HubResult<Vec<String>> {
        let Some(user) = user else { return Ok(Vec::new()) };
        let mut rooms = self.membership.groups_of(user.id()).await?;
        rooms.sort_unstable();
        Ok(rooms.iter().map(|room| room.as_str().to_owned()).collect())
    }

    /// A room that can be kept, or the word to the caller that there is none.
    async fn known(&self, room: &RoomName) -> HubResult<GroupName> {
        let group = GroupName::new(room.as_str())?;
        if self.rooms.is_known(&group).await? {
            return Ok(group);
        }
        Err(HubError::client(format!("There is no room '{}'.", room.as_str())))
    }
}

/// The group that puts the caller into `room`.
fn seat(cx: &HubContext<ChatHub>, room: &str) -> String {
    Hearing::of(cx.request()).group(room)
}

/// Says `text` to those of a room whom `to` selects, however they hear.
async fn tell(to: impl Fn(&str) -> ChatClientProxy, room: &RoomName, name: &str, text: &str) -> HubResult {
    let plain = to(&Hearing::Plain.group(room.as_str())).add_chat_message(name, text);
    let with_room = to(&Hearing::Named.group(room.as_str())).add_room_message(room.as_str(), name, text);
    plain.await?;
    with_room.await?;
    Ok(())
}

fn named(room: &str) -> HubResult<RoomName> {
    RoomName::parse(room).map_err(|error| error.for_client())
}

fn unanswered(error: AnswerError) -> HubError {
    if error.is_for_client() { HubError::client(error.to_string()) } else { HubError::internal(error) }
}
