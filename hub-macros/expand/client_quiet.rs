#[hub_client(rename_all = "PascalCase", crate = crate::hubs)]
#[cfg(feature = "alerts")]
#[expect(missing_docs)]
pub(crate) trait AlertClient: Send {
    #[cfg(not(test))]
    #[deprecated(note = "use `alarm`")]
    fn ring(&self);
    fn alarm(&self, r#type: u8);
    fn call(&self);
}
