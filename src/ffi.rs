//! The exported face, thin: conversions and nothing else.

/// The version of the library, as in its Cargo.toml.
#[uniffi::export]
pub fn version() -> String {
    env!("CARGO_PKG_VERSION").to_owned()
}
