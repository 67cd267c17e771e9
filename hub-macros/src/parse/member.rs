//! The members of an impl block or trait, with bodies left unread.
//!
//! A body goes through as the tokens it is: one that is half written must not take the item with it.

use proc_macro2::{Delimiter, Ident, TokenStream, TokenTree};
use syn::ext::IdentExt as _;
use syn::parse::discouraged::Speculative as _;
use syn::parse::{ParseStream, Result};
use syn::{Attribute, Error, Path, Signature, Token, Visibility, token};

use super::tokens::between;

/// One member of an impl block or trait.
pub(crate) struct Member {
    /// Attributes on it.
    pub(crate) attributes: Vec<Attribute>,
    /// All of it but the attributes.
    pub(crate) tokens: TokenStream,
    /// What it is.
    pub(crate) kind: MemberKind,
}

/// What a member is.
pub(crate) enum MemberKind {
    /// A function; `body` is none where a `;` stands.
    Function { signature: Box<Signature>, body: Option<TokenTree> },
    /// An associated constant.
    Constant(Ident),
    /// An associated type.
    Type(Ident),
    /// A macro call.
    Macro(Path),
    /// Something else, or half of something.
    Unread(Error),
}

/// Reads what is in the braces. What cannot be read becomes a member too, and reading goes on behind it.
pub(crate) fn members(input: ParseStream<'_>) -> Vec<Member> {
    let mut members = Vec::new();
    while !input.is_empty() {
        members.push(member(input));
    }
    members
}

fn member(input: ParseStream<'_>) -> Member {
    let attributes = {
        let ahead = input.fork();
        match ahead.call(Attribute::parse_outer) {
            Ok(attributes) => {
                input.advance_to(&ahead);
                attributes
            }
            Err(_) => Vec::new(),
        }
    };
    let begin = input.cursor();
    let ahead = input.fork();
    let kind = match member_kind(&ahead) {
        Ok(kind) => {
            input.advance_to(&ahead);
            kind
        }
        Err(error) => {
            skip_member(input);
            MemberKind::Unread(error)
        }
    };
    Member { attributes, tokens: between(begin, input.cursor()), kind }
}

fn member_kind(input: ParseStream<'_>) -> Result<MemberKind> {
    let _: Visibility = input.parse()?;
    if input.peek(Token![default]) && !input.peek2(Token![!]) {
        let _: Token![default] = input.parse()?;
    }
    if starts_function(input) {
        let signature = input.parse()?;
        let body = if input.peek(Token![;]) {
            let _: Token![;] = input.parse()?;
            None
        } else if input.peek(token::Brace) {
            Some(input.parse()?)
        } else {
            return Err(input.error("expected the body of the function"));
        };
        return Ok(MemberKind::Function { signature, body });
    }
    if input.peek(Token![const]) || input.peek(Token![type]) {
        let is_constant = input.peek(Token![const]);
        let _: TokenTree = input.parse()?;
        let ident = input.call(Ident::parse_any)?;
        while !input.peek(Token![;]) {
            let _: TokenTree = input.parse()?;
        }
        let _: Token![;] = input.parse()?;
        return Ok(if is_constant { MemberKind::Constant(ident) } else { MemberKind::Type(ident) });
    }
    let path = input.call(Path::parse_mod_style)?;
    let _: Token![!] = input.parse()?;
    let arguments: TokenTree = input.parse()?;
    let braced = matches!(&arguments, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace);
    if !braced || input.peek(Token![;]) {
        let _: Option<Token![;]> = input.parse()?;
    }
    Ok(MemberKind::Macro(path))
}

/// Whether `const async unsafe extern "C" fn`, or as much of it as there is, comes next.
fn starts_function(input: ParseStream<'_>) -> bool {
    let ahead = input.fork();
    ahead.parse::<Option<Token![const]>>().is_ok()
        && ahead.parse::<Option<Token![async]>>().is_ok()
        && ahead.parse::<Option<Token![unsafe]>>().is_ok()
        && ahead.parse::<Option<syn::Abi>>().is_ok()
        && ahead.peek(Token![fn])
}

/// Goes behind the next `;` or `{..}`: where a member most likely ends.
fn skip_member(input: ParseStream<'_>) {
    while !input.is_empty() {
        let ends = input.peek(Token![;]) || input.peek(token::Brace);
        if input.parse::<TokenTree>().is_err() || ends {
            break;
        }
    }
}
