//! From what was gathered to what leaves: claims, de-identified, signed, sealed.
//!
//! INVARIANT 8: a payload holds the released items and the declared claims, nothing else. What goes in comes out of
//! a [`Gathered`] or a [`Released`], which the gate alone makes; both are used up.

use std::fmt;

use super::claims::{BatchClaims, BatchEvent, Claims, Items, PermitClaims, TokenId};
use super::{transform, typ};
use crate::device::Gathered;
use crate::gate::{Released, ReleasedItem};
use crate::jose::jwe::{self, RecipientKey};
use crate::jose::jws::{Header, SigningInput};
use crate::jose::{JoseError, PublicJwk};
use crate::register::{Hash, Instant, ItemId, ItemType, Nonce, OrderId, PartyId, Register, Transform, Value};

/// How long a payload is good for: 10 minutes.
pub const PAYLOAD_MILLIS: i64 = 600_000;
/// How long a permit is good for: 3 days, for back ends that provide when the order ships.
pub const PERMIT_MILLIS: i64 = 3 * 86_400_000;
/// How long a pseudonym lasts at most: 30 days.
pub const EPOCH_MILLIS: i64 = 30 * 86_400_000;

/// The item under which an order's reference is disclosed.
const ORDER_ID: &str = "order.id";

/// For whom and when something is made.
#[derive(Clone, Copy)]
pub struct Occasion<'a> {
    /// The register it stands in.
    pub register: &'a Register,
    /// The one company.
    pub party: &'a PartyId,
    /// Now.
    pub at: Instant,
    /// The recipient's or the controller's freshness.
    pub nonce: &'a Nonce,
    /// The order it is about.
    pub order: Option<&'a OrderId>,
}

/// Our key for the party, and the controller's certificate for it.
#[derive(Clone, Copy)]
pub struct Signatory<'a> {
    /// The public key.
    pub key: &'a PublicJwk,
    /// The certificate.
    pub certificate: &'a str,
    /// The ledger's signed note as it stood when this was made.
    pub checkpoint: &'a str,
}

/// Of what pseudonyms are made: 32 bytes of this install and account.
#[derive(Clone, Copy)]
pub struct PseudonymSecret<'a>(pub &'a [u8; 32]);

impl fmt::Debug for PseudonymSecret<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PseudonymSecret")
    }
}

/// Something that may leave once the ledger has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    /// The compact text.
    pub text: String,
    /// Its `jti`.
    pub jti: String,
    /// When it ends.
    pub expires: Instant,
    /// The items in it.
    pub items: Vec<ItemId>,
}

impl Made {
    /// SHA-256 of the text: what the ledger holds of it.
    pub fn digest(&self) -> Hash {
        Hash::of(self.text.as_bytes())
    }
}

/// A queued event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// `ad.exposure` or `ad.click`.
    pub item: ItemId,
    /// When.
    pub at: Instant,
    /// What.
    pub content: String,
}

/// Makes a payload: claims, signed by `sign`, sealed to `key`.
pub fn payload<E: From<JoseError>>(
    gathered: &Gathered<'_>,
    occasion: Occasion<'_>,
    signatory: Signatory<'_>,
    secret: PseudonymSecret<'_>,
    key: &RecipientKey,
    sign: impl FnOnce(SigningInput) -> Result<String, E>,
) -> Result<Made, E> {
    let row = gathered.released().row();
    let items = transformed(gathered, occasion, secret, Some(key))?;
    let expires = occasion.at.plus_millis(PAYLOAD_MILLIS);
    let claims = Claims {
        iss: signatory.key.thumbprint(),
        aud: occasion.party.clone(),
        iat: occasion.at.into(),
        exp: expires.into(),
        jti: TokenId::random()?,
        nonce: occasion.nonce.clone(),
        controller: occasion.register.controller_id().clone(),
        register_version: occasion.register.version(),
        row: row.id.clone(),
        row_hash: row.hash(),
        purpose: row.canonical().purpose.clone(),
        order: occasion.order.filter(|_| items.contains_key(ORDER_ID)).cloned(),
        items,
        checkpoint: Some(signatory.checkpoint.to_owned()),
    };
    let header =
        Header::es256(typ::PAYLOAD, signatory.key).with_certificate(signatory.certificate.to_owned());
    let signed = sign(SigningInput::new(&header, &json(&claims)))?;
    let text = jwe::seal(signed.as_bytes(), key, Some(typ::PAYLOAD), Some("JWT"))?;
    let items = claims.items.into_keys().collect();
    Ok(Made { text, jti: claims.jti.into(), expires, items })
}

/// Makes a permit for the controller's back end: which items it may provide to the party, without any value.
pub fn permit<E: From<JoseError>>(
    released: &Released<'_>,
    order: &OrderId,
    occasion: Occasion<'_>,
    signatory: Signatory<'_>,
    sign: impl FnOnce(SigningInput) -> Result<String, E>,
) -> Result<Made, E> {
    let row = released.row();
    let expires = occasion.at.plus_millis(PERMIT_MILLIS);
    let claims = PermitClaims {
        iss: signatory.key.thumbprint(),
        aud: occasion.register.controller_id().clone(),
        iat: occasion.at.into(),
        exp: expires.into(),
        jti: TokenId::random()?,
        nonce: occasion.nonce.clone(),
        party: occasion.party.clone(),
        register_version: occasion.register.version(),
        row: row.id.clone(),
        row_hash: row.hash(),
        purpose: row.canonical().purpose.clone(),
        items: released.items().iter().map(|item| item.item().id.clone()).collect(),
        order: order.clone(),
        answers_generation: released.generation(),
        checkpoint: Some(signatory.checkpoint.to_owned()),
    };
    let header = Header::es256(typ::PERMIT, signatory.key).with_certificate(signatory.certificate.to_owned());
    let text = sign(SigningInput::new(&header, &json(&claims)))?;
    let items = claims.items.into_iter().collect();
    Ok(Made { text, jti: claims.jti.into(), expires, items })
}

/// Makes a batch of events. It is sealed and not signed: it names no install, no ledger position, no exact time.
pub fn batch(
    gathered: &Gathered<'_>,
    events: Vec<Event>,
    occasion: Occasion<'_>,
    secret: PseudonymSecret<'_>,
    key: &RecipientKey,
) -> Result<Made, JoseError> {
    let row = gathered.released().row();
    let is_released = |id: &ItemId| gathered.released().items().iter().any(|item| item.item().id == *id);
    let events = events.into_iter().filter(|event| is_released(&event.item));
    let events = events.map(|event| (event.at, Items::from([(event.item, Value::Text(event.content))])));
    let claims = BatchClaims {
        aud: occasion.party.clone(),
        iat: occasion.at.into(),
        jti: TokenId::random()?,
        register_version: occasion.register.version(),
        row: row.id.clone(),
        row_hash: row.hash(),
        purpose: row.canonical().purpose.clone(),
        items: transformed(gathered, occasion, secret, Some(key))?,
        events: BatchEvent::gather(events),
    };
    let text = jwe::seal(&json(&claims), key, Some(typ::BATCH), None)?;
    let of_events = claims.events.iter().flat_map(|event| event.items.keys());
    let mut items: Vec<ItemId> = claims.items.keys().chain(of_events).cloned().collect();
    items.sort();
    items.dedup();
    let expires = occasion.at.plus_millis(PERMIT_MILLIS);
    Ok(Made { text, jti: claims.jti.into(), expires, items })
}

fn json<T: serde::Serialize>(claims: &T) -> Vec<u8> {
    serde_json::to_vec(claims).expect("claims are texts, numbers and maps with text keys")
}

/// The items as they leave: each under its row's transform.
fn transformed(
    gathered: &Gathered<'_>,
    occasion: Occasion<'_>,
    secret: PseudonymSecret<'_>,
    key: Option<&RecipientKey>,
) -> Result<Items, JoseError> {
    let mut items = Items::new();
    for (released, value) in gathered.values() {
        let text = match value {
            Value::Text(text) => text.as_str(),
            _ => "",
        };
        let value = match (released.item().transform, key) {
            (Transform::None, _) => value.clone(),
            (Transform::Sealed, Some(key)) => Value::Text(transform::sealed(text, key)?),
            (Transform::Md5, _) => Value::Text(transform::md5_hex(text)),
            (Transform::Sha256Md5, _) => Value::Text(transform::sha256_md5_hex(text)),
            // Made below; without a key nothing is sealed.
            (Transform::Pseudonym | Transform::Sealed, _) => continue,
        };
        items.insert(released.item().id.clone(), value);
    }
    for released in gathered.pseudonyms() {
        let pseudonym = pseudonym(gathered.released(), released, occasion, secret)?;
        items.insert(released.item().id.clone(), Value::Text(pseudonym));
    }
    Ok(items)
}

/// Another pseudonym for each period, and for each grant: it rotates when a consent is withdrawn and given again.
fn pseudonym(
    released: &Released<'_>,
    item: &ReleasedItem<'_>,
    occasion: Occasion<'_>,
    secret: PseudonymSecret<'_>,
) -> Result<String, JoseError> {
    let period = u64::try_from(occasion.at.millis() / EPOCH_MILLIS).unwrap_or(0);
    let epoch = (period << 32) | (item.basis().answer.0 & 0xffff_ffff);
    let purpose = &released.row().canonical().purpose;
    transform::pseudonym(secret.0, occasion.party, purpose, epoch, item.item().id.as_str())
}

/// Whether any released item is an event.
pub fn has_events(released: &Released<'_>) -> bool {
    released.items().iter().any(|item| item.item().kind == ItemType::Event)
}
