//! The hub of the contract, for core clients.

use std::time::Duration;

use futures_util::{Stream, StreamExt as _, stream};
use hub_core::{
    AnswerError, Caller, CancellationToken, Clients, ConnectionId, GroupError, Groups, HubContext, HubError, HubResult,
    StreamReceiver, UploadError, Value, hub, hub_client,
};

use super::values::ComplexObject;
use crate::values::Nullable;

type Text = Nullable<String>;

/// What every client of this hub has.
#[hub_client(rename_all = "PascalCase")]
pub(crate) trait CoreClient {
    fn receive(&self, message: &str);
    fn cancelled(&self);
    async fn answer(&self, question: &str) -> String;
    async fn number(&self) -> i32;
}

#[hub(name = "core", rename_all = "PascalCase", client = CoreClient)]
pub(crate) struct CoreHub;

#[hub]
impl CoreHub {
    #[hub_method]
    fn echo(&self, text: Text) -> Text {
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
    fn null(&self) -> Text {
        Text::default()
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
        Err(HubError::client(message))
    }

    #[hub_method(authorize(roles("admin")))]
    fn admin_only(&self) -> &'static str {
        "welcome"
    }

    #[hub_method]
    async fn delay(&self, stop: &CancellationToken, ms: u64, tag: String) -> HubResult<String> {
        tokio::select! {
            () = tokio::time::sleep(Duration::from_millis(ms)) => Ok(tag),
            () = stop.cancelled() => Err(HubError::internal("The operation was canceled.")),
        }
    }

    #[hub_method]
    fn complex(&self, value: ComplexObject) -> ComplexObject {
        value
    }

    /// The service of the other servers is injected; here it is the context.
    #[hub_method]
    fn take_service(&self, cx: &HubContext<Self>, text: Text) -> Text {
        let _ = cx;
        text
    }

    #[hub_method(name = "renamed-method")]
    fn rename(&self) -> &'static str {
        "renamed"
    }

    #[hub_method]
    fn abort(&self, cx: &HubContext<Self>) {
        cx.abort();
    }

    #[hub_method]
    async fn join(&self, groups: &Groups<Self>, caller: &Caller, group: String) -> HubResult {
        known(groups.add(caller.connection_id(), group).await)
    }

    #[hub_method]
    async fn leave(&self, groups: &Groups<Self>, caller: &Caller, group: String) -> HubResult {
        known(groups.remove(caller.connection_id(), group).await)
    }

    #[hub_method]
    async fn join_and_say(&self, cx: &HubContext<Self>, group: String, message: String) -> HubResult {
        cx.groups().add(cx.connection_id(), &group).await?;
        Ok(cx.clients().group(&group).receive(&message).await?)
    }

    #[hub_method]
    async fn add_other(&self, groups: &Groups<Self>, connection_id: String, group: String) -> HubResult {
        known(groups.add(connection_id, group).await)
    }

    #[hub_method]
    async fn remove_other(&self, groups: &Groups<Self>, connection_id: String, group: String) -> HubResult {
        known(groups.remove(connection_id, group).await)
    }

    #[hub_method]
    async fn all(&self, clients: &Clients<Self>, message: Text) -> HubResult {
        Ok(clients.all().receive(&message.0.unwrap_or_default()).await?)
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
    async fn client(&self, clients: &Clients<Self>, id: String, message: String) -> HubResult {
        Ok(clients.client(id).receive(&message).await?)
    }

    #[hub_method]
    async fn clients(&self, clients: &Clients<Self>, ids: Vec<String>, message: String) -> HubResult {
        Ok(clients.clients(ids).receive(&message).await?)
    }

    #[hub_method]
    async fn group(&self, clients: &Clients<Self>, group: String, message: String) -> HubResult {
        Ok(clients.group(group).receive(&message).await?)
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
        for number in 1..=3 {
            clients.caller().receive(&format!("{tag} {number}")).await?;
        }
        Ok(3)
    }

    #[hub_method]
    fn counter(&self, count: i32, delay_ms: u64) -> impl Stream<Item = i32> + use<> {
        count_to(count, delay_ms)
    }

    #[hub_method]
    async fn counter_channel(&self, count: i32, delay_ms: u64) -> HubResult<impl Stream<Item = i32> + use<>> {
        Ok(count_to(count, delay_ms))
    }

    #[hub_method]
    fn endless(&self, cx: &HubContext<Self>) -> impl Stream<Item = i32> {
        let farewell = Farewell(cx.clone());
        stream::once(async move {
            let _farewell = farewell;
            std::future::pending().await
        })
    }

    #[hub_method]
    fn failing_stream(&self, count: i32) -> impl Stream<Item = HubResult<i32>> + use<> {
        count_to(count, 0).map(Ok).chain(stream::once(async { Err(HubError::internal("stream broke")) }))
    }

    #[hub_method]
    fn failing_stream_public(&self, count: i32) -> impl Stream<Item = HubResult<i32>> + use<> {
        count_to(count, 0).map(Ok).chain(stream::once(async { Err(HubError::client("stream broke")) }))
    }

    #[hub_method]
    async fn sum(&self, mut numbers: StreamReceiver<i32>) -> HubResult<i32> {
        let mut sum = 0_i32;
        while let Some(number) = numbers.next().await {
            sum = sum.wrapping_add(number.map_err(of_upload)?);
        }
        Ok(sum)
    }

    #[hub_method]
    fn reverse(&self, texts: StreamReceiver<String>) -> impl Stream<Item = HubResult<String>> + use<> {
        texts.map(|text| Ok(text.map_err(of_upload)?.chars().rev().collect()))
    }

    #[hub_method]
    async fn zip(
        &self,
        mut numbers: StreamReceiver<i32>,
        prefix: String,
        mut texts: StreamReceiver<String>,
    ) -> HubResult<String> {
        let mut parts = Vec::new();
        while let Some(number) = numbers.next().await
            && let Some(text) = texts.next().await
        {
            parts.push(format!("{}:{prefix}:{}", number.map_err(of_upload)?, text.map_err(of_upload)?));
        }
        Ok(parts.join(","))
    }

    #[hub_method]
    async fn ask(&self, clients: &Clients<Self>, question: String) -> HubResult<String> {
        Ok(format!("you said {}", clients.caller().answer(&question).await.map_err(of_answer)?))
    }

    #[hub_method]
    async fn ask_other(&self, clients: &Clients<Self>, connection_id: String, question: String) -> HubResult<String> {
        Ok(format!("you said {}", clients.client(connection_id).answer(&question).await.map_err(of_answer)?))
    }

    #[hub_method]
    async fn ask_number(&self, clients: &Clients<Self>) -> HubResult<i32> {
        clients.caller().number().await.map_err(of_answer)
    }
}

/// Tells the caller that its stream was dropped.
struct Farewell(HubContext<CoreHub>);

impl Drop for Farewell {
    fn drop(&mut self) {
        self.0.clients().caller().cancelled();
    }
}

fn count_to(count: i32, delay_ms: u64) -> impl Stream<Item = i32> {
    stream::iter(1..=count).then(move |number| async move {
        if number > 1 && delay_ms > 0 {
            tokio::time::sleep(Duration::from_millis(delay_ms)).await;
        }
        number
    })
}

/// A connection that is not there is no error here, as in the other servers.
fn known(change: Result<(), GroupError>) -> HubResult {
    match change {
        Err(GroupError::ConnectionGone) => Ok(()),
        change => Ok(change?),
    }
}

/// What a client says of its stream is for clients.
fn of_upload(error: UploadError) -> HubError {
    match error {
        UploadError::Client(_) | UploadError::Item => HubError::client(error.to_string()),
        error => HubError::internal(error),
    }
}

fn of_answer(error: AnswerError) -> HubError {
    if error.is_for_client() { HubError::client(error.to_string()) } else { HubError::internal(error) }
}
