//! The life of a connection: handshake, connected event, receive loop, goodbye, disconnected event (section 5.2).

use std::{panic::AssertUnwindSafe, sync::Arc};

use bytes::Bytes;
use futures_util::FutureExt as _;

use super::{
    Transport,
    invoke::Calling,
    link::{Farewell, Link},
    mounted::Serves,
};
use crate::{
    connection::{Attach, Attached, Connection, DisconnectReason, GroupsSeen},
    dispatch::Event,
    events,
    hub::{HubError, Request},
    protocol::{
        Encoding, Wire,
        core::{Fault, HANDSHAKE_ACCEPTED, Handshake, HandshakeError, HandshakeRequest, Incoming, Outgoing},
    },
    raw::{AnyConnectionHandler, RawConnection},
    server::Scope,
};

/// Why a connection ends.
#[derive(Debug)]
pub(super) enum Ending {
    /// Its transport brings no more.
    Input,
    /// The client said so, perhaps with an error.
    Closed(Option<String>),
    /// The client broke a rule.
    Fault(Fault),
    /// The server's code said so.
    Aborted,
    /// The server shuts down.
    Shutdown,
    /// The credentials that it came with have ended.
    Expired,
    /// The client did not come back in time.
    Lost,
    /// The client does not take what is sent to it.
    Slow,
    /// The client does not acknowledge what it is sent, so that nothing more can be kept for it.
    Unacknowledged,
    /// There was no handshake, or its connected event failed, or there is no room for it.
    NotBegun,
}

impl Ending {
    fn reason(&self, link: &Link) -> DisconnectReason {
        match self {
            Self::Input if link.is_lost() => DisconnectReason::TimedOut,
            Self::Input | Self::Closed(_) => DisconnectReason::StopCalled,
            Self::Fault(_) => DisconnectReason::Fault,
            Self::Aborted | Self::Expired => DisconnectReason::Aborted,
            Self::Shutdown => DisconnectReason::Shutdown,
            Self::Lost => DisconnectReason::TimedOut,
            Self::Slow | Self::Unacknowledged => DisconnectReason::SlowClient,
            Self::NotBegun => DisconnectReason::ConnectedFailed,
        }
    }

    /// What the application is told of it.
    fn failure(&self) -> Option<String> {
        match self {
            Self::Closed(error) => error.clone(),
            Self::Fault(fault) => Some(fault.to_string()),
            Self::Unacknowledged => Some("The client does not acknowledge what it is sent.".to_owned()),
            _ => None,
        }
    }

    /// The Close that the client gets (section 3.10).
    fn last_words(&self, encoding: Encoding, detailed: bool) -> Option<Bytes> {
        let text;
        let (error, allow_reconnect) = match self {
            Self::Input | Self::Shutdown | Self::Expired | Self::Lost => (None, true),
            Self::Closed(_) | Self::Aborted => (None, false),
            Self::Fault(fault) => {
                text = fault.close_text(detailed);
                (Some(&*text), true)
            }
            Self::Unacknowledged => (Some("Connection closed with an error."), true),
            Self::Slow | Self::NotBegun => return None,
        };
        Some(Outgoing::Close { error, allow_reconnect }.encode(encoding))
    }
}

/// Runs a connection from its first transport to its end.
pub(super) async fn run(link: Arc<Link>) {
    let mounted = link.mounted.clone();
    match &mounted.serves {
        Serves::Hub(scope) => hub(&link, scope).await,
        Serves::Raw(handler) => raw(&link, handler).await,
    }
    link.output.finish(&mounted.server.node, None, Farewell::Whole);
    link.done(Ending::NotBegun);
}

async fn hub(link: &Arc<Link>, scope: &Scope) {
    let mounted = &link.mounted;
    let (server, settings) = (&mounted.server, &mounted.settings);
    let detailed = settings.detailed_errors;
    let shaken = tokio::select! {
        biased;
        () = link.told_to_end() => Err(HandshakeError::Canceled),
        shaken = tokio::time::timeout(settings.handshake_timeout, handshake(link)) => {
            shaken.unwrap_or(Err(HandshakeError::Canceled))
        }
    };
    let handshake = match shaken {
        Ok(Some(handshake)) => handshake,
        // The peer is gone: there is nobody to tell.
        Ok(None) => return,
        Err(error) => {
            tracing::debug!(connection = %link.id, error = error.text(true), "a handshake failed");
            return link.output.push(error.encode(detailed));
        }
    };
    let encoding = handshake.encoding;
    let wire = Wire::from(encoding);
    link.input.set_encoding(encoding);
    link.output.set_encoding(encoding);
    link.set_stateful(handshake.version >= 2 && link.transport() == Some(Transport::WebSockets));
    if link.is_stateful() {
        link.output.keep(settings.stateful_reconnect_buffer_size, &server.node);
    }
    link.output.push(Bytes::from_static(HANDSHAKE_ACCEPTED));
    server.node.speaks(wire, 1);
    match attach(link, scope, wire) {
        Some(connection) => {
            live(link, scope, &connection, encoding).await;
        }
        None => {
            let close = Outgoing::Close { error: Some("The server is full."), allow_reconnect: true };
            link.output.push(close.encode(encoding));
        }
    }
    server.node.speaks(wire, -1);
}

/// Reads the request. None if the peer is gone before it was complete.
async fn handshake(link: &Link) -> Result<Option<Handshake>, HandshakeError> {
    let frame = match link.input.frame().await {
        Ok(Some(frame)) => frame,
        Ok(None) | Err(Fault::Truncated) => return Ok(None),
        Err(_) => return Err(HandshakeError::Canceled),
    };
    let binary = link.transport().is_some_and(Transport::is_binary);
    HandshakeRequest::parse(&frame)?.select(&link.mounted.settings.supported_protocols, binary).map(Some)
}

/// Makes it known to the node: from here on it hears what is sent.
fn attach(link: &Arc<Link>, scope: &Scope, wire: Wire) -> Option<Arc<Connection>> {
    let settings = &link.mounted.settings;
    let attached = link.mounted.server.node.attach(Attach {
        id: link.id,
        user: link.user(),
        wire,
        request: link.request().unwrap_or_else(|| Request::new("", "", [], None)),
        listens: Box::new([scope.id()]),
        limits: settings.core_outbox(),
        calls: settings.maximum_parallel_invocations,
        cursor: None,
        groups: GroupsSeen::NoToken,
        stage: Vec::new(),
        expected_known: false,
        init: false,
        is_poll: false,
    });
    let attached = attached.ok()?;
    let Attached { connection, .. } = &attached;
    // A connection has one life, and this is it.
    let _ = connection.life.set(link.clone());
    let connection = connection.clone();
    link.output.attach(attached);
    Some(connection)
}

/// From the connected event to the disconnected one.
async fn live(link: &Arc<Link>, scope: &Scope, connection: &Arc<Connection>, encoding: Encoding) {
    let (server, detailed) = (&link.mounted.server, link.mounted.settings.detailed_errors);
    // This task alone runs its events, in their order.
    drop(connection.begin(&[scope.id()]));
    if let Err(error) = events::run_one(server, connection, &connection.request(), scope, Event::Connected).await {
        let text = format!("Connection closed with an error.{}", suffix(&error, detailed));
        let close = Outgoing::Close { error: Some(&text), allow_reconnect: false }.encode(encoding);
        link.end(Ending::NotBegun);
        link.output.finish(&server.node, Some(close), Farewell::Whole);
        drop(server.node.end(connection, DisconnectReason::ConnectedFailed));
        server.questions.disconnected(link.id);
        return;
    }
    let calling = Calling::new(link.clone(), scope.clone(), connection.clone(), encoding);
    let ending = receive(link, &calling).await;
    if let Some(ending) = ending {
        link.end(ending);
    }
    let Some(ending) = link.ending() else { return };
    tracing::debug!(connection = %link.id, ?ending, "a connection ends");
    if let Some(failure) = ending.failure() {
        let _ = connection.failure.set(failure.into());
    }
    let farewell = match ending {
        Ending::Slow => Farewell::None,
        // It has not said that it heard what it was sent before.
        Ending::Unacknowledged => Farewell::LastWords,
        _ => Farewell::Whole,
    };
    link.output.finish(&server.node, ending.last_words(encoding, detailed), farewell);
    let reason = ending.reason(link);
    server.node.silence(connection, reason);
    connection.ended.cancel();
    server.questions.disconnected(link.id);
    let event = Event::Disconnected(reason);
    // Its failure has been logged, and there is nobody to tell.
    let _ = events::run_one(server, connection, &connection.request(), scope, event).await;
    link.calls.clear();
    drop(server.node.end(connection, reason));
}

/// Takes one message after the other, until there is a reason to end; none if somebody else has given one.
async fn receive(link: &Arc<Link>, calling: &Calling) -> Option<Ending> {
    loop {
        let frame = tokio::select! {
            biased;
            () = link.told_to_end() => return None,
            frame = calling.frame() => frame,
        };
        let message = match frame {
            Ok(Some(frame)) => frame,
            Ok(None) => return Some(Ending::Input),
            Err(fault) => return Some(Ending::Fault(fault)),
        };
        let incoming = match calling.encoding().read(&message) {
            // A type that is not known is passed over (section 3.9).
            Ok(None) => continue,
            Ok(Some(incoming)) => incoming,
            Err(error) => return Some(Ending::Fault(error.into())),
        };
        if incoming.is_counted() && !link.output.count() {
            continue;
        }
        match incoming {
            Incoming::Ping => link.client_pings(),
            Incoming::Close { error, .. } => return Some(Ending::Closed(error.map(|error| error.into_owned()))),
            Incoming::Ack { sequence_id } => link.output.acknowledge(sequence_id),
            Incoming::Sequence { sequence_id } => {
                if let Err(fault) = link.output.sequence(sequence_id) {
                    return Some(Ending::Fault(fault));
                }
            }
            Incoming::CancelInvocation { id } => link.calls.cancel(&id),
            Incoming::Completion { id, outcome } => {
                if let Err(fault) = calling.completion(&id, outcome) {
                    return Some(Ending::Fault(fault));
                }
            }
            Incoming::StreamItem { id, item } => {
                let item = message.slice_ref(item.as_bytes());
                tokio::select! {
                    biased;
                    () = link.told_to_end() => return None,
                    () = calling.item(&id, item) => {}
                }
            }
            Incoming::Invocation(invocation) => {
                tokio::select! {
                    biased;
                    () = link.told_to_end() => return None,
                    () = calling.invoke(invocation) => {}
                }
            }
        }
    }
}

/// What is appended to a text for an error (section 3.8).
pub(super) fn suffix(error: &HubError, detailed: bool) -> String {
    match error.for_client() {
        Some((text, _)) => format!(" HubException: {text}"),
        None if detailed => format!(" {}: {error}", error.type_name()),
        None => String::new(),
    }
}

/// A raw connection: its handler reads and writes, and when it is done, the connection is.
async fn raw(link: &Arc<Link>, handler: &Arc<dyn AnyConnectionHandler>) {
    link.output.set_raw();
    let connection = RawConnection::new(link.clone());
    let mut farewell = Farewell::Whole;
    let running = AssertUnwindSafe(handler.connected(connection)).catch_unwind();
    tokio::select! {
        biased;
        () = link.told_to_end() => {
            if matches!(link.ending(), Some(Ending::Shutdown)) {
                farewell = Farewell::Shutdown;
            }
        }
        ended = running => match ended {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::error!(connection = %link.id, ?error, "the handler of a raw connection failed"),
            Err(_) => tracing::error!(connection = %link.id, "the handler of a raw connection panicked"),
        },
    }
    link.output.finish(&link.mounted.server.node, None, farewell);
}
