//! A platform that keeps the signing keys: what goes up, how often, and what happens when answers change meanwhile.
#![allow(clippy::unwrap_used, missing_docs)]

mod support;

use std::sync::{Arc, Mutex, OnceLock, Weak};

use p256::ecdsa::signature::hazmat::PrehashSigner;
use p256::ecdsa::{DerSignature, SigningKey};
use sluicegate::register::*;
use sluicegate::sdk::{HostError, Outcome, Place, SdkOptions, Signer, Sluicegate};
use sluicegate_cli::receive::open_payload;
use support::*;

/// A key store that signs digests, as Android Keystore and the Secure Enclave do.
struct Keystore {
    key: SigningKey,
    digests: Mutex<Vec<Vec<u8>>>,
    gate: OnceLock<Weak<Sluicegate>>,
    restless: Mutex<bool>,
}

impl Signer for Keystore {
    fn public_key(&self, _party: PartyId) -> Result<Vec<u8>, HostError> {
        Ok(self.key.verifying_key().to_sec1_point(false).as_bytes().to_vec())
    }

    fn sign(&self, _party: PartyId, digest: Vec<u8>) -> Result<Vec<u8>, HostError> {
        if *self.restless.lock().unwrap() {
            let gate = self.gate.get().and_then(Weak::upgrade).unwrap();
            gate.accept_notice(&AccountId::new("lin").unwrap(), 1, &act(5)).unwrap();
        }
        let signature: DerSignature =
            self.key.sign_prehash(&digest).map_err(|error| HostError(error.to_string()))?;
        self.digests.lock().unwrap().push(digest);
        Ok(signature.as_bytes().to_vec())
    }
}

fn shop() -> (Arc<Sluicegate>, Arc<Keystore>, Arc<TestHost>) {
    let signer = Arc::new(Keystore {
        key: SigningKey::from_slice(&[7; 32]).unwrap(),
        digests: Mutex::default(),
        gate: OnceLock::new(),
        restless: Mutex::new(false),
    });
    let host = TestHost::new();
    let gate = Sluicegate::open(SdkOptions {
        register: signed_register(),
        controller_key: demo_key("controller-sig").public().clone(),
        place: Place::Memory,
        host: host.clone(),
        signer: Some(signer.clone()),
        at: at(0),
    });
    let gate = Arc::new(gate.unwrap());
    signer.gate.set(Arc::downgrade(&gate)).unwrap();
    let party = PartyId::new("alipay").unwrap();
    let request = gate.enroll(&party, &Nonce::new("n").unwrap(), at(0)).unwrap();
    gate.complete_enrolment(&party, &certify(&request, at(0)), at(0)).unwrap();
    gate.accept_notice(&AccountId::new("lin").unwrap(), 1, &act(0)).unwrap();
    signer.digests.lock().unwrap().clear();
    (gate, signer, host)
}

#[test]
fn one_share_asks_the_host_once_and_the_platform_once_and_shows_it_a_digest() {
    let (gate, signer, host) = shop();
    let outcome = gate.share(&ask("alipay.payment")).unwrap();
    let keys = controller_keys();
    let party = PartyId::new("alipay").unwrap();
    let opened =
        open_payload(text(&outcome), &demo_key("alipay-enc"), &party, controller(&keys), at(20)).unwrap();
    assert_eq!(opened.claims.items["order.amount_minor"], Value::Integer(12_800));
    assert_eq!(signer.digests.lock().unwrap().iter().map(Vec::len).collect::<Vec<_>>(), [32]);
    assert_eq!(host.asked.lock().unwrap().len(), 1);
}

#[test]
fn answers_that_change_at_every_try_let_nothing_leave_and_what_was_read_is_entered() {
    let (gate, signer, host) = shop();
    *signer.restless.lock().unwrap() = true;
    let outcome = gate.share(&ask("alipay.payment")).unwrap();
    assert!(matches!(outcome, Outcome::Withheld { .. }));
    assert_eq!(reasons(&outcome)["order.amount_minor"], "contended");
    assert_eq!(host.asked.lock().unwrap().len(), 1, "what was provided is not asked for again");
    let reads = gate.reads(at(30)).unwrap();
    assert!(reads.iter().any(|read| read.item.as_str() == "order.amount_minor" && read.count == 1));
    *signer.restless.lock().unwrap() = false;
    assert!(matches!(gate.share(&ask("alipay.payment")).unwrap(), Outcome::Permitted { .. }));
}
