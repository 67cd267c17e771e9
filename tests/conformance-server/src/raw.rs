//! The raw connection: what is received is broadcast, unless it asks for something else.

use hub_core::{
    HubResult,
    raw::{PersistentConnection, RawContext},
};

pub(crate) struct Broadcast;

impl PersistentConnection for Broadcast {
    fn name(&self) -> &str {
        "Broadcast"
    }

    async fn received(&self, cx: RawContext, data: String) -> HubResult {
        let words: Vec<&str> = data.splitn(3, ' ').collect();
        match words[..] {
            ["join", group] => cx.groups().add(cx.connection_id(), group).await?,
            ["leave", group] => cx.groups().remove(cx.connection_id(), group).await?,
            ["group", group, text] => cx.group(group).send(text)?,
            _ => cx.all().send(&format!("{}: {data}", cx.connection_id()))?,
        }
        Ok(())
    }
}
