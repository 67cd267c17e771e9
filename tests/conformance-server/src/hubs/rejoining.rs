//! A hub whose rejoining stage has ideas of its own.

use hub_core::{
    GroupName, HubContext, HubModule, HubResult, hub, hub_module,
    pipeline::{self, RejoiningNext},
};

use crate::events::Events;

#[hub(name = "rejoining", rename_all = "PascalCase", client = super::Receiver, modules(Stage::of))]
pub(crate) struct Rejoining {
    pub(crate) events: Events,
}

#[hub]
impl Rejoining {
    #[hub_method]
    async fn join(&self, cx: &HubContext<Self>, group: String) -> HubResult {
        Ok(cx.groups().add(cx.connection_id(), group).await?)
    }

    #[hub_method]
    async fn say(&self, cx: &HubContext<Self>, group: String, message: String) -> HubResult {
        Ok(cx.clients().group(group).receive(&message).await?)
    }
}

/// Notes what it is handed, drops the group "dropped" and adds "added".
struct Stage(Events);

impl Stage {
    fn of(hub: &Rejoining) -> Self {
        Self(hub.events.clone())
    }
}

#[hub_module]
impl HubModule for Stage {
    async fn rejoining_groups(
        &self,
        rejoining: pipeline::Rejoining<'_>,
        next: RejoiningNext<'_>,
    ) -> HubResult<Vec<GroupName>> {
        self.0.rejoining(&rejoining);
        let mut groups = next.run(rejoining).await?;
        groups.retain(|group| group.as_str() != "dropped");
        groups.push(GroupName::new("added")?);
        Ok(groups)
    }
}
