//! What the macros write, and what they say, without a compiler.

mod golden;
mod messages;
mod robustness;

use std::path::{Path, PathBuf};
use std::{fs, io};

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens as _;
use syn::{Attribute, Item, Meta};

use crate::expand;

/// A file with every annotated item on its outermost level put through its macro.
fn expand_file(source: &str) -> syn::Result<TokenStream> {
    let file = syn::parse_file(source)?;
    Ok(file.items.into_iter().map(expand_item).collect())
}

fn expand_item(mut item: Item) -> TokenStream {
    let Some(name) = mark(&item) else { return item.into_token_stream() };
    let Some(attributes) = attributes(&mut item) else { return item.into_token_stream() };
    let Some(index) = attributes.iter().position(|attribute| last_word(attribute) == name) else {
        return item.into_token_stream();
    };
    let options = match attributes.remove(index).meta {
        Meta::List(list) => list.tokens,
        Meta::Path(_) | Meta::NameValue(_) => TokenStream::new(),
    };
    let item = item.into_token_stream();
    match name.as_str() {
        "hub" => expand::hub(options, item),
        "hub_client" => expand::hub_client(options, item),
        "hub_module" => expand::hub_module(options, item),
        _ => expand::stray::hub_method(options, item),
    }
}

/// The macro that an item is annotated with.
fn mark(item: &Item) -> Option<String> {
    let mut item = item.clone();
    let names = attributes(&mut item)?.iter().map(last_word);
    names.into_iter().find(|name| matches!(name.as_str(), "hub" | "hub_client" | "hub_module" | "hub_method"))
}

fn last_word(attribute: &Attribute) -> String {
    attribute.path().segments.last().map(|segment| segment.ident.to_string()).unwrap_or_default()
}

fn attributes(item: &mut Item) -> Option<&mut Vec<Attribute>> {
    Some(match item {
        Item::Struct(item) => &mut item.attrs,
        Item::Enum(item) => &mut item.attrs,
        Item::Union(item) => &mut item.attrs,
        Item::Impl(item) => &mut item.attrs,
        Item::Trait(item) => &mut item.attrs,
        Item::Fn(item) => &mut item.attrs,
        Item::Mod(item) => &mut item.attrs,
        Item::Type(item) => &mut item.attrs,
        _ => return None,
    })
}

/// What each `compile_error!` in `tokens` says.
fn complaints(tokens: TokenStream) -> Vec<String> {
    let mut found = Vec::new();
    let mut is_next = false;
    for token in tokens {
        match token {
            TokenTree::Ident(word) => is_next = word == "compile_error",
            TokenTree::Group(group) => {
                if is_next {
                    let text = syn::parse2::<syn::LitStr>(group.stream()).map(|text| text.value());
                    found.extend(text);
                } else {
                    found.extend(complaints(group.stream()));
                }
                is_next = false;
            }
            _ => {}
        }
    }
    found
}

/// What the golden expansions are made of.
fn inputs() -> io::Result<Vec<PathBuf>> {
    let mut inputs = files("expand", ".rs")?;
    inputs.retain(|path| !path.to_string_lossy().ends_with(".expanded.rs"));
    Ok(inputs)
}

/// The files in a folder of this crate and the folders in it, in order, that end in `ending`.
fn files(folder: &str, ending: &str) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder), ending, &mut found)?;
    found.sort();
    Ok(found)
}

fn collect(folder: &Path, ending: &str, found: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, ending, found)?;
        } else if path.to_string_lossy().ends_with(ending) {
            found.push(path);
        }
    }
    Ok(())
}
