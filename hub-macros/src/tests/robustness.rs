//! Whatever is written, the item comes back and nothing panics.

use std::error::Error;
use std::fs;

use proc_macro2::{Group, TokenStream, TokenTree};
use quote::ToTokens as _;

use super::{complaints, expand_item, files, inputs, mark};
use crate::expand;
use crate::parse::tokens::without_ours;

#[test]
fn the_item_comes_back_with_every_mistake() -> Result<(), Box<dyn Error>> {
    for path in files("tests/ui", ".rs")? {
        for item in syn::parse_file(&fs::read_to_string(&path)?)?.items {
            // A module's block gets a constant and may lose methods of no stage; the goldens show that.
            if matches!(mark(&item).as_deref(), None | Some("hub_module")) {
                continue;
            }
            let written = item.to_token_stream();
            let cleaned = [("hub", "hub_method"), ("hub_client", "client_method"), ("hub_method", "")]
                .into_iter()
                .fold(written, |item, (own, members)| without_ours(item, own, members));
            let made = expand_item(item).to_string();
            assert!(made.contains(&cleaned.to_string()), "{}:\n{cleaned}\nis not in\n{made}", path.display());
        }
    }
    Ok(())
}

#[test]
fn a_half_written_body_costs_nothing_else() -> Result<(), Box<dyn Error>> {
    let block: TokenStream = "impl A { #[hub_method] fn a(&self) { self. } #[hub_method] fn b(&self, c: ) {} \
        #[hub_method] fn d(&self) {} }"
        .parse()?;
    let made = expand::hub(TokenStream::new(), block);
    let said = complaints(made.clone());
    assert_eq!(said.len(), 1);
    assert!(said.iter().all(|said| said.starts_with("cannot read this hub method: ")), "{said:?}");
    let made = made.to_string();
    for written in ["fn a (& self) { self . }", "fn b (& self , c :) { }", "call (\"a\")", "call (\"d\")"] {
        assert!(made.contains(written), "{written}\n{made}");
    }
    Ok(())
}

#[test]
fn a_missing_token_panics_nowhere() -> Result<(), Box<dyn Error>> {
    for path in inputs()? {
        let source: TokenStream = fs::read_to_string(&path)?.parse()?;
        for item in syn::parse2::<syn::File>(source)?.items {
            for broken in without_one_token(item.to_token_stream()) {
                for attribute in [expand::hub, expand::hub_client, expand::hub_module] {
                    attribute(TokenStream::new(), broken.clone());
                }
            }
        }
    }
    Ok(())
}

#[test]
fn broken_options_panic_nowhere() -> Result<(), Box<dyn Error>> {
    let options: TokenStream = "name = \"a\", rename_all = \"none\", client = a::<B, C>::D, crate = x::y, \
        authorize(calls_only, roles(\"a\", \"b\"), users(\"c\"), policy = d::e), modules(a, |b| c(b)), connected"
        .parse()?;
    let items: Vec<TokenStream> = ["struct A;", "impl A { #[hub_method] fn a(&self) {} }", "trait A { fn a(&self); }"]
        .into_iter()
        .map(str::parse)
        .collect::<Result<_, _>>()?;
    for broken in without_one_token(options) {
        for item in &items {
            for attribute in [expand::hub, expand::hub_client, expand::hub_module] {
                attribute(broken.clone(), item.clone());
            }
        }
    }
    Ok(())
}

/// `tokens` as often as there are tokens in it, at any depth, each time without one of them.
fn without_one_token(tokens: TokenStream) -> Vec<TokenStream> {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let mut all = Vec::new();
    for (index, token) in tokens.iter().enumerate() {
        let with = |replaced: Option<TokenTree>| -> TokenStream {
            let (before, after) = (tokens.iter().take(index), tokens.iter().skip(index + 1));
            before.cloned().chain(replaced).chain(after.cloned()).collect()
        };
        all.push(with(None));
        if let TokenTree::Group(group) = token {
            for inner in without_one_token(group.stream()) {
                all.push(with(Some(Group::new(group.delimiter(), inner).into())));
            }
        }
    }
    all
}
