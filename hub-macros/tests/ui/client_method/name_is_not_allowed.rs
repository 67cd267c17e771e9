use hub_core::hub_client;

#[hub_client]
trait ChatClient {
    #[client_method(name = "")]
    fn one(&self);
    #[client_method(name = "a.b")]
    fn two(&self);
    #[client_method(name = "$c")]
    fn three(&self);
    #[client_method(name = 4)]
    fn four(&self);
    fn prototype(&self);
}

fn main() {}
