//! What a hub method may give back.

#![deny(warnings)]

use std::fmt;

use hub_core::{HubError, HubResult, Progress, hub};
use serde::{Deserialize, Serialize};

#[derive(Debug)]
struct Broken;

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("broken")
    }
}

impl std::error::Error for Broken {}

#[derive(Serialize, Deserialize)]
struct Point {
    x: i32,
    y: i32,
}

type Answer<T> = Result<T, Broken>;

#[hub(authorize(policy = may_enter))]
struct ChatHub;

fn may_enter(_: &hub_core::pipeline::Authorization<'_>) -> bool {
    true
}

#[hub]
impl ChatHub {
    #[hub_method]
    async fn nothing(&self) {}

    #[hub_method]
    fn value(&self, point: Point) -> Point {
        point
    }

    #[hub_method]
    async fn result(&self) -> HubResult<Option<Point>> {
        Ok(None)
    }

    #[hub_method]
    async fn aliased(&self) -> Answer<u8> {
        Err(Broken)
    }

    #[hub_method]
    async fn for_the_client(&self, progress: &Progress<u8>) -> Result<(), HubError> {
        let _ = progress;
        Err(HubError::client("no"))
    }

    #[hub_method]
    fn future(&self) -> impl Serialize + use<'_> {
        "text"
    }

    #[hub_method]
    fn borrowed(&self, Numbers: Vec<u8>) -> Vec<&'static str>
    where
        Self: Sized,
    {
        #![allow(non_snake_case)]
        Numbers.iter().map(|_| "x").collect()
    }
}

fn main() {
    let _ = hub_core::HubServer::builder().hub(ChatHub);
}
