//! Hubs and client traits that come out of `macro_rules`, with fragments of every kind.

#![deny(warnings)]

macro_rules! make {
    ($vis:vis $name:ident, $wire:literal, $client:ident, $ty:ty, $method:ident, $argument:ident, $body:block, $role:literal) => {
        #[hub_core::hub_client]
        $vis trait $client {
            fn $method(&self, $argument: $ty);
        }

        #[hub_core::hub(name = $wire, client = $client, authorize(roles($role)))]
        $vis struct $name;

        #[hub_core::hub]
        impl $name {
            #[hub_method(name = $wire)]
            async fn $method(&self, $argument: $ty) -> $ty {
                let _ = $argument;
                $body
            }
        }
    };
}

make!(pub ChatHub, "chat", ChatClient, Option<String>, send, text, { None }, "member");
make!(OtherHub, "other", OtherClient, (u8, u8), add, pair, { (1, 2) }, "guest");

macro_rules! on_type {
    ($ty:ty, $item:item) => {
        #[hub_core::hub]
        impl $ty {
            #[hub_method]
            fn send(&self) {}
        }

        #[hub_core::hub]
        $item
    };
}

on_type!(
    ThirdHub,
    struct ThirdHub;
);

fn main() {
    let _ = hub_core::HubServer::builder().hub(ChatHub).hub(OtherHub).hub(ThirdHub);
}
