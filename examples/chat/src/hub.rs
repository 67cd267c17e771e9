//! The chat's hub: what clients may call, and what they are called with.

use std::time::Duration;

use futures_util::{Stream, StreamExt as _, stream};
use hub_core::{AnswerError, Caller, Clients, ConnectionId, Groups, HubContext, HubError, HubResult, hub, hub_client};
use serde::Serialize;

use crate::rooms::{Hearing, RoomName};
use crate::store::{Kept, Store};

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
    store: Store,
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
    /// The hub over a store. Whether a rejoin is verified is told to the clients that would otherwise show rooms they are not in.
    #[must_use]
    pub fn new(store: Store, verify_rejoin: bool) -> Self {
        Self { store, verify_rejoin }
    }
}

#[hub]
impl ChatHub {
    /// Seats a new connection in the rooms kept for its user.
    #[hub_method(connected)]
    async fn connected(&self, cx: &HubContext<Self>) -> HubResult {
        self.note(cx).await?;
        for room in self.store.rooms_of(cx.user_name()).await? {
            // Started is enough: nothing here needs it finished, and a failure is logged.
            cx.groups().add(cx.connection_id(), seat(cx, &room));
        }
        Ok(())
    }

    /// The same connection is back, in the groups it was in, or in those the database has.
    #[hub_method(reconnected)]
    async fn reconnected(&self, cx: &HubContext<Self>) -> HubResult {
        self.note(cx).await?;
        if self.verify_rejoin && Hearing::of(cx.request()) == Hearing::Named {
            let rooms = self.store.rooms_of(cx.user_name()).await?;
            cx.clients().caller().rejoined(&rooms).await?;
        }
        Ok(())
    }

    /// The connection has ended: its client left, or did not come back in time.
    #[hub_method(disconnected)]
    async fn disconnected(&self, cx: &HubContext<Self>) -> HubResult {
        tracing::info!(user = cx.user_name(), "went");
        self.store.connection_went(cx.connection_id().as_str()).await?;
        Ok(())
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
        self.store.create_room(named(&room)?.as_str()).await?;
        Ok(())
    }

    /// Keeps a room for the user, and joins it now.
    #[hub_method]
    async fn add_to_room(&self, cx: &HubContext<Self>, groups: &Groups<Self>, room: String) -> HubResult {
        let room = named(&room)?;
        known(self.store.keep_room(cx.user_name(), room.as_str()).await?, &room)?;
        groups.add(cx.connection_id(), seat(cx, room.as_str())).await?;
        Ok(())
    }

    /// Keeps a room no longer, and leaves it now.
    #[hub_method]
    async fn remove_from_room(&self, cx: &HubContext<Self>, groups: &Groups<Self>, room: String) -> HubResult {
        let room = named(&room)?;
        known(self.store.give_up_room(cx.user_name(), room.as_str()).await?, &room)?;
        groups.remove(cx.connection_id(), seat(cx, room.as_str())).await?;
        Ok(())
    }

    /// The rooms kept for the user.
    #[hub_method]
    async fn rooms(&self, caller: &Caller) -> HubResult<Vec<String>> {
        Ok(self.store.rooms_of(caller.user_name()).await?)
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
    /// Notes that a connection is here.
    async fn note(&self, cx: &HubContext<Self>) -> HubResult {
        tracing::info!(user = cx.user_name(), "came");
        let user_agent = cx.request().header("user-agent").unwrap_or_default();
        self.store.connection_came(cx.connection_id().as_str(), cx.user_name(), user_agent).await?;
        Ok(())
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

fn known(kept: Kept, room: &RoomName) -> HubResult {
    match kept {
        Kept::Yes => Ok(()),
        Kept::UnknownRoom => Err(HubError::client(format!("There is no room '{}'.", room.as_str()))),
    }
}

fn unanswered(error: AnswerError) -> HubError {
    if error.is_for_client() { HubError::client(error.to_string()) } else { HubError::internal(error) }
}
