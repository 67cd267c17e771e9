//! Forever frame: a page of scripts, which the transcripts compare as a whole when it has ended.

use super::{Arrival, Decoder};

/// Finds nothing.
#[derive(Debug)]
pub(super) struct ForeverFrame;

impl Decoder for ForeverFrame {
    fn chunk(&mut self, _data: &[u8]) -> Vec<Arrival> {
        Vec::new()
    }

    fn end(&mut self) -> Vec<Arrival> {
        Vec::new()
    }
}
