//! Renewed credentials, and other users (section 9).

use std::time::{Duration, SystemTime};

use hub_core::{
    HubServer, Options, Request, User,
    core::{CoreMount, OnAuthenticationRefresh, Transport},
    hub,
};
use serde_json::json;

use super::{CoreClient, client::request};
use crate::Tested;

#[hub(name = "guarded")]
struct Guarded;

#[hub]
impl Guarded {
    #[hub_method(authorize(roles("admin")))]
    fn admin_only(&self) -> &'static str {
        "welcome"
    }
}

fn hour() -> SystemTime {
    SystemTime::now() + Duration::from_secs(3_600)
}

fn mount(options: Options) -> Result<CoreMount, Box<dyn std::error::Error>> {
    let hubs = HubServer::builder().hub(Guarded).build()?;
    Ok(hubs.core_mount::<Guarded>(options.enable_authentication_refresh(true))?)
}

fn refreshing(token: &str, user: &User) -> Request {
    Request::new("/hub/refresh", "", [("X-SignalR-Connection-Token", token)], Some(user.clone()))
}

#[tokio::test]
async fn new_claims_of_the_same_user_hold_from_the_next_call_on() -> Tested {
    let mount = mount(Options::default())?;
    let ann = User::new("ann")?.with_expiry(hour());
    let mut client = CoreClient::connect(&mount, Some(&ann)).await;
    let refused = client.invoke("adminOnly", json!([])).await;
    assert_eq!(refused["error"], "Failed to invoke 'adminOnly' because user is unauthorized");
    let admin = User::new("ann")?.with_role("admin").with_expiry(hour());
    let answer = mount.refresh(&refreshing(&client.token, &admin)).await.unwrap();
    assert!(answer.starts_with(b"{\"tokenLifetimeSeconds\":35"), "{answer:?}");
    assert_eq!(client.invoke("adminOnly", json!([])).await["result"], "welcome");
    // Older credentials take nothing back.
    mount.refresh(&refreshing(&client.token, &ann)).await.unwrap();
    assert_eq!(client.invoke("adminOnly", json!([])).await["result"], "welcome");
    Ok(())
}

#[tokio::test]
async fn another_user_never_gets_the_connection() -> Tested {
    let mount = mount(Options::default())?;
    let (ann, bob) = (User::new("ann")?, User::new("bob")?);
    let client = CoreClient::connect(&mount, Some(&ann)).await;
    let refused = mount.refresh(&refreshing(&client.token, &bob)).await.unwrap_err();
    assert_eq!((refused.status, &*refused.text), (403, r#"{"error":"user_changed"}"#));
    let negotiated = mount.negotiate(&request("negotiateVersion=1", Some(&ann))).await.unwrap();
    let negotiated: serde_json::Value = serde_json::from_slice(&negotiated)?;
    let query = format!("id={}", negotiated["connectionToken"].as_str().unwrap_or_default());
    for user in [Some(&bob), None] {
        let refused = mount.open(request(&query, user), Transport::WebSockets).await.unwrap_err();
        assert_eq!((refused.status, &*refused.text), (403, "The user associated with this connection changed."));
    }
    assert!(mount.open(request(&query, Some(&ann)), Transport::WebSockets).await.is_ok());
    Ok(())
}

#[tokio::test]
async fn the_application_may_say_no_and_the_connection_stays_as_it_is() -> Tested {
    let no = OnAuthenticationRefresh::new(|refresh| async move { refresh.new_user.is_none() });
    let mount = mount(Options::default().on_authentication_refresh(Some(no)))?;
    let ann = User::new("ann")?;
    let mut client = CoreClient::connect(&mount, Some(&ann)).await;
    let refused = mount.refresh(&refreshing(&client.token, &ann.clone().with_role("admin"))).await.unwrap_err();
    assert_eq!((refused.status, &*refused.text), (403, r#"{"error":"permission_change_rejected"}"#));
    assert!(client.invoke("adminOnly", json!([])).await["error"].is_string());
    Ok(())
}

#[tokio::test]
async fn lifetimes_are_capped() -> Tested {
    let mount = mount(Options::default().maximum_authentication_expiration(Some(Duration::from_secs(600))))?;
    for user in [User::new("ann")?, User::new("ann")?.with_expiry(hour())] {
        let answer: serde_json::Value =
            serde_json::from_slice(&mount.negotiate(&request("", Some(&user))).await.unwrap())?;
        assert!(matches!(answer["tokenLifetimeSeconds"].as_u64(), Some(599 | 600)), "{answer}");
    }
    let answer: serde_json::Value = serde_json::from_slice(&mount.negotiate(&request("", None)).await.unwrap())?;
    assert_eq!(answer.get("tokenLifetimeSeconds"), None);
    Ok(())
}
