/// What the server may call on every chat client.
#[hub_client]
pub trait ChatClient {
    /// Shows a message.
    fn add_chat_message(&self, name: &str, message: &str);
    /// Asks the user.
    async fn confirm(&self, question: &str) -> bool;
    async fn wait_for<'a>(&self, keys: &[Cow<'a, str>]);
    #[client_method(name = "rooms")]
    fn show_rooms(&self, rooms: Vec<Room>);
}
