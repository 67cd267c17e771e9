#[hub(crate = crate::hubs)]
struct ChatHub;

#[hub(crate = crate::hubs)]
impl ChatHub {
    #[hub_method]
    async fn send(&self, caller: &crate::hubs::Caller, text: String) {}
}

#[hub_client(crate = ::renamed)]
trait ChatClient {
    fn show(&self, text: &str);
}
