//! A panic or a stall in an application's code is felt by its own call or connection alone (R19).

mod events;
mod faults;
mod methods;
mod rejoining;
