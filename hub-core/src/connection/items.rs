//! Things an application keeps for the life of a connection.

use std::{
    any::{Any, TypeId},
    collections::HashMap,
    fmt,
    sync::Arc,
};

use crate::lock::Mutex;

/// Values by type, kept as long as this node knows the connection. They do not travel to another node.
///
/// ```
/// # fn f(items: &hub_core::Items) {
/// struct Colour(&'static str);
/// items.insert(Colour("red"));
/// assert_eq!(items.get::<Colour>().map(|colour| colour.0), Some("red"));
/// # }
/// ```
#[derive(Clone, Default)]
pub struct Items(Arc<Mutex<HashMap<TypeId, Arc<dyn Any + Send + Sync>>>>);

impl Items {
    /// Keeps a value, in the place of an earlier one of its type.
    pub fn insert<T: Any + Send + Sync>(&self, value: T) {
        self.0.lock().insert(TypeId::of::<T>(), Arc::new(value));
    }

    /// The value of this type, if one was kept.
    pub fn get<T: Any + Send + Sync>(&self) -> Option<Arc<T>> {
        self.0.lock().get(&TypeId::of::<T>()).cloned().and_then(|value| value.downcast().ok())
    }

    /// Takes the value of this type out.
    pub fn remove<T: Any + Send + Sync>(&self) -> Option<Arc<T>> {
        self.0.lock().remove(&TypeId::of::<T>()).and_then(|value| value.downcast().ok())
    }
}

impl fmt::Debug for Items {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Items({})", self.0.lock().len())
    }
}
