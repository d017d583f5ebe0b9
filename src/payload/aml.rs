//! A recipient's anti-money-laundering request: the only thing that sets its row in motion.

use super::claims::TokenId;
use super::typ;
use crate::jose::time::check_window;
use crate::jose::{Issuer, JoseError, NumericDate};
use crate::register::{ControllerId, Instant, OrderId};

/// What an authentic request says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AmlRequest {
    /// The recipient's reference of its case.
    pub case: String,
    /// The order it asks about.
    pub order: OrderId,
    /// Whether the person may not learn of it (AML Law 34-35). The phone is the wrong place then; the gate refuses.
    pub secret: bool,
    /// When it was made.
    pub issued: Instant,
    /// When it ends.
    pub expires: Instant,
    /// Its id: one request is answered once.
    pub jti: TokenId,
}

impl AmlRequest {
    /// Verifies a request to `controller`, a compact JWS by `recipient` (its id and signing keys from the register).
    pub fn verify(
        compact: &str,
        recipient: Issuer<'_>,
        controller: &ControllerId,
        now: Instant,
    ) -> Result<Self, JoseError> {
        let what = typ::AML;
        let mut claims = recipient.open(compact, what)?;
        claims.take_exactly("aud", controller.as_str())?;
        let case = claims.take_text("case")?;
        let (order, secret, jti) = (claims.take("order")?, claims.take("secret")?, claims.take("jti")?);
        let (iat, exp): (NumericDate, NumericDate) = (claims.take("iat")?, claims.take("exp")?);
        claims.end()?;
        check_window(what, iat, exp, now)?;
        Ok(Self { case, order, secret, issued: iat.instant(), expires: exp.instant(), jti })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::jose::issuer::tests::{field, key, token};
    use crate::payload::claims::tests::at;
    use serde_json::{Value, json};

    const NOW: i64 = 1_800_000_000;

    fn verify(change: impl Fn(&mut Value), seconds: i64) -> Result<AmlRequest, JoseError> {
        let (alipay, next) = (key(), key());
        let keys = [next.public().clone(), alipay.public().clone()];
        let mut claims = json!({"iss": "alipay", "aud": "shop1688", "case": "AML-2027-0001", "order": "2026-0001",
            "secret": false, "jti": "j1", "iat": NOW, "exp": NOW + 3600});
        change(&mut claims);
        let compact = token(&alipay, typ::AML, &claims);
        let controller = ControllerId::new("shop1688").unwrap();
        AmlRequest::verify(&compact, Issuer { id: "alipay", keys: &keys }, &controller, at(seconds))
    }

    #[test]
    fn a_request_signed_by_a_key_in_force_gives_its_facts() {
        let request = verify(|_| (), NOW + 5).unwrap();
        assert_eq!((request.case.as_str(), request.order.as_str()), ("AML-2027-0001", "2026-0001"));
        assert_eq!((request.issued, request.expires, request.secret), (at(NOW), at(NOW + 3600), false));
        assert!(verify(|claims| claims["secret"] = true.into(), NOW).unwrap().secret);
    }

    #[test]
    fn a_request_that_breaks_a_rule_is_refused_and_the_claim_named() {
        let fault = |name: &'static str, value: Value| {
            field(verify(|claims| claims[name] = value.clone(), NOW).unwrap_err())
        };
        assert_eq!(fault("iss", "other".into()), "iss");
        assert_eq!(fault("aud", "other".into()), "aud");
        assert_eq!(fault("aud", json!(["shop1688"])), "aud");
        assert_eq!(fault("case", "".into()), "case");
        assert_eq!(fault("order", "".into()), "order");
        assert_eq!(fault("secret", "no".into()), "secret");
        assert_eq!(fault("jti", "".into()), "jti");
        assert_eq!(fault("items", json!(["device.model"])), "claims");
        let silent = |claims: &mut Value| {
            claims.as_object_mut().unwrap().remove("secret");
        };
        assert_eq!(field(verify(silent, NOW).unwrap_err()), "secret");
        assert!(matches!(verify(|_| (), NOW + 3_660), Err(JoseError::Expired { .. })));
        assert!(matches!(verify(|_| (), NOW - 61), Err(JoseError::NotYetValid { .. })));
    }

    #[test]
    fn a_request_by_a_stranger_is_not_authentic() {
        let (stranger, alipay) = (key(), key());
        let compact = token(&stranger, typ::AML, &json!({"iss": "alipay"}));
        let keys = [alipay.public().clone()];
        let controller = ControllerId::new("shop1688").unwrap();
        let error = AmlRequest::verify(&compact, Issuer { id: "alipay", keys: &keys }, &controller, at(NOW));
        assert_eq!(error, Err(JoseError::NotAuthentic { what: typ::AML }));
    }
}
