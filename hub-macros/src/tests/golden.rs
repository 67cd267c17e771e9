//! Readable expansions: `expand/<case>.rs` is what a user writes, `expand/<case>.expanded.rs` what becomes of it.
//!
//! `UPDATE_GOLDENS=1` records them anew.

use std::env;
use std::error::Error;
use std::fs;

use super::{expand_file, inputs};

#[test]
fn expansions_are_as_recorded() -> Result<(), Box<dyn Error>> {
    let update = env::var_os("UPDATE_GOLDENS").is_some();
    let mut wrong = Vec::new();
    for input in inputs()? {
        let tokens = expand_file(&fs::read_to_string(&input)?)?;
        let text = prettyplease::unparse(&syn::parse2(tokens)?);
        let recorded = input.with_extension("expanded.rs");
        if update {
            fs::write(&recorded, &text)?;
        } else if fs::read_to_string(&recorded).ok().as_deref() != Some(&*text) {
            wrong.push(format!("{} differs; what is written now:\n{text}", recorded.display()));
        }
    }
    assert!(wrong.is_empty(), "{}\nUPDATE_GOLDENS=1 records it", wrong.join("\n"));
    Ok(())
}
