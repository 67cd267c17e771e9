#[hub(client = ChatClient)]
pub struct ChatHub<S: Store = MemoryStore, const LIMIT: usize = 10>
where
    S::Key: Send,
{
    store: S,
}

#[hub]
impl<S: Store, const LIMIT: usize> ChatHub<S, LIMIT>
where
    S::Key: Send,
{
    #[hub_method]
    async fn load(&self, clients: &Clients<Self>, key: S::Key) -> Result<S::Value, S::Error> {
        self.store.load(key).await
    }

    #[hub_method]
    fn lifetimes<'a>(&'a self, caller: &'a Caller, text: Cow<'_, str>)
    where
        Self: Sized,
    {
    }
}
