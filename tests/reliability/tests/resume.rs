//! Nothing lost, doubled, disordered or misdelivered, whatever happens to the links (the ledger, section 3b).

use std::{io, sync::Arc, time::Duration};

use hub_core::{HubContext, HubResult, HubServer, SigningKeys, hub, hub_client};
use reliability::{
    PATIENCE,
    client::{Client, Transport},
    ledger::{Audience, Ledger},
    proxy::Proxy,
    random::Random,
    server::Served,
};
use serde_json::{Value, json};
use tokio::sync::watch;

const GROUPS: [&str; 3] = ["red", "green", "a group, with \"signs\""];
/// What each client does.
const ACTIONS: u64 = 80;

#[hub_client]
trait Listener {
    fn note(&self, sender: &str, sequence: u64);
    fn end(&self);
}

/// It notes in the ledger what it does.
#[hub(name = "ledger", client = Listener)]
struct Noting {
    ledger: Arc<Ledger>,
    /// Counts calls, for those who wait for the others to go on.
    calls: watch::Sender<u64>,
}

#[hub]
impl Noting {
    #[hub_method]
    async fn join(&self, cx: &HubContext<Self>, group: String) -> HubResult {
        let changing = self.ledger.changing(cx.connection_id().as_str(), &group, true);
        cx.groups().add(cx.connection_id(), group).await?;
        self.ledger.changed(changing);
        self.count();
        Ok(())
    }

    #[hub_method]
    async fn leave(&self, cx: &HubContext<Self>, group: String) -> HubResult {
        let changing = self.ledger.changing(cx.connection_id().as_str(), &group, false);
        cx.groups().remove(cx.connection_id(), group).await?;
        self.ledger.changed(changing);
        self.count();
        Ok(())
    }

    #[hub_method]
    async fn say(&self, cx: &HubContext<Self>, sequence: u64, group: String, except: Vec<String>) -> HubResult {
        let id = cx.connection_id();
        let sending = self.ledger.sending(id.as_str(), sequence, Audience::Group(group.clone()), except.clone());
        cx.clients().group_except(group, except).note(id.as_str(), sequence).await?;
        self.ledger.sent(sending);
        self.count();
        Ok(())
    }

    #[hub_method]
    async fn say_to_others(&self, cx: &HubContext<Self>, sequence: u64) -> HubResult {
        let id = cx.connection_id();
        let sending = self.ledger.sending(id.as_str(), sequence, Audience::All, vec![id.to_string()]);
        cx.clients().others().note(id.as_str(), sequence).await?;
        self.ledger.sent(sending);
        self.count();
        Ok(())
    }

    #[hub_method]
    async fn say_to(&self, cx: &HubContext<Self>, sequence: u64, to: String) -> HubResult {
        let id = cx.connection_id();
        let sending = self.ledger.sending(id.as_str(), sequence, Audience::Connection(to.clone()), Vec::new());
        cx.clients().client(to).note(id.as_str(), sequence).await?;
        self.ledger.sent(sending);
        self.count();
        Ok(())
    }

    fn count(&self) {
        self.calls.send_modify(|calls| *calls += 1);
    }
}

/// A client that talks over a bad link.
struct Talker {
    client: Client,
    ledger: Arc<Ledger>,
    random: Random,
    everyone: Vec<String>,
    /// How often it had to come back.
    returns: usize,
}

impl Talker {
    async fn act(&mut self, sequence: u64) {
        let group = *self.random.of(&GROUPS);
        let (method, arguments) = match self.random.below(10) {
            0 | 1 => ("join", json!([group])),
            2 => ("leave", json!([group])),
            3 => ("sayToOthers", json!([sequence])),
            4 => ("sayTo", json!([sequence, self.random.of(&self.everyone)])),
            5 => ("say", json!([sequence, group, [self.random.of(&self.everyone)]])),
            _ => ("say", json!([sequence, group, []])),
        };
        match self.client.call("ledger", method, arguments).await {
            Ok(reply) => assert_eq!(reply.error(), None),
            // Nobody knows whether the call came to be done; the ledger does.
            Err(error) => assert_ne!(error.kind(), io::ErrorKind::TimedOut, "{error}"),
        }
        self.listen().await;
    }

    /// Notes what has come, and comes back if the link was lost.
    async fn listen(&mut self) {
        let (invocations, is_open) = self.client.ready();
        for invocation in &invocations {
            self.note(invocation);
        }
        if !is_open {
            self.come_back().await;
        }
    }

    async fn come_back(&mut self) {
        for _ in 0..100 {
            self.returns += 1;
            if self.client.reconnect().await.is_ok() {
                return;
            }
        }
        unreachable!("the link was never there long enough to come back");
    }

    /// Listens until the word that everything is said.
    async fn finish(mut self) -> usize {
        loop {
            match self.client.next().await {
                Ok(invocation) if invocation["M"] == "end" => return self.returns,
                Ok(invocation) => self.note(&invocation),
                Err(error) => {
                    assert_ne!(error.kind(), io::ErrorKind::TimedOut, "{error}");
                    self.come_back().await;
                }
            }
        }
    }

    fn note(&self, invocation: &Value) {
        let arguments = &invocation["A"];
        let sender = arguments[0].as_str().unwrap_or_default();
        self.ledger.received(&self.client.session.id, sender, arguments[1].as_u64().unwrap_or(u64::MAX));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_ledger_is_clean_when_links_are_cut_at_random_moments() {
    let mut random = Random::fresh("resume");
    let ledger = Arc::new(Ledger::default());
    let (calls, seen) = watch::channel(0);
    let hubs = HubServer::builder()
        .hub(Noting { ledger: ledger.clone(), calls })
        .signing_keys(SigningKeys::generate().unwrap())
        .build()
        .unwrap();
    let served = Served::hubs(&hubs).unwrap();

    let mut proxies = Vec::new();
    let mut clients = Vec::new();
    for transport in Transport::ALL.into_iter().cycle().take(9) {
        let proxy = Proxy::start(served.address()).await.unwrap();
        let client = Client::connect(proxy.address(), transport, &["ledger"]).await.unwrap();
        ledger.listens(&client.session.id);
        proxies.push(proxy);
        clients.push(client);
    }
    let everyone: Vec<String> = clients.iter().map(|client| client.session.id.clone()).collect();

    let cutting = tokio::spawn(cut_at_random(proxies, random.split(), seen.clone()));
    let outside = tokio::spawn(talk_from_outside(hubs.clone(), ledger.clone(), random.split(), seen));
    let talking: Vec<_> = clients
        .into_iter()
        .map(|client| {
            let (ledger, random, everyone) = (ledger.clone(), random.split(), everyone.clone());
            let mut talker = Talker { client, ledger, random, everyone, returns: 0 };
            tokio::spawn(async move {
                for sequence in 0..ACTIONS {
                    talker.act(sequence).await;
                }
                talker
            })
        })
        .collect();
    let mut talkers = Vec::new();
    for talker in talking {
        talkers.push(talker.await.unwrap());
    }
    outside.abort();
    let _ = outside.await;
    cutting.abort();
    // The links end with their task.
    let _ = cutting.await;
    ledger.close();
    hubs.hub::<Noting>().clients().all().end().await.unwrap();
    let mut returns = 0;
    for mut talker in talkers {
        // Straight to the server now.
        talker.client.session.link = served.address().into();
        returns += talker.finish().await;
    }
    let (sends, copies) = ledger.counts();
    println!("{sends} messages, {copies} copies, {returns} returns");
    assert!(returns > 20, "the links were hardly cut: {returns}");
    assert_eq!(ledger.violations(), [""; 0]);
}

/// Cuts a link whenever some calls more were made; some links say nothing for a while before they are cut.
async fn cut_at_random(proxies: Vec<Proxy>, mut random: Random, mut calls: watch::Receiver<u64>) {
    loop {
        let proxy = random.of(&proxies);
        let stalls = random.below(3) == 0;
        proxy.pause(stalls);
        let goal = *calls.borrow() + 1 + random.below(12);
        // Those who are left may all wait for the paused link.
        let _ = tokio::time::timeout(Duration::from_millis(250), calls.wait_for(|calls| *calls >= goal)).await;
        proxy.cut();
        proxy.pause(false);
    }
}

/// Others talk meanwhile, from outside of any call.
async fn talk_from_outside(hubs: HubServer, ledger: Arc<Ledger>, mut random: Random, mut calls: watch::Receiver<u64>) {
    let hub = hubs.hub::<Noting>();
    for sequence in 0.. {
        let to_all = random.below(8) == 0;
        let group = *random.of(&GROUPS);
        let audience = if to_all { Audience::All } else { Audience::Group(group.to_owned()) };
        let sending = ledger.sending("outside", sequence, audience, Vec::new());
        let sent = if to_all { hub.clients().all() } else { hub.clients().group(group) };
        sent.note("outside", sequence).await.unwrap();
        ledger.sent(sending);
        let waited = tokio::time::timeout(PATIENCE, calls.changed()).await;
        if !matches!(waited, Ok(Ok(()))) {
            return;
        }
    }
}
