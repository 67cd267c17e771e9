//! The hub of the contract.

use std::time::Duration;

use hub_core::{
    Caller, CallerState, Clients, ConnectionId, GroupName, Groups, HubContext, HubError, HubModule, HubResult,
    Progress, Value, hub, hub_module,
    pipeline::{Rejoining, RejoiningNext},
};

use super::ReceiverProxy;
use crate::values::{ComplexObject, Nullable};

#[hub(name = "conformance", rename_all = "PascalCase", client = super::Receiver)]
pub(crate) struct Conformance;

#[hub]
impl Conformance {
    #[hub_method]
    fn echo(&self, text: Nullable<String>) -> Nullable<String> {
        text
    }

    #[hub_method]
    fn echo_any(&self, value: Value) -> Value {
        value
    }

    #[hub_method]
    fn add(&self, left: i32, right: i32) -> i32 {
        left.wrapping_add(right)
    }

    #[hub_method]
    fn nothing(&self) {}

    #[hub_method]
    fn null(&self) -> Option<String> {
        None
    }

    #[hub_method]
    fn connection_id(&self, caller: &Caller) -> ConnectionId {
        caller.connection_id()
    }

    #[hub_method]
    fn user_name(&self, caller: &Caller) -> Option<String> {
        caller.user().map(|user| user.name().to_owned())
    }

    #[hub_method]
    fn query(&self, cx: &HubContext<Self>, name: String) -> Option<String> {
        cx.request().query(&name).map(|value| value.into_owned())
    }

    #[hub_method]
    fn header(&self, cx: &HubContext<Self>, name: String) -> Option<String> {
        cx.request().header(&name).map(str::to_owned)
    }

    #[hub_method]
    fn fail(&self, message: String) -> HubResult {
        Err(HubError::internal(message))
    }

    #[hub_method]
    fn fail_public(&self, message: String) -> HubResult {
        Err(HubError::client(message).with_data(&serde_json::json!({ "code": 7 })))
    }

    #[hub_method(authorize(roles("admin")))]
    fn admin_only(&self) -> &'static str {
        "welcome"
    }

    #[hub_method]
    async fn delay(&self, ms: u64, tag: String) -> String {
        tokio::time::sleep(Duration::from_millis(ms)).await;
        tag
    }

    #[hub_method]
    fn complex(&self, value: Nullable<ComplexObject>) -> Nullable<ComplexObject> {
        value
    }

    #[hub_method]
    async fn join(&self, groups: &Groups<Self>, caller: &Caller, group: String) -> HubResult {
        Ok(groups.add(caller.connection_id(), group).await?)
    }

    #[hub_method]
    async fn leave(&self, groups: &Groups<Self>, caller: &Caller, group: String) -> HubResult {
        Ok(groups.remove(caller.connection_id(), group).await?)
    }

    #[hub_method]
    async fn join_and_say(&self, cx: &HubContext<Self>, group: String, message: String) -> HubResult {
        cx.groups().add(cx.connection_id(), &group).await?;
        Ok(cx.clients().group(&group).receive(&message).await?)
    }

    #[hub_method]
    async fn add_other(&self, groups: &Groups<Self>, connection_id: String, group: String) -> HubResult {
        Ok(groups.add(connection_id, group).await?)
    }

    #[hub_method]
    async fn remove_other(&self, groups: &Groups<Self>, connection_id: String, group: String) -> HubResult {
        Ok(groups.remove(connection_id, group).await?)
    }

    #[hub_method]
    async fn all(&self, clients: &Clients<Self>, message: String) -> HubResult {
        Ok(clients.all().receive(&message).await?)
    }

    #[hub_method]
    async fn all_except(&self, clients: &Clients<Self>, ids: Vec<String>, message: String) -> HubResult {
        Ok(clients.all_except(ids).receive(&message).await?)
    }

    #[hub_method]
    async fn caller(&self, clients: &Clients<Self>, message: String) -> HubResult {
        Ok(clients.caller().receive(&message).await?)
    }

    #[hub_method]
    async fn others(&self, clients: &Clients<Self>, message: String) -> HubResult {
        Ok(clients.others().receive(&message).await?)
    }

    #[hub_method]
    async fn client(&self, clients: &Clients<Self>, id: Option<String>, message: String) -> HubResult {
        Ok(clients.client(id.unwrap_or_default()).receive(&message).await?)
    }

    #[hub_method]
    async fn clients(&self, clients: &Clients<Self>, ids: Vec<String>, message: String) -> HubResult {
        Ok(clients.clients(ids).receive(&message).await?)
    }

    #[hub_method]
    async fn group(&self, clients: &Clients<Self>, group: Option<String>, message: String) -> HubResult {
        Ok(clients.group(group.unwrap_or_default()).receive(&message).await?)
    }

    #[hub_method]
    async fn group_except(
        &self,
        clients: &Clients<Self>,
        group: String,
        ids: Vec<String>,
        message: String,
    ) -> HubResult {
        Ok(clients.group_except(group, ids).receive(&message).await?)
    }

    #[hub_method]
    async fn groups(&self, clients: &Clients<Self>, groups: Vec<String>, message: String) -> HubResult {
        Ok(clients.groups(groups).receive(&message).await?)
    }

    #[hub_method]
    async fn others_in_group(&self, clients: &Clients<Self>, group: String, message: String) -> HubResult {
        Ok(clients.others_in_group(group).receive(&message).await?)
    }

    #[hub_method]
    async fn user(&self, clients: &Clients<Self>, user: String, message: String) -> HubResult {
        Ok(clients.user(user).receive(&message).await?)
    }

    #[hub_method]
    async fn users(&self, clients: &Clients<Self>, users: Vec<String>, message: String) -> HubResult {
        Ok(clients.users(users).receive(&message).await?)
    }

    #[hub_method]
    async fn three(&self, clients: &Clients<Self>, tag: String) -> HubResult<u32> {
        let caller: ReceiverProxy<_> = clients.caller();
        for number in 1..=3 {
            caller.receive(&format!("{tag} {number}")).await?;
        }
        Ok(3)
    }

    #[hub_method]
    async fn progress(&self, progress: &Progress<u32>, n: u32) -> HubResult<&'static str> {
        for step in 1..=n {
            progress.report(&step)?;
        }
        // The reports travel on the stream, the result does not.
        tokio::time::sleep(Duration::from_millis(20)).await;
        Ok("done")
    }

    #[hub_method]
    fn get_state(&self, state: &CallerState, key: String) -> HubResult<Option<Value>> {
        state.get(&key)
    }

    #[hub_method]
    async fn set_state(&self, state: &CallerState, clients: &Clients<Self>, key: String, value: Value) -> HubResult {
        state.set(&key, &value)?;
        Ok(clients.caller().receive("state set").await?)
    }

    #[hub_method(name = "over")]
    fn over_one(&self, one: i32) -> &'static str {
        let _ = one;
        "one"
    }

    #[hub_method(name = "over")]
    fn over_two(&self, one: i32, two: i32) -> &'static str {
        let _ = (one, two);
        "two"
    }

    #[hub_method(name = "renamedMethod")]
    fn renamed(&self) -> &'static str {
        "renamed"
    }
}

/// Users whose name begins with `barred` rejoin nothing.
pub(crate) struct Barred;

#[hub_module]
impl HubModule for Barred {
    async fn rejoining_groups(&self, rejoining: Rejoining<'_>, next: RejoiningNext<'_>) -> HubResult<Vec<GroupName>> {
        if rejoining.user().is_some_and(|user| user.name().starts_with("barred")) {
            return Ok(Vec::new());
        }
        next.run(rejoining).await
    }
}
