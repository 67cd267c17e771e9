#[hub(name = "chat", rename_all = "snake_case", client = clients::ChatClient, authorize)]
pub struct ChatHub {
    rooms: RoomStore,
}

#[hub(authorize(calls_only, roles("member")), authorize(policy = policies::working_hours))]
pub enum DeskHub {
    Open,
    Closed,
}

#[hub]
impl ChatHub {
    #[hub_method(authorize(roles("admin", "owner"), users("ann"), policy = may_kick), name = "kick")]
    async fn remove_member(&self, cx: &HubContext<Self>, room: String, id: ConnectionId) -> HubResult {
        Ok(())
    }

    #[hub_method(authorize)]
    fn who_am_i(&self, caller: &Caller) -> String {
        caller.user_name().to_owned()
    }
}
