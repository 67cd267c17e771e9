//! Why a groups token gives nothing.

/// Why a groups token was refused. Says nothing of the token or of whoever brought it.
///
/// On the classic wire the reconnect goes on with no groups and only log and metric hear of it
/// (section 4.4 of the classic specification); on the core wire
/// [`reason`](Self::reason) is in the answer (10.6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum TokenRefused {
    /// Not the one spelling of any token.
    #[error("the groups token is malformed")]
    Malformed,
    /// No key in use or remembered signed it.
    #[error("the groups token is forged")]
    Forged,
    /// Its life is over.
    #[error("the groups token has expired")]
    Expired,
    /// It was made more than 60 s from now: by a node whose clock is ahead, or before a clock was
    /// set back.
    #[error("the groups token is not yet valid")]
    NotYetValid,
    /// It belongs to another connection.
    #[error("the groups token belongs to another connection")]
    WrongConnection,
    /// It belongs to another user.
    #[error("the groups token belongs to another user")]
    WrongUser,
    /// It is not for this hub.
    #[error("the groups token belongs to another hub")]
    WrongHub,
    /// It was issued by another application that has the same keys.
    #[error("the groups token belongs to another application")]
    WrongApplication,
    /// It was issued on the other wire.
    #[error("the groups token belongs to another generation of the wire")]
    WrongGeneration,
    /// The key that signed it is no longer in use.
    #[error("the groups token was signed with a retired key")]
    RetiredKey,
    /// The store does not hold what the reference names: never did, or no longer.
    #[error("the groups token's reference is lost")]
    ReferenceLost,
    /// The store failed or did not answer in time. The log has the cause.
    #[error("the token store failed")]
    StoreFailed,
}

impl TokenRefused {
    /// The reason in a few words that never change, for logs, metrics and the core wire.
    pub fn reason(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::Forged => "forged",
            Self::Expired => "expired",
            Self::NotYetValid => "not yet valid",
            Self::WrongConnection => "wrong connection",
            Self::WrongUser => "wrong user",
            Self::WrongHub => "wrong hub",
            Self::WrongApplication => "wrong application",
            Self::WrongGeneration => "wrong generation",
            Self::RetiredKey => "retired key",
            Self::ReferenceLost => "reference lost",
            Self::StoreFailed => "store failed",
        }
    }
}
