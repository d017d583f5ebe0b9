//! The claims of an authentic token, taken one by one, so that an error names the claim.

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{DeserializeOwned, Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::JoseError;

/// A JSON object whose members are taken out by name; a member that nobody took is refused.
pub(crate) struct Object {
    what: &'static str,
    members: BTreeMap<String, Value>,
}

impl Object {
    /// Parses `json`; no name may come twice.
    pub(crate) fn parse(what: &'static str, json: &[u8]) -> Result<Self, JoseError> {
        #[derive(Deserialize)]
        struct Members(#[serde(deserialize_with = "unique")] BTreeMap<String, Value>);
        match serde_json::from_slice::<Members>(json) {
            Ok(Members(members)) => Ok(Self { what, members }),
            Err(_) => {
                Err(JoseError::Claim { what, field: "claims", rule: "must be an object, each name once" })
            }
        }
    }

    /// Takes the claim `field`, which must be there and of its type.
    pub(crate) fn take<T: DeserializeOwned>(&mut self, field: &'static str) -> Result<T, JoseError> {
        self.take_optional(field)?.ok_or_else(|| self.refuse(field, "is missing"))
    }

    /// Takes the claim `field` if it is there; `null` is not a way to leave it out.
    pub(crate) fn take_optional<T: DeserializeOwned>(
        &mut self,
        field: &'static str,
    ) -> Result<Option<T>, JoseError> {
        match self.members.remove(field) {
            None => Ok(None),
            // Why it does not fit may quote the value, so it is not passed on.
            Some(value) => serde_json::from_value(value)
                .map(Some)
                .map_err(|_| self.refuse(field, "is not of the claim's form")),
        }
    }

    /// Takes a text of 1 to 128 bytes without control characters.
    pub(crate) fn take_text(&mut self, field: &'static str) -> Result<String, JoseError> {
        let text: String = self.take(field)?;
        if (1..=128).contains(&text.len()) && !text.chars().any(char::is_control) {
            Ok(text)
        } else {
            Err(self.refuse(field, "must be 1 to 128 bytes without control characters"))
        }
    }

    /// Takes the claim `field`, which must be `expected`.
    pub(crate) fn take_exactly(&mut self, field: &'static str, expected: &str) -> Result<(), JoseError> {
        let text: String = self.take(field)?;
        if text == expected { Ok(()) } else { Err(self.refuse(field, "names another than was expected")) }
    }

    /// Ends the reading: a claim that was not taken is refused.
    pub(crate) fn end(self) -> Result<(), JoseError> {
        if self.members.is_empty() {
            Ok(())
        } else {
            Err(self.refuse("claims", "hold a claim that the format does not know"))
        }
    }

    /// The error for a claim that breaks a rule.
    pub(crate) fn refuse(&self, field: &'static str, rule: &'static str) -> JoseError {
        JoseError::Claim { what: self.what, field, rule }
    }
}

/// Deserialises a map in which no key may come twice (RFC 8259 leaves that open, and parsers differ).
pub(crate) fn unique<'de, K, V, D>(deserializer: D) -> Result<BTreeMap<K, V>, D::Error>
where
    K: Deserialize<'de> + Ord,
    V: Deserialize<'de>,
    D: Deserializer<'de>,
{
    struct Unique<K, V>(PhantomData<(K, V)>);

    impl<'de, K: Deserialize<'de> + Ord, V: Deserialize<'de>> Visitor<'de> for Unique<K, V> {
        type Value = BTreeMap<K, V>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object, each name once")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Self::Value, A::Error> {
            let mut map = BTreeMap::new();
            while let Some((key, value)) = access.next_entry()? {
                if map.insert(key, value).is_some() {
                    return Err(A::Error::custom("a name comes twice"));
                }
            }
            Ok(map)
        }
    }

    deserializer.deserialize_map(Unique(PhantomData))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn field(error: JoseError) -> &'static str {
        match error {
            JoseError::Claim { field, .. } => field,
            other => panic!("{other}"),
        }
    }

    #[test]
    fn each_fault_names_its_claim_and_quotes_no_value() {
        let mut object = Object::parse("t", br#"{"a":1,"b":"two","c":null,"d":"\n"}"#).unwrap();
        assert_eq!(field(object.take::<i64>("missing").unwrap_err()), "missing");
        let error = object.take::<i64>("b").unwrap_err();
        assert!(!error.to_string().contains("two"));
        assert_eq!(field(error), "b");
        assert_eq!(field(object.take_optional::<i64>("c").unwrap_err()), "c");
        assert_eq!(field(object.take_text("d").unwrap_err()), "d");
        assert_eq!(field(object.end().unwrap_err()), "claims");
    }

    #[test]
    fn a_name_that_comes_twice_is_refused() {
        assert!(Object::parse("t", br#"{"a":1,"a":2}"#).is_err());
        assert!(Object::parse("t", b"[]").is_err());
        assert!(Object::parse("t", br#"{"a":1} "#).is_ok());
        assert!(Object::parse("t", br#"{"a":1}x"#).is_err());
    }
}
