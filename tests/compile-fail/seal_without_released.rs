//! Nothing is sealed that was not released.
use sluicegate::jose::jwe::{RecipientKey, seal};

fn main() {}

fn seals(key: &RecipientKey) {
    let _ = seal(b"13800138000", key, None, None);
}
