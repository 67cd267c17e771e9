//! Verify on reconnect: the same application, and the database has the last word when a connection comes back.

use axum::{
    Router,
    extract::Request,
    middleware::{Next, from_fn},
    response::Response,
};
use hub_axum::HubRouterExt as _;
use hub_core::{Clients, Groups, HubResult, HubServer, SigningKeys, User, hub, hub_client};
use hub_membership::{Membership, SqliteStore};

#[hub_client]
trait ChatClient {
    fn add_chat_message(&self, name: &str, message: &str);
}

#[hub(client = ChatClient, authorize)]
struct ChatHub;

#[hub]
impl ChatHub {
    /// Every connection of the user is in the room from now on, also those that are yet to come.
    #[hub_method]
    async fn add_to_room(&self, groups: &Groups<Self>, caller: &hub_core::Caller, room: String) -> HubResult {
        groups.add_user(caller.user_name(), room).await
    }

    #[hub_method]
    async fn remove_from_room(&self, groups: &Groups<Self>, caller: &hub_core::Caller, room: String) -> HubResult {
        groups.remove_user(caller.user_name(), room).await
    }

    #[hub_method]
    fn say(&self, clients: &Clients<Self>, caller: &hub_core::Caller, room: String, text: String) {
        clients.group(room).add_chat_message(caller.user_name(), &text);
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let store = SqliteStore::open("chat.db").await?;
    let membership = Membership::builder(store).verify_rejoin(true).build();
    let keys = SigningKeys::from_file_or_create("hub.key")?;
    let hubs = HubServer::builder().module(membership).hub(ChatHub).signing_keys(keys).build()?;
    let app = Router::new().route_classic("/signalr", &hubs).route_hub::<ChatHub>("/chat", &hubs).layer(from_fn(who));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:3000").await?;
    println!("serving on http://127.0.0.1:3000");
    let stop = hubs.drain_on(async { drop(tokio::signal::ctrl_c().await) });
    Ok(hub_axum::serve(listener, app, stop).await?)
}

/// Who a request is from: here whoever it says.
async fn who(mut request: Request, next: Next) -> Response {
    let query = request.uri().query().unwrap_or_default();
    let name = query.split('&').find_map(|field| field.strip_prefix("user="));
    if let Some(user) = name.and_then(|name| User::new(name).ok()) {
        request.extensions_mut().insert(user);
    }
    next.run(request).await
}
