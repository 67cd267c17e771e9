//! Renewed credentials of a connection that lives on: who may, and what follows (section 9).

use std::{
    fmt,
    future::Future,
    panic::AssertUnwindSafe,
    pin::Pin,
    sync::Arc,
    time::{Duration, SystemTime},
};

use bytes::Bytes;
use futures_util::FutureExt as _;

use super::{
    CoreRefusal,
    admit::{OTHER_USER, is_same},
    life::Ending,
    link::Link,
    mounted::{Mounted, Serves},
};
use crate::{
    connection::ConnectionId,
    dispatch::Event,
    events,
    hub::{Request, User},
    server::Settings,
    task,
};

/// The header that names the connection of a refresh.
const CONNECTION_TOKEN: &str = "x-signalr-connection-token";
const REJECTED: CoreRefusal = CoreRefusal::json(403, r#"{"error":"permission_change_rejected"}"#);

/// A refresh that is to be decided.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct AuthenticationRefresh {
    /// The connection.
    pub connection: ConnectionId,
    /// Who it acts for; of a reservation, who negotiated it.
    pub old_user: Option<User>,
    /// Who asks, with the new credentials.
    pub new_user: Option<User>,
    /// The request that brings them.
    pub request: Request,
}

type Decide = dyn Fn(AuthenticationRefresh) -> Pin<Box<dyn Future<Output = bool> + Send>> + Send + Sync;

/// The application's say in whether a connection's credentials may be replaced. It can only narrow: it is not asked about another user.
#[derive(Clone)]
pub struct OnAuthenticationRefresh(Arc<Decide>);

impl OnAuthenticationRefresh {
    /// Decides by this function, which may take its time.
    pub fn new<F, Fut>(decide: F) -> Self
    where
        F: Fn(AuthenticationRefresh) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = bool> + Send + 'static,
    {
        Self(Arc::new(move |refresh| Box::pin(decide(refresh))))
    }
}

impl fmt::Debug for OnAuthenticationRefresh {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OnAuthenticationRefresh")
    }
}

/// What became of new credentials.
enum Renewed {
    Applied,
    /// Those that the connection has last longer.
    OutOfDate,
    OtherUser,
    Rejected,
    Failed,
}

/// When a user's credentials end here: as they say, and not later than the mount allows. Who is not signed in has none.
pub(super) fn expiry(user: Option<&User>, settings: &Settings) -> Option<SystemTime> {
    let user = user?;
    let latest = settings.maximum_authentication_expiration.map(|most| SystemTime::now() + most);
    match (user.expires_at(), latest) {
        (Some(own), Some(latest)) => Some(own.min(latest)),
        (own, latest) => own.or(latest),
    }
}

/// What is left of them, in whole seconds; none if that is nothing, or they have no end.
pub(super) fn lifetime_seconds(expiry: Option<SystemTime>) -> Option<i32> {
    let left: Duration = expiry?.duration_since(SystemTime::now()).ok()?;
    Some(i32::try_from(left.as_secs()).unwrap_or(i32::MAX))
}

impl Mounted {
    /// `POST {path}/refresh`, of a caller that may connect.
    pub(super) async fn refresh(self: &Arc<Self>, request: &Request) -> Result<Bytes, CoreRefusal> {
        let missing = CoreRefusal::json(400, r#"{"error":"missing_connection_token"}"#);
        let token = request.header(CONNECTION_TOKEN).filter(|token| !token.is_empty()).ok_or(missing)?;
        let found = self.find(token).filter(|link| !link.has_ended() && link.ending().is_none());
        let link = found.ok_or(CoreRefusal::json(404, r#"{"error":"connection_not_found"}"#))?;
        if link.version == 0 {
            // Its id is its token, and public.
            return Err(CoreRefusal::json(400, r#"{"error":"unsupported_negotiate_version"}"#));
        }
        match self.renew(&link, request).await {
            Renewed::Applied | Renewed::OutOfDate => {
                let seconds = lifetime_seconds(expiry(request.user(), &self.settings));
                let body = seconds
                    .map_or_else(|| "{}".to_owned(), |seconds| format!(r#"{{"tokenLifetimeSeconds":{seconds}}}"#));
                Ok(body.into())
            }
            Renewed::OtherUser => Err(CoreRefusal::json(403, r#"{"error":"user_changed"}"#)),
            Renewed::Rejected => Err(REJECTED),
            Renewed::Failed => Err(CoreRefusal::bare(500)),
        }
    }

    /// A poll, or a WebSocket of a client that has come back, brings its credentials along (section 9.6).
    pub(super) async fn check_user(
        self: &Arc<Self>,
        link: &Arc<Link>,
        request: &Request,
        is_poll: bool,
    ) -> Result<(), CoreRefusal> {
        let (old, new) = (link.user(), request.user());
        let same = is_same(old.as_ref(), new);
        let is_earlier = match (old.as_ref().and_then(User::expires_at), new.and_then(User::expires_at)) {
            (Some(old), Some(new)) => new < old,
            _ => false,
        };
        if !self.settings.enable_authentication_refresh {
            if !same {
                return Err(OTHER_USER);
            }
            // The connection keeps its user, and lives as long as the newest credentials; a request without any says nothing.
            if new.is_some() {
                link.set_expiry(expiry(new, &self.settings));
            }
            return Ok(());
        }
        if old.as_ref() == new || is_earlier {
            return if same { Ok(()) } else { Err(OTHER_USER) };
        }
        if is_poll && !same {
            return Err(CoreRefusal::json(409, r#"{"error":"authentication_refresh_required"}"#));
        }
        match self.renew(link, request).await {
            Renewed::Applied | Renewed::OutOfDate => Ok(()),
            Renewed::OtherUser => Err(OTHER_USER),
            Renewed::Rejected => {
                link.end(Ending::Aborted);
                Err(REJECTED)
            }
            Renewed::Failed => Err(CoreRefusal::bare(500)),
        }
    }

    /// Decides by the rules of section 9.3, and replaces the credentials.
    async fn renew(self: &Arc<Self>, link: &Arc<Link>, request: &Request) -> Renewed {
        let new_user = request.user().cloned();
        let new_expiry = expiry(new_user.as_ref(), &self.settings);
        let is_out_of_date =
            |present: Option<SystemTime>| matches!((present, new_expiry), (Some(present), Some(new)) if new < present);
        let old_user = link.user();
        let same = is_same(old_user.as_ref(), new_user.as_ref());
        if !same {
            return Renewed::OtherUser;
        }
        if is_out_of_date(link.expiry()) {
            return Renewed::OutOfDate;
        }
        if let Some(OnAuthenticationRefresh(decide)) = &self.settings.on_authentication_refresh {
            let refresh = AuthenticationRefresh {
                connection: link.id,
                old_user,
                new_user: new_user.clone(),
                request: request.clone(),
            };
            // What it makes of the question may panic as well as the answer.
            let asked = AssertUnwindSafe(async { decide(refresh).await }).catch_unwind().await;
            match asked {
                Ok(true) => {}
                Ok(false) => return Renewed::Rejected,
                Err(_) => {
                    tracing::error!(connection = %link.id, "the decision about a refresh panicked");
                    return Renewed::Failed;
                }
            }
        }
        // Another refresh may have gone further meanwhile.
        if !link.renew(new_user, new_expiry, is_out_of_date) {
            return Renewed::OutOfDate;
        }
        self.raise_refreshed(link);
        Renewed::Applied
    }

    /// Runs the refreshed event in its turn among the calls; the answer does not wait for it.
    fn raise_refreshed(self: &Arc<Self>, link: &Arc<Link>) {
        let (Serves::Hub(scope), Some(connection)) = (&self.serves, link.output.connection()) else { return };
        let (mounted, scope) = (self.clone(), scope.clone());
        task::spawn(async move {
            let Ok(_turn) = connection.calls.clone().acquire_owned().await else { return };
            if connection.is_ending() {
                return;
            }
            // Its failure has been logged, and ends nothing.
            let request = connection.request();
            let _ = events::run_one(&mounted.server, &connection, &request, &scope, Event::Refreshed).await;
        });
    }
}
