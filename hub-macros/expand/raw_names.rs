#[hub]
struct r#Final;

#[hub]
impl r#Final {
    #[hub_method]
    fn r#type(&self, r#match: String, mut other: u8) -> u8 {
        other
    }
}

#[hub_client]
trait r#Virtual {
    fn r#move(&self, r#in: &str);
}
