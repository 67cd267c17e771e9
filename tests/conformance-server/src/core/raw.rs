//! The raw connection: every chunk that is read is written back.

use hub_core::{
    HubResult,
    raw::{ConnectionHandler, RawConnection},
};

pub(crate) struct Echo;

impl ConnectionHandler for Echo {
    async fn connected(&self, connection: RawConnection) -> HubResult {
        while let Some(bytes) = connection.read().await {
            connection.write(bytes).await?;
        }
        Ok(())
    }
}
