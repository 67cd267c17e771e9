use hub_core::hub_client;

#[hub_client]
trait ChatClient {
    #[client_method(nam = "a")]
    fn one(&self);
    #[client_method(rename_all = "none")]
    fn two(&self);
    #[client_method(name = "a", name = "b")]
    fn three(&self);
    #[client_method = "d"]
    fn four(&self);
    #[client_method(name = "a")]
    #[client_method(name = "b")]
    fn five(&self);
}

fn main() {}
