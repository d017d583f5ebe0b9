//! Nothing is assembled of what was released and not read, nor of claims at hand.
use sluicegate::gate::Released;
use sluicegate::jose::jwe::RecipientKey;
use sluicegate::payload::{Occasion, PseudonymSecret, batch};

fn assemble(released: &Released<'_>, occasion: Occasion<'_>, secret: PseudonymSecret<'_>, key: &RecipientKey) {
    let _ = batch(released, Vec::new(), occasion, secret, key);
}

fn main() {}
