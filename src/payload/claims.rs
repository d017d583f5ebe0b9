//! The claims of a payload, a batch and a permit: what a recipient reads, and all that it reads.

use std::collections::{BTreeMap, BTreeSet};

use data_encoding::BASE64URL_NOPAD;
use ring::rand::{SecureRandom, SystemRandom};
use serde::{Deserialize, Serialize};

use super::typ;
use crate::jose::object::unique;
use crate::jose::time::check_window;
use crate::jose::{Day, Hour, JoseError, NumericDate};
use crate::register::{
    BadTerm, ControllerId, Hash, Instant, ItemId, Nonce, OrderId, PartyId, PurposeId, RowId, Value,
};

/// Items by id, each with its value after the row's transform.
pub type Items = BTreeMap<ItemId, Value>;

/// `jti`: the id of one token, for recipients that remember what they have seen.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TokenId(String);

impl TokenId {
    /// 128 random bits in base64url.
    pub fn random() -> Result<Self, JoseError> {
        let mut bytes = [0; 16];
        SystemRandom::new().fill(&mut bytes).map_err(|_| JoseError::Random)?;
        Ok(Self(BASE64URL_NOPAD.encode(&bytes)))
    }

    /// The text itself.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for TokenId {
    type Error = BadTerm;
    fn try_from(text: String) -> Result<Self, BadTerm> {
        if (1..=128).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic()) {
            Ok(Self(text))
        } else {
            Err(BadTerm { field: "jti", rule: "must be 1 to 128 printable ASCII characters" })
        }
    }
}

impl From<TokenId> for String {
    fn from(id: TokenId) -> String {
        id.0
    }
}

/// What a payload says: one sharing with an identified party.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Claims {
    /// The thumbprint of the install's signing key for this party.
    pub iss: String,
    /// The party it is for.
    pub aud: PartyId,
    /// When it was made.
    pub iat: NumericDate,
    /// When it ends.
    pub exp: NumericDate,
    /// The id of this payload.
    pub jti: TokenId,
    /// The recipient's or the controller's freshness.
    pub nonce: Nonce,
    /// The controller whose register it stands in.
    pub controller: ControllerId,
    /// The register's version.
    pub register_version: u64,
    /// The row it was released under.
    pub row: RowId,
    /// The hash of that row in canonical form.
    pub row_hash: Hash,
    /// The purpose of the row.
    pub purpose: PurposeId,
    /// The host's reference of the order, only where the row discloses one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<OrderId>,
    /// What was released.
    #[serde(deserialize_with = "unique")]
    pub items: Items,
    /// The ledger's signed note under which this sharing was logged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checkpoint: Option<String>,
}

/// What a batch says to an advertising partner: it names no install, no order of events and no exact time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BatchClaims {
    /// The party it is for.
    pub aud: PartyId,
    /// The day it was made, UTC.
    pub iat: Day,
    /// Random: tells one batch from its copy, and nothing else.
    pub jti: TokenId,
    /// The register's version.
    pub register_version: u64,
    /// The row it was released under.
    pub row: RowId,
    /// The hash of that row in canonical form.
    pub row_hash: Hash,
    /// The purpose of the row.
    pub purpose: PurposeId,
    /// What holds for the whole batch: the pseudonym, or identifiers the row discloses.
    #[serde(deserialize_with = "unique")]
    pub items: Items,
    /// The events; made by [`BatchEvent::gather`].
    pub events: Vec<BatchEvent>,
}

/// Exposures or clicks of one kind in one hour.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BatchEvent {
    /// The hour they happened in.
    pub hour: Hour,
    /// What was released of them.
    #[serde(deserialize_with = "unique")]
    pub items: Items,
    /// How many there were.
    pub count: u64,
}

impl BatchEvent {
    /// Cuts times to the hour, counts equal events of one hour, and sorts by content, so that the order in which they
    /// happened is gone.
    pub fn gather(events: impl IntoIterator<Item = (Instant, Items)>) -> Vec<BatchEvent> {
        let mut by_content: BTreeMap<(Hour, String), (Items, u64)> = BTreeMap::new();
        for (at, items) in events {
            let content = serde_json::to_string(&items).expect("ids and values are JSON");
            by_content.entry((Hour::from(at), content)).or_insert((items, 0)).1 += 1;
        }
        by_content.into_iter().map(|((hour, _), (items, count))| BatchEvent { hour, items, count }).collect()
    }
}

/// What a permit says to the controller's back end: which items of which order it may provide. It holds no value of an item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PermitClaims {
    /// The thumbprint of the install's signing key for this party.
    pub iss: String,
    /// The controller, whose back end acts on it.
    pub aud: ControllerId,
    /// When it was made.
    pub iat: NumericDate,
    /// When it ends.
    pub exp: NumericDate,
    /// The id of this permit, good for one use.
    pub jti: TokenId,
    /// The controller's freshness.
    pub nonce: Nonce,
    /// The party to provide to.
    pub party: PartyId,
    /// The register's version.
    pub register_version: u64,
    /// The row it was released under.
    pub row: RowId,
    /// The hash of that row in canonical form.
    pub row_hash: Hash,
    /// The purpose of the row.
    pub purpose: PurposeId,
    /// The items to provide.
    pub items: BTreeSet<ItemId>,
    /// The order they belong to.
    pub order: OrderId,
    /// The answers' generation; a permit of a withdrawn one is dead.
    pub answers_generation: u64,
    /// The ledger's signed note under which the permit was logged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checkpoint: Option<String>,
}

impl Claims {
    /// Parses the claims of a verified payload for `party` and checks that they hold `now`.
    pub fn read(json: &[u8], party: &PartyId, now: Instant) -> Result<Self, JoseError> {
        let what = typ::PAYLOAD;
        let claims: Self = parse(what, json)?;
        if claims.aud != *party {
            return Err(JoseError::Claim { what, field: "aud", rule: "names another party" });
        }
        check_window(what, claims.iat, claims.exp, now)?;
        Ok(claims)
    }
}

impl BatchClaims {
    /// Parses the claims of an opened batch for `party`.
    pub fn read(json: &[u8], party: &PartyId) -> Result<Self, JoseError> {
        let claims: Self = parse(typ::BATCH, json)?;
        if claims.aud != *party {
            return Err(JoseError::Claim { what: typ::BATCH, field: "aud", rule: "names another party" });
        }
        Ok(claims)
    }
}

impl PermitClaims {
    /// Parses the claims of a verified permit for `controller` and checks that they hold `now`.
    pub fn read(json: &[u8], controller: &ControllerId, now: Instant) -> Result<Self, JoseError> {
        let what = typ::PERMIT;
        let claims: Self = parse(what, json)?;
        if claims.aud != *controller {
            return Err(JoseError::Claim { what, field: "aud", rule: "names another controller" });
        }
        check_window(what, claims.iat, claims.exp, now)?;
        Ok(claims)
    }
}

/// The parser's own words may quote a value, so they are not passed on.
fn parse<T: serde::de::DeserializeOwned>(what: &'static str, json: &[u8]) -> Result<T, JoseError> {
    let rule = "must be those of format version 0, each once";
    serde_json::from_slice(json).map_err(|_| JoseError::Claim { what, field: "claims", rule })
}

#[cfg(test)]
pub(crate) mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    pub(crate) fn at(seconds: i64) -> Instant {
        Instant::from_millis(seconds * 1000).unwrap()
    }

    fn items(list: &[(&str, Value)]) -> Items {
        list.iter().map(|(id, value)| (ItemId::new(*id).unwrap(), value.clone())).collect()
    }

    /// Claims for the party `alipay` from 1,800,000,000 on, for ten minutes.
    pub(crate) fn claims(iss: String) -> Claims {
        Claims {
            iss,
            aud: PartyId::new("alipay").unwrap(),
            iat: at(1_800_000_000).into(),
            exp: at(1_800_000_600).into(),
            jti: "Zm9ydHktdHdvLi4uLi4u".to_owned().try_into().unwrap(),
            nonce: Nonce::new("n-0S6_WzA2Mj").unwrap(),
            controller: ControllerId::new("shop1688").unwrap(),
            register_version: 3,
            row: RowId::new("alipay.payment").unwrap(),
            row_hash: Hash::of(b"row"),
            purpose: PurposeId::new("payment").unwrap(),
            order: Some(OrderId::new("2026-0001").unwrap()),
            items: items(&[
                ("order.amount_minor", Value::Integer(12_345)),
                ("account.name", Value::Text("买家一号".to_owned())),
                ("device.root", Value::Verdict(crate::terms::Verdict::NotDetected)),
            ]),
            checkpoint: None,
        }
    }

    #[test]
    fn claims_are_read_as_they_were_written() {
        let claims = claims("thumb".to_owned());
        let json = serde_json::to_vec(&claims).unwrap();
        assert_eq!(Claims::read(&json, &claims.aud, at(1_800_000_000)).unwrap(), claims);
    }

    #[test]
    fn claims_for_another_party_or_another_time_are_refused() {
        let claims = claims("thumb".to_owned());
        let json = serde_json::to_vec(&claims).unwrap();
        let read = |party: &str, seconds| {
            Claims::read(&json, &PartyId::new(party).unwrap(), at(seconds)).unwrap_err()
        };
        assert!(matches!(read("other", 1_800_000_000), JoseError::Claim { field: "aud", .. }));
        assert!(matches!(read("alipay", 1_800_000_660), JoseError::Expired { .. }));
        assert!(matches!(read("alipay", 1_799_999_900), JoseError::NotYetValid { .. }));
    }

    #[test]
    fn an_undeclared_claim_and_a_claim_twice_are_refused() {
        let claims = claims("thumb".to_owned());
        let json = serde_json::to_string(&claims).unwrap();
        let refused = |json: String| Claims::read(json.as_bytes(), &claims.aud, at(1_800_000_000)).is_err();
        assert!(!refused(json.clone()));
        assert!(refused(json.replacen('{', r#"{"device_id":"x","#, 1)));
        assert!(refused(json.replacen('{', r#"{"iss":"thumb","#, 1)));
        assert!(refused(json.replace(r#""items":{"#, r#""items":{"order.amount_minor":1,"#)));
        assert!(refused(json.replace("\"nonce\"", "\"nonse\"")));
    }

    #[test]
    fn a_batch_tells_no_exact_time_no_order_and_no_event_twice() {
        let seen = items(&[
            ("ad.creative", Value::Text("c1".to_owned())),
            ("ad.kind", Value::Text("view".to_owned())),
        ]);
        let click = items(&[
            ("ad.creative", Value::Text("c1".to_owned())),
            ("ad.kind", Value::Text("click".to_owned())),
        ]);
        let base = 1_800_000_000;
        let events = [
            (at(base + 10), seen.clone()),
            (at(base + 20), click.clone()),
            (at(base + 30), seen.clone()),
            (at(base - 7_200), seen.clone()),
        ];
        let gathered = BatchEvent::gather(events.clone());
        assert_eq!(gathered.len(), 3);
        assert!(gathered.iter().all(|event| event.hour.seconds() % 3_600 == 0));
        let reversed: Vec<_> = events.into_iter().rev().collect();
        assert_eq!(BatchEvent::gather(reversed), gathered);
    }

    #[test]
    fn a_batch_and_a_permit_are_read_as_they_were_written() {
        let c = claims("thumb".to_owned());
        let batch = BatchClaims {
            aud: c.aud.clone(),
            iat: at(1_800_000_000).into(),
            jti: TokenId::random().unwrap(),
            register_version: 3,
            row: c.row.clone(),
            row_hash: c.row_hash,
            purpose: c.purpose.clone(),
            items: c.items.clone(),
            events: BatchEvent::gather([(at(5), c.items.clone())]),
        };
        let json = serde_json::to_string(&batch).unwrap();
        assert_eq!(BatchClaims::read(json.as_bytes(), &c.aud).unwrap(), batch);
        let exact = json.replace(&batch.iat.seconds().to_string(), "1800000001");
        assert_ne!(exact, json);
        assert!(BatchClaims::read(exact.as_bytes(), &c.aud).is_err());

        let permit = PermitClaims {
            iss: c.iss,
            aud: c.controller,
            iat: c.iat,
            exp: c.exp,
            jti: c.jti,
            nonce: c.nonce,
            party: c.aud,
            register_version: 3,
            row: c.row,
            row_hash: c.row_hash,
            purpose: c.purpose,
            items: c.items.into_keys().collect(),
            order: OrderId::new("2026-0001").unwrap(),
            answers_generation: 7,
            checkpoint: None,
        };
        let json = serde_json::to_vec(&permit).unwrap();
        assert_eq!(PermitClaims::read(&json, &permit.aud, at(1_800_000_000)).unwrap(), permit);
        let other = ControllerId::new("other").unwrap();
        assert!(PermitClaims::read(&json, &other, at(1_800_000_000)).is_err());
        assert!(matches!(
            PermitClaims::read(&json, &permit.aud, at(1_900_000_000)),
            Err(JoseError::Expired { .. })
        ));
    }

    #[test]
    fn token_ids_do_not_repeat() {
        let ids: BTreeSet<TokenId> = (0..1000).map(|_| TokenId::random().unwrap()).collect();
        assert_eq!(ids.len(), 1000);
        assert!(TokenId::try_from(String::new()).is_err());
        assert!(TokenId::try_from("a b".to_owned()).is_err());
    }
}
