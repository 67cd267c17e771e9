use hub_core::hub_client;

#[hub_client]
trait ChatClient {
    fn show_text(&self, text: &str);
    #[allow(non_snake_case)]
    fn showText(&self, text: &str);
    #[client_method(name = "SHOWTEXT")]
    fn display(&self, number: u32);
}

fn main() {}
