#[hub]
impl ChatHub {
    #[hub_method(connected)]
    async fn take_seats(&self, cx: &HubContext<Self>) -> HubResult {
        Ok(())
    }

    #[hub_method(connected)]
    fn count(&self) {}

    #[hub_method(reconnected)]
    async fn back(&self, cx: &HubContext<Self>) {}

    #[hub_method(disconnected)]
    async fn gone(&self, _: &HubContext<Self>, reason: DisconnectReason) {}

    #[hub_method(disconnected)]
    fn uncount(&self) {}
}
