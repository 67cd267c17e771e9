//! What a hub method receives and sends is the same over the three protocols (section 10.2): classic JSON, core JSON, core MessagePack.
//! Each row of a table is sent as an argument, comes back as the result, and goes out in a call of the client; it has to arrive as the same
//! Rust value, and to stand on each wire as the row says. In the guide of `hub-core` the same table stands in words.

mod client;
mod rows;

/// A hub for one type, and the test of its rows: `value => JSON, MessagePack;`.
macro_rules! table {
    ($($(#[$docs:meta])* $test:ident: $type:ty { $($value:expr => $json:expr, $message_pack:expr;)+ })+) => {$(
        $(#[$docs])*
        #[tokio::test(start_paused = true)]
        async fn $test() -> crate::Tested {
            type Row = $type;

            #[hub_core::hub_client]
            trait Page {
                fn told(&self, value: &Row);
            }

            #[hub_core::hub(name = "values", client = Page)]
            struct Values(std::sync::Arc<parking_lot::Mutex<Vec<Row>>>);

            #[hub_core::hub]
            impl Values {
                #[hub_method]
                async fn echo(&self, clients: &hub_core::Clients<Self>, value: Row) -> hub_core::HubResult<Row> {
                    clients.caller().told(&value).await?;
                    self.0.lock().push(value.clone());
                    Ok(value)
                }
            }

            let seen = std::sync::Arc::<parking_lot::Mutex<Vec<Row>>>::default();
            let hubs = hub_core::HubServer::builder().hub(Values(seen.clone())).build()?;
            $({
                let (value, json, message_pack): (Row, &str, &[u8]) = ($value, &$json, &$message_pack);
                crate::values::client::classic::<Values>(&hubs, json).await?;
                crate::values::client::core_json::<Values>(&hubs, json).await;
                crate::values::client::core_message_pack::<Values>(&hubs, message_pack).await;
                // Told by all their digits and signs.
                let seen: Vec<String> = seen.lock().drain(..).map(|value| format!("{value:?}")).collect();
                assert_eq!(seen, vec![format!("{value:?}"); 3], "{json}");
            })+
            Ok(())
        }
    )+};
}

use table;
