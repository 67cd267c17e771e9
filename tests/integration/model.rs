//! Group algebra against a model of sets: whatever joins, leaves, breaks and sends there are, each connection hears exactly what the
//! model says (P2, P4; R39 of `docs/promises.md`).

use std::collections::{BTreeMap, BTreeSet};

use hub_core::{
    ConnectionId,
    testing::{TestClient, TestServer, Transport},
};

use crate::{
    Tested,
    hubs::{Chat, chat_server},
    noted::Noted,
    random::Random,
};

const TRANSPORTS: [Transport; 3] = [Transport::WebSockets, Transport::ServerSentEvents, Transport::LongPolling];
const GROUPS: [&str; 4] = ["a", "b", "c", "a.b"];
const USERS: [&str; 3] = ["ann", "bob", "cid"];

/// What the model knows of a connection.
struct Member {
    user: &'static str,
    client: TestClient,
    groups: BTreeSet<&'static str>,
    expected: Vec<String>,
    is_here: bool,
}

/// A server, and what should be.
struct Model {
    kit: TestServer,
    members: BTreeMap<ConnectionId, Member>,
    random: Random,
    sent: usize,
}

impl Model {
    async fn new(seed: u64) -> Self {
        let kit = TestServer::new(chat_server(&Noted::default()).build().unwrap());
        let mut members = BTreeMap::new();
        for index in 0..6 {
            let user = USERS[index % USERS.len()];
            let client =
                kit.client().hub::<Chat>().user(user).transport(TRANSPORTS[index % 3]).connect().await.unwrap();
            let member = Member { user, groups: BTreeSet::new(), expected: Vec::new(), is_here: true, client };
            members.insert(member.client.id(), member);
        }
        Self { kit, members, random: Random::new(seed), sent: 0 }
    }

    fn anyone(&mut self) -> ConnectionId {
        let at = self.random.below(self.members.len());
        *self.members.keys().nth(at).unwrap()
    }

    async fn step(&mut self) {
        let id = self.anyone();
        let group = GROUPS[self.random.below(GROUPS.len())];
        let groups = self.kit.hubs().hub::<Chat>().groups().clone();
        match self.random.below(16) {
            0..3 => {
                groups.add(id, group).await.unwrap();
                self.member(id).groups.insert(group);
            }
            3..5 => {
                groups.remove(id, group).await.unwrap();
                self.member(id).groups.remove(group);
            }
            5 => {
                let member = self.member(id);
                member.client.drop_transport();
                member.is_here = false;
            }
            6..8 => {
                let transport = TRANSPORTS[self.random.below(3)];
                let member = self.member(id);
                member.client.set_transport(transport);
                member.client.reconnect().await.unwrap();
                member.is_here = true;
            }
            8 => tokio::task::yield_now().await,
            _ => self.send(),
        }
    }

    /// Sends by a random selector, and notes who is to hear it.
    fn send(&mut self) {
        let text = format!("{}", self.sent);
        self.sent += 1;
        let ids: Vec<ConnectionId> = self.members.keys().copied().collect();
        let (names, listed) = (self.random.some(&GROUPS), self.random.some(&ids));
        let users = self.random.some(&USERS);
        let handle = self.kit.hubs().hub::<Chat>();
        let clients = handle.clients();
        let hears: Box<dyn Fn(&Member) -> bool> = match self.random.below(7) {
            0 => {
                clients.all().show(&text);
                Box::new(|_| true)
            }
            1 => {
                clients.all_except(&listed).show(&text);
                Box::new(move |member| !listed.contains(&member.client.id()))
            }
            2 => {
                clients.clients(&listed).show(&text);
                Box::new(move |member| listed.contains(&member.client.id()))
            }
            3 => {
                clients.groups(&names).show(&text);
                Box::new(move |member| names.iter().any(|name| member.groups.contains(name)))
            }
            4 => {
                clients.groups_except(&names, &listed).show(&text);
                Box::new(move |member| {
                    !listed.contains(&member.client.id()) && names.iter().any(|name| member.groups.contains(name))
                })
            }
            5 => {
                clients.users(&users).show(&text);
                Box::new(move |member| users.contains(&member.user))
            }
            _ => {
                let name = GROUPS[self.random.below(GROUPS.len())];
                clients.group(name).show(&text);
                Box::new(move |member| member.groups.contains(name))
            }
        };
        for member in self.members.values_mut().filter(|member| hears(member)) {
            member.expected.push(text.clone());
        }
    }

    fn member(&mut self, id: ConnectionId) -> &mut Member {
        self.members.get_mut(&id).unwrap()
    }

    /// Brings everyone back, and compares.
    async fn check(&mut self, seed: u64) {
        for group in GROUPS {
            let held: BTreeSet<ConnectionId> = self.kit.members::<Chat>(group).into_iter().collect();
            let expected: BTreeSet<ConnectionId> =
                self.members.iter().filter(|(_, member)| member.groups.contains(group)).map(|(id, _)| *id).collect();
            assert_eq!(held, expected, "members of {group}, seed {seed}");
        }
        for (id, member) in &mut self.members {
            if !std::mem::replace(&mut member.is_here, true) {
                member.client.reconnect().await.unwrap();
            }
            let calls = member.client.all_calls().await;
            let heard: Vec<String> = calls.iter().map(|call| call.args::<(String,)>().0).collect();
            assert_eq!(heard, std::mem::take(&mut member.expected), "what {id} heard, seed {seed}");
        }
    }
}

async fn run(seed: u64, steps: usize) {
    println!("HUB_TEST_SEED={seed}");
    let mut model = Model::new(seed).await;
    for step in 0..steps {
        model.step().await;
        if step % 100 == 99 {
            model.check(seed).await;
        }
    }
    model.check(seed).await;
}

#[tokio::test(start_paused = true)]
async fn every_connection_hears_what_a_model_of_sets_says() -> Tested {
    let seed = Random::seed_or(0x5e75);
    for round in 0..20 {
        run(seed + round, 500).await;
    }
    Ok(())
}

/// Restarts and ends, where only tokens carry the membership.
#[tokio::test(start_paused = true)]
async fn after_a_restart_everyone_is_in_the_groups_of_the_model() -> Tested {
    let seed = Random::seed_or(0x70ce);
    println!("HUB_TEST_SEED={seed}");
    let mut model = Model::new(seed).await;
    for _ in 0..30 {
        for _ in 0..20 {
            let id = model.anyone();
            let group = GROUPS[model.random.below(GROUPS.len())];
            let groups = model.kit.hubs().hub::<Chat>().groups().clone();
            if model.random.one_in(3) {
                groups.remove(id, group).await?;
                model.member(id).groups.remove(group);
            } else {
                groups.add(id, group).await?;
                model.member(id).groups.insert(group);
            }
        }
        // Every client has its newest token.
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        if model.random.one_in(2) {
            model.kit.restart(chat_server(&Noted::default()).build()?);
        } else {
            for (id, member) in &model.members {
                member.client.stop().await?;
                model.kit.until_disconnected(*id).await;
            }
        }
        for member in model.members.values() {
            member.client.reconnect().await?;
        }
        for _ in 0..10 {
            model.send();
        }
        model.check(seed).await;
    }
    Ok(())
}
