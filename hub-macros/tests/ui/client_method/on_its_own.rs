use hub_core::client_method;

trait ChatClient {
    #[client_method(name = "show")]
    fn display(&self);
}

fn main() {}
