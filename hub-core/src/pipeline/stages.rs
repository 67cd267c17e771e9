//! Which stages a module takes part in.

/// A set of stages. `#[hub_module]` writes the exact one; without it a module is asked at every stage, which is as right
/// and a little slower.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stages(u16);

impl Stages {
    /// None.
    pub const NONE: Self = Self(0);
    /// Calls of hub methods.
    pub const INCOMING: Self = Self(1);
    /// Calls of client methods.
    pub const OUTGOING: Self = Self(1 << 1);
    /// Connected events.
    pub const CONNECT: Self = Self(1 << 2);
    /// Reconnected events.
    pub const RECONNECT: Self = Self(1 << 3);
    /// Disconnected events.
    pub const DISCONNECT: Self = Self(1 << 4);
    /// Whether a caller may listen to a hub.
    pub const AUTHORIZE_CONNECT: Self = Self(1 << 5);
    /// Whether a caller may call a method.
    pub const AUTHORIZE_METHOD: Self = Self(1 << 6);
    /// Which groups a reconnecting client rejoins.
    pub const REJOINING_GROUPS: Self = Self(1 << 7);
    /// What a user's membership is changed to.
    pub const CHANGE_MEMBERSHIP: Self = Self(1 << 8);
    /// All of them.
    pub const ALL: Self = Self((1 << 9) - 1);

    /// Both sets together.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether all of `other` is in this set.
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}
