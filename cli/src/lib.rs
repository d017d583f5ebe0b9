//! What is done at the other ends: a recipient's opening and verifying, a controller's and a recipient's signing.

pub mod demo_controller;
pub mod issue;
pub mod receive;
