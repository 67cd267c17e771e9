//! What `authorize(..)` writes.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::spanned::Spanned as _;

use crate::model::requirement::Requirement;

/// `.authorize(..)` once for each requirement.
pub(crate) fn write(requirements: &[Requirement], private: &TokenStream) -> TokenStream {
    requirements.iter().map(|requirement| one(requirement, private)).collect()
}

fn one(requirement: &Requirement, private: &TokenStream) -> TokenStream {
    let Requirement { roles, users, policy, calls_only } = requirement;
    let roles = (!roles.is_empty()).then(|| quote!(.roles(&[#(#roles),*])));
    let users = (!users.is_empty()).then(|| quote!(.users(&[#(#users),*])));
    let policy = policy.as_ref().map(|path| quote_spanned!(path.span()=> .policy(#path)));
    let calls_only = calls_only.then(|| quote!(.calls_only()));
    quote!(.authorize(#private::Requirement::authenticated() #roles #users #policy #calls_only))
}
