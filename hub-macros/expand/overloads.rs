#[hub]
impl ChatHub {
    #[hub_method]
    fn join(&self, room: String) {}

    #[hub_method(name = "join")]
    fn join_as(&self, caller: &Caller, room: String, name: String) {}

    #[hub_method(name = "Join")]
    const fn join_all(&self) {}
}
