#![allow(unused_variables, unused_mut)]

use hub_core::hub;

#[hub]
struct ChatHub;

struct Secret;

#[hub]
impl ChatHub {
    #[hub_method]
    async fn send(&self, room: String, secret: Secret) {}
}

fn main() {}
