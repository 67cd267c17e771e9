//! Who a connection acts for.

use std::{fmt, sync::Arc, time::SystemTime};

use crate::groups::{NameError, UserId};

/// The user behind a request, as the application's own authentication found it.
///
/// A layer of the application puts it into the request's extensions; what is not there is an anonymous
/// caller. The id is what sends to a user, tokens and the "same user" rule compare, byte for byte; it is the name
/// unless said otherwise.
///
/// ```
/// use hub_core::User;
///
/// let ann = User::new("ann")?.with_role("admin");
/// assert_eq!(ann.id().as_str(), "ann");
/// assert!(ann.has_role("admin"));
/// # Ok::<(), hub_core::NameError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct User(Arc<Details>);

#[derive(Clone, PartialEq, Eq)]
struct Details {
    id: UserId,
    name: String,
    roles: Vec<String>,
    claims: Vec<(String, String)>,
    expires_at: Option<SystemTime>,
}

impl User {
    /// A user whose id is its name: 1 to 256 bytes.
    ///
    /// # Errors
    ///
    /// [`NameError`] if the name cannot be an id.
    pub fn new(name: impl Into<String>) -> Result<Self, NameError> {
        let name = name.into();
        Ok(Self(Arc::new(Details {
            id: UserId::new(&name)?,
            name,
            roles: Vec::new(),
            claims: Vec::new(),
            expires_at: None,
        })))
    }

    /// The same user under another id than its name.
    ///
    /// # Errors
    ///
    /// [`NameError`] if the text cannot be an id.
    pub fn with_id(mut self, id: impl AsRef<str>) -> Result<Self, NameError> {
        Arc::make_mut(&mut self.0).id = UserId::new(id)?;
        Ok(self)
    }

    /// The same user in one role more. Roles are compared byte for byte.
    pub fn with_role(mut self, role: impl Into<String>) -> Self {
        Arc::make_mut(&mut self.0).roles.push(role.into());
        self
    }

    /// The same user with a further claim, for the application's own use.
    pub fn with_claim(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        Arc::make_mut(&mut self.0).claims.push((name.into(), value.into()));
        self
    }

    /// The same user, by credentials that end then. What that means is for the mount to say: see
    /// [`Options::close_on_authentication_expiration`](crate::Options::close_on_authentication_expiration).
    pub fn with_expiry(mut self, expires_at: SystemTime) -> Self {
        Arc::make_mut(&mut self.0).expires_at = Some(expires_at);
        self
    }

    /// When the credentials end, if that is known.
    pub fn expires_at(&self) -> Option<SystemTime> {
        self.0.expires_at
    }

    /// What sends to a user and tokens compare.
    pub fn id(&self) -> &UserId {
        &self.0.id
    }

    /// The name to show.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// Whether the user is in this role.
    pub fn has_role(&self, role: &str) -> bool {
        self.0.roles.iter().any(|held| held == role)
    }

    /// The first claim of this name.
    pub fn claim(&self, name: &str) -> Option<&str> {
        self.0.claims.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

impl fmt::Debug for User {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Claims may hold anything, so they stay out of logs.
        f.debug_struct("User")
            .field("id", &self.0.id)
            .field("name", &self.0.name)
            .field("roles", &self.0.roles)
            .finish()
    }
}
