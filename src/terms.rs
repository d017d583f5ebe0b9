//! The words of the house as types: identifiers, instants, and the closed vocabularies of a register.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Text that breaks the rule of an identifier, a nonce or another short field.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {rule}")]
pub struct BadTerm {
    /// The field at fault, in the words of the API (`row`, `account`, `nonce`).
    pub field: &'static str,
    /// The rule it breaks.
    pub rule: &'static str,
}

const NAME_RULE: &str = "must be 1 to 64 of a-z, 0-9, '.', '_' or '-', beginning with a letter or digit";
const OPAQUE_RULE: &str = "must be 1 to 128 bytes without control characters";

fn is_name(text: &str) -> bool {
    text.len() <= 64
        && text.bytes().next().is_some_and(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"._-".contains(&b))
}

fn is_opaque(text: &str) -> bool {
    (1..=128).contains(&text.len()) && !text.chars().any(char::is_control)
}

macro_rules! term {
    ($(#[$doc:meta])* $name:ident, $field:literal, $check:ident, $rule:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// Parses the text; the error names the field and the rule.
            pub fn new(text: impl Into<String>) -> Result<Self, BadTerm> {
                let text = text.into();
                if $check(&text) { Ok(Self(text)) } else { Err(BadTerm { field: $field, rule: $rule }) }
            }

            /// The text itself.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = BadTerm;
            fn try_from(text: String) -> Result<Self, BadTerm> {
                Self::new(text)
            }
        }

        impl From<$name> for String {
            fn from(term: $name) -> String {
                term.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl std::borrow::Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }
    };
}

term!(
    /// A row of the register: one disclosed sharing.
    RowId, "row", is_name, NAME_RULE);
term!(
    /// An item: one piece of personal information (`device.model`).
    ItemId, "item", is_name, NAME_RULE);
term!(
    /// A recipient of the register: one company or a class.
    RecipientId, "recipient", is_name, NAME_RULE);
term!(
    /// A purpose of the register.
    PurposeId, "purpose", is_name, NAME_RULE);
term!(
    /// The event at which a row may be used (`order.payment`).
    ScenarioId, "scenario", is_name, NAME_RULE);
term!(
    /// The controller: the company whose app this is.
    ControllerId, "controller", is_name, NAME_RULE);
term!(
    /// The one company that receives: this merchant, this carrier.
    PartyId, "party", is_opaque, OPAQUE_RULE);
term!(
    /// Whose answers these are; opaque, from the host.
    AccountId, "account", is_opaque, OPAQUE_RULE);
term!(
    /// The host's reference of an order.
    OrderId, "order", is_opaque, OPAQUE_RULE);
term!(
    /// Freshness from the recipient or the controller, bound into the payload.
    Nonce, "nonce", is_opaque, OPAQUE_RULE);

/// A point in time from the caller: milliseconds since 1970-01-01T00:00:00Z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "i64", into = "i64")]
pub struct Instant(i64);

impl TryFrom<i64> for Instant {
    type Error = BadTerm;
    fn try_from(millis: i64) -> Result<Self, BadTerm> {
        Self::from_millis(millis)
    }
}

impl From<Instant> for i64 {
    fn from(instant: Instant) -> i64 {
        instant.0
    }
}

impl Instant {
    /// The last instant that is accepted: 9999-12-31T23:59:59.999Z.
    pub const MAX: Instant = Instant(253_402_300_799_999);

    /// Milliseconds since the epoch, from 0 to [`Instant::MAX`].
    pub fn from_millis(millis: i64) -> Result<Self, BadTerm> {
        if (0..=Self::MAX.0).contains(&millis) {
            Ok(Self(millis))
        } else {
            Err(BadTerm { field: "at", rule: "must be milliseconds from 1970 to 9999" })
        }
    }

    /// Milliseconds since the epoch.
    pub fn millis(self) -> i64 {
        self.0
    }

    /// Whole seconds since the epoch, as JWT's `NumericDate`.
    pub fn seconds(self) -> i64 {
        self.0 / 1000
    }

    /// This instant and `millis` more, held within the accepted range.
    pub fn plus_millis(self, millis: i64) -> Instant {
        Self(self.0.saturating_add(millis).clamp(0, Self::MAX.0))
    }
}

/// A SHA-256 digest, written in lower-case hex.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Hash(pub [u8; 32]);

impl Hash {
    /// SHA-256 of `bytes`.
    pub fn of(bytes: &[u8]) -> Self {
        let digest = ring::digest::digest(&ring::digest::SHA256, bytes);
        let mut hash = [0; 32];
        hash.copy_from_slice(digest.as_ref());
        Self(hash)
    }

    /// SHA-256 of the canonical JSON (RFC 8785) of `value`.
    pub fn of_json<T: Serialize>(value: &T) -> Result<Self, serde_json::Error> {
        Ok(Self::of(&serde_json_canonicalizer::to_vec(value)?))
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&data_encoding::HEXLOWER.encode(&self.0))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl TryFrom<String> for Hash {
    type Error = BadTerm;
    fn try_from(text: String) -> Result<Self, BadTerm> {
        data_encoding::HEXLOWER
            .decode(text.as_bytes())
            .ok()
            .and_then(|bytes| bytes.try_into().ok())
            .map(Self)
            .ok_or(BadTerm { field: "hash", rule: "must be 64 lower-case hex digits" })
    }
}

impl From<Hash> for String {
    fn from(hash: Hash) -> String {
        hash.to_string()
    }
}

/// A text in the two languages of a notice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bilingual {
    /// Chinese.
    pub zh: String,
    /// English.
    pub en: String,
}

/// Why an item may be shared. Which one a deployment uses is its counsel's choice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ground {
    /// PIPL 13(1)(1): the person agreed.
    Consent,
    /// PIPL 23, 29, 39: agreed to this alone, not together with something else.
    SeparateConsent,
    /// PIPL 13(1)(2): needed for the contract the person is a party to.
    Contract,
    /// PIPL 13(1)(3): needed for a statutory duty.
    StatutoryDuty,
}

/// Whether the row makes sense without the item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Necessity {
    /// Without it the row does not run.
    Required,
    /// Left out when refused or absent.
    Optional,
}

/// How an item is de-identified on its way out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Transform {
    /// As it is.
    None,
    /// HMAC under a key of install, party, purpose and epoch; reads no identifier.
    Pseudonym,
    /// Encrypted to the one party, different each time. Linkable by that party.
    Sealed,
    /// `md5` in lower-case hex, as ad platforms take it. Linkable by anyone.
    Md5,
    /// `sha256` of the md5 hex. Linkable by anyone.
    Sha256Md5,
}

impl Transform {
    /// Whether the receiver can join the value with what it has from elsewhere.
    pub fn is_linkable(self) -> bool {
        matches!(self, Transform::Sealed | Transform::Md5 | Transform::Sha256Md5)
    }
}

/// How the information is provided (the notice's method of provision).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// The SDK reads the device and hands the host a sealed payload.
    SdkLocal,
    /// The controller's back end provides; the SDK issues a permit.
    Background,
    /// The host calls the party's interface with a sealed payload or batch.
    Interface,
}

/// Whom an item names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Identifies {
    /// No one.
    Nobody,
    /// An app install or a device.
    Device,
    /// A person.
    Person,
}

/// Where an item comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// Read on the device: a signal of the catalogue.
    Device,
    /// Supplied by the host app.
    Host,
}

/// The shape of an item's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ItemType {
    /// UTF-8 text.
    Text,
    /// A signed 64-bit integer (amounts in minor units).
    Integer,
    /// Yes or no.
    Boolean,
    /// A list of texts.
    Texts,
    /// A list of integers.
    Integers,
    /// An integrity check's answer.
    Verdict,
    /// An exposure or click, queued by `record_event` and shared in batches.
    Event,
}

/// The value of an item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Value {
    /// Yes or no.
    Boolean(bool),
    /// A signed 64-bit integer.
    Integer(i64),
    /// UTF-8 text.
    Text(String),
    /// A list of integers (an empty list is one of these).
    Integers(Vec<i64>),
    /// A list of texts.
    Texts(Vec<String>),
    /// An integrity check's answer.
    Verdict(Verdict),
}

/// What an integrity check answers: never one boolean.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "verdict", rename_all = "snake_case")]
pub enum Verdict {
    /// Signs were found.
    Detected {
        /// From 1 (one weak sign) to 100.
        confidence: u8,
    },
    /// No sign was found.
    NotDetected,
    /// The check could not be made.
    NotEvaluable {
        /// Why, as a code (`source_closed`, `unreadable`, `deadline`).
        reason: String,
    },
}

/// The person's age as far as the host knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Age {
    /// Not known.
    Unknown,
    /// Under 14: PIPL 31 asks for a guardian's answer.
    Under14,
    /// 14 or older.
    Over14,
}
