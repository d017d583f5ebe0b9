//! Nothing is signed that was not released.
use sluicegate::jose::jws::{Header, SigningInput, SigningKey};

fn signs(key: &SigningKey, header: &Header) {
    let _ = key.sign(header, b"13800138000");
    let _ = key.sign_input(SigningInput::new(header, b"13800138000"));
}

fn main() {}
