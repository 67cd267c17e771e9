//! Hubs and client traits in modules and functions, of every visibility.

#![deny(warnings, unreachable_pub, missing_docs)]

mod outer {
    pub(crate) mod clients {
        use hub_core::hub_client;

        #[hub_client]
        pub(crate) trait ChatClient {
            fn show(&self, text: &str);
        }

        #[hub_client]
        pub(in crate::outer) trait InnerClient {
            fn show(&self, text: &str);
        }
    }

    pub(crate) mod hubs {
        use hub_core::{Clients, hub};

        #[hub(client = super::clients::ChatClient)]
        pub(crate) struct ChatHub;

        #[hub]
        impl ChatHub {
            #[hub_method]
            pub(crate) async fn send(&self, clients: &Clients<Self>, text: String) {
                clients.all().show(&text);
            }
        }

        #[hub(client = super::clients::InnerClient)]
        pub(in crate::outer) struct InnerHub;

        #[hub]
        impl InnerHub {
            #[hub_method]
            fn send(&self, clients: &Clients<Self>) {
                clients.all().show("inner");
            }
        }
    }

    pub(crate) fn inner() -> impl hub_core::Hub {
        hubs::InnerHub
    }
}

fn main() {
    use hub_core::{hub, hub_client};

    #[hub_client]
    trait LocalClient {
        fn show(&self);
    }

    #[hub(client = LocalClient)]
    struct LocalHub;

    #[hub]
    impl LocalHub {
        #[hub_method]
        async fn send(&self) {}
    }

    let _ = hub_core::HubServer::builder().hub(outer::hubs::ChatHub).hub(LocalHub).hub(outer::inner());
}
