//! Who a party is: the controller's signed card of one merchant, carrier or ad partner.

use super::typ;
use crate::jose::jwk::PublicJwk;
use crate::jose::time::check_window;
use crate::jose::{Issuer, JoseError, NumericDate};
use crate::register::{Instant, PartyId, RecipientId};

/// The one company that receives, as the controller's card names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Party {
    /// The party.
    pub id: PartyId,
    /// The recipient (class) of the register it belongs to.
    pub recipient: RecipientId,
    /// Its name, as a person is shown it.
    pub name: String,
    /// The key to seal to; none for parties that receive from the controller's back end.
    pub key: Option<PublicJwk>,
    /// When the card ends.
    pub expires: Instant,
}

impl Party {
    /// Verifies a party card, a compact JWS by `controller`.
    pub fn verify(card: &str, controller: Issuer<'_>, now: Instant) -> Result<Self, JoseError> {
        let what = typ::PARTY;
        let mut claims = controller.open(card, what)?;
        let (id, recipient) = (claims.take("sub")?, claims.take("recipient")?);
        let name = claims.take_text("name")?;
        let key: Option<PublicJwk> = claims.take_optional("jwk")?;
        if key.as_ref().is_some_and(|key| !key.can_be_sealed_to()) {
            return Err(claims.refuse("jwk", "must be a key for ECDH-ES"));
        }
        let (iat, exp): (NumericDate, NumericDate) = (claims.take("iat")?, claims.take("exp")?);
        claims.end()?;
        check_window(what, iat, exp, now)?;
        Ok(Self { id, recipient, name, key, expires: exp.instant() })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::jose::issuer::tests::{field, key, token};
    use crate::jose::jwe::tests::OneTime;
    use crate::jose::jwk::Curve;
    use crate::payload::claims::tests::at;
    use serde_json::{Value, json};

    const NOW: i64 = 1_800_000_000;

    fn verify(change: impl Fn(&mut Value), seconds: i64) -> Result<Party, JoseError> {
        let controller = key();
        let keys = [controller.public().clone()];
        let mut claims = json!({"iss": "shop1688", "sub": "merchant/42", "recipient": "merchants",
            "name": "义乌小店", "jwk": OneTime::new(Curve::P256).key.jwk(), "iat": NOW, "exp": NOW + 3600});
        change(&mut claims);
        let card = token(&controller, typ::PARTY, &claims);
        Party::verify(&card, Issuer { id: "shop1688", keys: &keys }, at(seconds))
    }

    #[test]
    fn a_card_names_the_party_its_recipient_and_its_key() {
        let party = verify(|_| (), NOW).unwrap();
        assert_eq!((party.id.as_str(), party.recipient.as_str()), ("merchant/42", "merchants"));
        assert_eq!(party.name, "义乌小店");
        assert!(party.key.unwrap().can_be_sealed_to());
        let without = |claims: &mut Value| {
            claims.as_object_mut().unwrap().remove("jwk");
        };
        assert_eq!(verify(without, NOW).unwrap().key, None);
    }

    #[test]
    fn a_card_that_breaks_a_rule_is_refused_and_the_claim_named() {
        let fault = |name: &'static str, value: Value| {
            field(verify(|claims| claims[name] = value.clone(), NOW).unwrap_err())
        };
        assert_eq!(fault("iss", "other".into()), "iss");
        assert_eq!(fault("sub", "".into()), "sub");
        assert_eq!(fault("recipient", "No Such".into()), "recipient");
        assert_eq!(fault("name", "a\nb".into()), "name");
        assert_eq!(fault("jwk", Value::Null), "jwk");
        assert_eq!(
            fault(
                "jwk",
                json!(key().public())
                    .as_object()
                    .map(|jwk| {
                        let mut jwk = jwk.clone();
                        jwk.insert("use".to_owned(), "sig".into());
                        Value::Object(jwk)
                    })
                    .unwrap()
            ),
            "jwk"
        );
        assert_eq!(fault("iat", 1.5.into()), "iat");
        assert_eq!(fault("note", "x".into()), "claims");
        assert!(matches!(verify(|_| (), NOW + 3_660), Err(JoseError::Expired { .. })));
        assert!(matches!(verify(|_| (), NOW - 61), Err(JoseError::NotYetValid { .. })));
    }
}
