//! The other side of the demo and of the case files: certifies, receives and checks with the published demo keys.
//!
//! Anyone has these keys (registers/demo-keys/README.md). It is how tests in Kotlin and Swift, which have no JOSE of their
//! own, see what a recipient sees.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::{Value, json};
use sluicegate::jose::Issuer;
use sluicegate::ledger::{Export, verify_export};
use sluicegate::register::{ControllerId, Instant, PartyId};

use crate::issue::Signer;
use crate::receive::{KeyPair, open_batch, open_jwe, open_payload, verify_permit};

/// The id of the demo's controller.
pub const CONTROLLER: &str = "1688";
/// How long a certificate holds, in seconds: 400 days, longer than any consent of the demo's register.
const CERTIFIED_SECONDS: i64 = 400 * 86_400;

/// Why it could not be done; for the person who runs the tests.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;

/// The private half that opens what is sealed to a company, or signs for it (`use` is `enc` or `sig`).
pub fn key(company: &str, key_use: &str) -> Result<KeyPair, Failure> {
    let jwk = match (company, key_use) {
        ("1688", "sig") => include_str!("../../registers/demo-keys/controller-sig.json"),
        ("1688", "enc") => include_str!("../../registers/demo-keys/controller-enc.json"),
        ("alipay", "sig") => include_str!("../../registers/demo-keys/alipay-sig.json"),
        ("alipay", "enc") => include_str!("../../registers/demo-keys/alipay-enc.json"),
        ("lantern", "enc") => include_str!("../../registers/demo-keys/ads-lantern-enc.json"),
        ("kite", "enc") => include_str!("../../registers/demo-keys/ads-kite-enc.json"),
        ("heron", "enc") => include_str!("../../registers/demo-keys/logistics-heron-enc.json"),
        _ => return Err(format!("there is no demo key of {company} to {key_use}").into()),
    };
    Ok(KeyPair::from_jwk(jwk)?)
}

/// Verifies an enrolment request and certifies its key.
pub fn certify(request: &str, at: Instant) -> Result<String, Failure> {
    let (id, key) = (ControllerId::new(CONTROLLER)?, key(CONTROLLER, "sig")?);
    let signer = Signer { id: &id, key: &key, now: at, lasts: CERTIFIED_SECONDS };
    Ok(signer.certify(request)?.1)
}

/// What a party sees of a payload or a batch; what the controller's back end sees of a permit for the party. Beside the
/// claims: the `names` of all items that are in it, sorted, how many events there are (`event_count`), and what a batch's
/// sealed items say (`unsealed`).
pub fn receive(kind: &str, delivery: &str, party: &str, at: Instant) -> Result<Value, Failure> {
    let keys = [key(CONTROLLER, "sig")?.public().clone()];
    let controller = Issuer { id: CONTROLLER, keys: &keys };
    let id = PartyId::new(party)?;
    match kind {
        "payload" => claims(&open_payload(delivery, &key(party, "enc")?, &id, controller, at)?.claims),
        "permit" => claims(&verify_permit(delivery, &id, controller, at)?.claims),
        "batch" => {
            let key = key(party, "enc")?;
            let mut batch = claims(&open_batch(delivery, &key, &id)?)?;
            batch["unsealed"] = unsealed(&batch["items"], &key);
            Ok(batch)
        }
        other => Err(format!("{other} is no kind of delivery").into()),
    }
}

fn claims(claims: &impl Serialize) -> Result<Value, Failure> {
    let mut claims = serde_json::to_value(claims)?;
    let events = claims["events"].as_array().cloned().unwrap_or_default();
    let mut names: BTreeSet<String> = names(&claims["items"]);
    names.extend(events.iter().flat_map(|event| self::names(&event["items"])));
    claims["names"] = json!(names);
    claims["event_count"] = events.iter().filter_map(|event| event["count"].as_u64()).sum::<u64>().into();
    Ok(claims)
}

/// The items that are sealed once more, opened.
fn unsealed(items: &Value, key: &KeyPair) -> Value {
    let jwk = key.to_private_jwk();
    let open = |(item, value): (&String, &Value)| {
        let text = open_jwe(value.as_str()?, &jwk).ok()?;
        Some((item.clone(), Value::from(String::from_utf8_lossy(&text))))
    };
    Value::Object(items.as_object().into_iter().flatten().filter_map(open).collect())
}

/// Items with values, or (in a permit) their ids alone.
fn names(items: &Value) -> BTreeSet<String> {
    let ids = items.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned);
    items.as_object().into_iter().flat_map(|items| items.keys().cloned()).chain(ids).collect()
}

/// Opens a message of the outbox with the key of the company it is for.
pub fn open_message(message: &str, company: &str) -> Result<Value, Failure> {
    let opened = open_jwe(message, &key(company, "enc")?.to_private_jwk())?;
    Ok(serde_json::from_slice(&opened)?)
}

/// Verifies an export of the ledger and counts what is in it.
pub fn verify_ledger(export: &str) -> Result<Value, Failure> {
    let summary = verify_export(&Export::from_json(export.as_bytes())?)?;
    Ok(json!({
        "size": summary.size, "readable": summary.readable, "erased": summary.erased, "kinds": summary.kinds,
    }))
}
