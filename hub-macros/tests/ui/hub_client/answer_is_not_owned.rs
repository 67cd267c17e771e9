use hub_core::hub_client;

#[hub_client]
trait ChatClient {
    async fn one(&self) -> &str;
    async fn two(&self) -> impl Into<String>;
    async fn three(&self) -> Self;
}

fn main() {}
