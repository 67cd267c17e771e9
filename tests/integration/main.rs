//! What hubs promise, over the in-memory transport.
