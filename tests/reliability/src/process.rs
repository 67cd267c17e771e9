//! What a process holds in memory.

use std::io;

/// Bytes of a page on this kind of machine.
const PAGE: u64 = 4_096;

/// The resident memory of a process, or of this one, in bytes.
///
/// # Errors
///
/// If the process is not there, or the system has no `/proc`.
pub fn resident_bytes(process: Option<u32>) -> io::Result<u64> {
    let process = process.map_or("self".to_owned(), |id| id.to_string());
    let text = std::fs::read_to_string(format!("/proc/{process}/statm"))?;
    let pages: u64 = text.split(' ').nth(1).and_then(|pages| pages.parse().ok()).ok_or(io::ErrorKind::InvalidData)?;
    Ok(pages * PAGE)
}
