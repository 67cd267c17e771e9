use std::rc::Rc;

use hub_core::hub;

#[hub]
struct ChatHub(Rc<u8>);

fn main() {}
