#[hub(nam = "chat", client = ChatClient<u8>, authorize)]
pub struct ChatHub {
    rooms: RoomStore,
}

#[hub]
impl ChatHub {
    #[hub_method]
    async fn good(&self, text: String) {}

    #[hub_method(conected)]
    async fn bad(self, text: &mut String) {}

    make_methods!();

    #[hub_method]
    const LIMIT: u8 = 3;
}

#[hub_client]
trait ChatClient {
    fn good(&self, text: &str);
    fn bad(&self) -> bool;
}

#[hub_module]
impl HubModule for Tracing {
    async fn incoming(&self) {}
    async fn incomming(&self) {}
}
