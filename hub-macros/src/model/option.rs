//! Which options there are and where each belongs.

use crate::diagnostics::{Diagnostics, did_you_mean, nearest};
use crate::parse::options::Entry;

/// A list in which options stand.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// `#[hub(..)]` on a struct.
    HubType,
    /// `#[hub(..)]` on an impl block.
    HubBlock,
    /// `#[hub_method(..)]`.
    HubMethod,
    /// `authorize(..)` of a hub.
    HubAuthorize,
    /// `authorize(..)` of a method.
    MethodAuthorize,
    /// `#[hub_client(..)]`.
    Client,
    /// `#[client_method(..)]`.
    ClientMethod,
    /// `#[hub_module(..)]`.
    Module,
}

impl Place {
    /// The options that may stand there.
    pub(crate) fn known(self) -> &'static [&'static str] {
        match self {
            Self::HubType => &["name", "rename_all", "client", "authorize", "modules", "crate"],
            Self::HubBlock | Self::Module => &["crate"],
            Self::HubMethod => {
                &["name", "authorize", "parallel", "connected", "reconnected", "refreshed", "disconnected"]
            }
            Self::HubAuthorize => &["roles", "users", "policy", "calls_only"],
            Self::MethodAuthorize => &["roles", "users", "policy"],
            Self::Client => &["rename_all", "crate"],
            Self::ClientMethod => &["name"],
        }
    }

    fn written(self) -> &'static str {
        match self {
            Self::HubType | Self::HubBlock => "#[hub]",
            Self::HubMethod => "#[hub_method]",
            Self::HubAuthorize | Self::MethodAuthorize => "authorize",
            Self::Client => "#[hub_client]",
            Self::ClientMethod => "#[client_method]",
            Self::Module => "#[hub_module]",
        }
    }
}

/// Reports an entry that has no meaning where it stands, with the place where it would have one.
pub(crate) fn refuse(entry: &Entry, place: Place, diagnostics: &mut Diagnostics) {
    let word = entry.word();
    let message = match belongs(&word, place) {
        Some(elsewhere) => format!("`{word}` {elsewhere}"),
        None => {
            let way_out = match (nearest(&word, place.known()), nearest(&word, &ALL)) {
                (None, Some(meant)) => belongs(meant, place).map(|elsewhere| format!("`{meant}` {elsewhere}")),
                _ => None,
            };
            let way_out = way_out.unwrap_or_else(|| did_you_mean(&word, place.known()));
            format!("`{}` has no option `{word}`: {way_out}", place.written())
        }
    };
    diagnostics.on(&entry.name, message);
}

/// Every option there is: a slip of one may also stand in the wrong place.
const ALL: [&str; 14] = [
    "parallel",
    "refreshed",
    "name",
    "rename_all",
    "client",
    "authorize",
    "modules",
    "connected",
    "reconnected",
    "disconnected",
    "roles",
    "users",
    "policy",
    "calls_only",
];

/// Where `word` belongs if it is an option, but not of `place`.
fn belongs(word: &str, place: Place) -> Option<String> {
    use Place::{Client, ClientMethod, HubAuthorize, HubBlock, HubMethod, HubType, MethodAuthorize, Module};
    Some(match (word, place) {
        ("calls_only", MethodAuthorize) => {
            "belongs on the hub, whose `authorize` is for connecting too: a method is only ever called, so leave it out"
                .into()
        }
        ("roles" | "users" | "policy" | "calls_only", HubType | HubMethod) => {
            let inner = match word {
                "policy" => "policy = ..",
                "calls_only" => "calls_only",
                list => return Some(format!("belongs in `authorize`: write `authorize({list}(\"..\"))`")),
            };
            format!("belongs in `authorize`: write `authorize({inner})`")
        }
        ("name" | "rename_all" | "client" | "authorize" | "modules", HubBlock) => {
            "belongs on the struct: give it to the `#[hub]` there".into()
        }
        ("parallel" | "connected" | "reconnected" | "refreshed" | "disconnected", HubType | HubBlock) => {
            format!("belongs on a method of the hub: write `#[hub_method({word})]` there")
        }
        ("client" | "modules" | "rename_all", HubMethod) => {
            "belongs on the hub: give it to the `#[hub]` on the struct".into()
        }
        ("crate", HubMethod | ClientMethod) => "belongs on the whole item: give it to the attribute there".into(),
        ("name", Client) => "belongs on a method: write `#[client_method(name = \"..\")]` there".into(),
        ("rename_all", ClientMethod) => "belongs on the trait: write `#[hub_client(rename_all = \"..\")]` there".into(),
        ("authorize", Client | ClientMethod) => {
            "is for calls from a client; these are calls to one: leave it out".into()
        }
        ("authorize", HubAuthorize | MethodAuthorize) => "is open already: write its list here".into(),
        ("stages" | "STAGES", Module) => {
            "is found out from the methods: write `const STAGES` in the block to set it".into()
        }
        _ => return None,
    })
}
