#[hub]
pub struct ChatHub;

#[hub]
impl ChatHub {
    #[hub_method]
    async fn send(&self, caller: &Caller, text: String) -> HubResult {
        self.keep(caller, &text).await
    }

    #[hub_method]
    fn add(&self, left: i32, right: i32) -> i32 {
        left + right
    }

    async fn keep(&self, caller: &Caller, text: &str) -> HubResult {
        Ok(())
    }
}
