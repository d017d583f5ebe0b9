//! The rules of a register, all checked at once; each problem names its JSON path and the rule it breaks.

use std::collections::{BTreeMap, BTreeSet};

use data_encoding::BASE64URL_NOPAD;
use serde::Serialize;

use super::document::{self, Document, FORMAT, Kind};
use super::{Bilingual, ControllerId, Hash, PartyId, PurposeId, RecipientId};
use crate::jose::{KeyUse, PublicJwk};

/// What a register must not do. The code is stable; the message beside it is for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// Written for another format.
    Format,
    /// An id, date, digest or number that is not of its form.
    Form,
    /// A text that is missing in one of the languages.
    MissingText,
    /// Two of the same.
    Duplicate,
    /// Something is named that is not there.
    UnknownReference,
    /// An identifier that nobody can reset, or a source that is never collected.
    ImmutableIdentifier,
    /// A label that enumerates nothing.
    VagueItem,
    /// An item that neither the notice's wording nor a decision accounts for.
    UndisclosedItem,
    /// A published noun that maps to nothing, or wording that no noun covers.
    UnmappedNoun,
    /// A de-identified row with an item that names a person, or a device in the clear.
    NotDeidentified,
    /// A linkable identifier that is not an optional item with a consent of its own.
    LinkableIdentifier,
    /// A sensitive item without separate consent or without saying why it is necessary.
    SensitiveItem,
    /// Consent to provide to another handler must be separate (PIPL 23).
    SeparateConsent,
    /// Advertising that can't be refused, or is not based on consent, or reaches under-14s.
    Advertising,
    /// A device item that a purchase would hang on.
    DeviceItemNecessary,
    /// A statutory duty without a recipient that can sign its request.
    StatutoryDuty,
    /// A key that is missing, private, or not of a kind we use.
    Key,
    /// A transform, type or method that does not fit the item or the row.
    Mismatch,
}

/// One broken rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("{path}: {message}")]
pub struct Problem {
    /// JSON path (`$.rows[3].items[0].ground`).
    pub path: String,
    /// The rule.
    pub rule: Rule,
    /// What is wrong and what would mend it.
    pub message: String,
}

/// W3C DPV purposes that a register may use.
const DPV: &[&str] = &[
    "dpv:PaymentManagement",
    "dpv:FulfilmentOfContractualObligation",
    "dpv:DeliveryOfGoods",
    "dpv:FraudPreventionAndDetection",
    "dpv:CounterMoneyLaundering",
    "dpv:Advertising",
    "dpv:ServiceUsageAnalytics",
];

/// The DPV term of advertising, which PIPL 24 and the store rules treat apart.
pub(super) const ADVERTISING: &str = "dpv:Advertising";

/// Every problem of the document, in its order.
pub(super) fn problems(document: &Document) -> Vec<Problem> {
    let mut check = Check { document, items: BTreeMap::new(), key_uses: BTreeMap::new(), found: Vec::new() };
    check.head();
    check.items();
    check.recipients();
    for (index, row) in document.rows.iter().enumerate() {
        check.about(&format!("row {}", row.id), |check| check.row(&format!("$.rows[{index}]"), row));
    }
    check.uniqueness();
    check.off();
    check.found
}

fn is_date(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let [year, month, day] = parts[..] else { return false };
    let within = |part: &str, length: usize, most: u32| {
        part.len() == length
            && part.bytes().all(|b| b.is_ascii_digit())
            && part.parse().is_ok_and(|number: u32| (1..=most).contains(&number))
    };
    within(year, 4, 9999) && within(month, 2, 12) && within(day, 2, 31)
}

pub(super) struct Check<'d> {
    pub(super) document: &'d Document,
    pub(super) items: BTreeMap<&'d str, &'d document::Item>,
    /// What each recipient's keys are for; a key costs a curve operation to check, a register has many rows.
    pub(super) key_uses: BTreeMap<&'d str, Vec<KeyUse>>,
    found: Vec<Problem>,
}

impl<'d> Check<'d> {
    pub(super) fn problem(&mut self, path: impl Into<String>, rule: Rule, message: impl Into<String>) {
        self.found.push(Problem { path: path.into(), rule, message: message.into() });
    }

    /// Names in each message what it is about, for people who don't count indices.
    fn about(&mut self, what: &str, check: impl FnOnce(&mut Self)) {
        let before = self.found.len();
        check(self);
        for problem in &mut self.found[before..] {
            problem.message = format!("{what}: {}", problem.message);
        }
    }

    pub(super) fn require(
        &mut self,
        holds: bool,
        path: impl Into<String>,
        rule: Rule,
        message: impl Into<String>,
    ) {
        if !holds {
            self.problem(path, rule, message);
        }
    }

    pub(super) fn text(&mut self, path: &str, text: &Bilingual) {
        for (language, words) in [("zh", &text.zh), ("en", &text.en)] {
            self.require(
                !words.trim().is_empty(),
                format!("{path}.{language}"),
                Rule::MissingText,
                "is empty; a notice is given in both languages",
            );
        }
    }

    pub(super) fn form<T, E: std::fmt::Display>(&mut self, path: &str, parsed: Result<T, E>) {
        if let Err(error) = parsed {
            self.problem(path, Rule::Form, error.to_string());
        }
    }

    fn head(&mut self) {
        let document = self.document;
        self.require(document.format == FORMAT, "$.format", Rule::Format, format!("must be {FORMAT}"));
        self.form("$.id", ControllerId::new(document.id.as_str()));
        self.require(document.version > 0, "$.version", Rule::Form, "must be 1 or more");
        self.require(is_date(&document.issued), "$.issued", Rule::Form, "must be a date such as 2026-11-24");
        let controller = &document.controller;
        self.form("$.controller.id", ControllerId::new(controller.id.as_str()));
        self.text("$.controller.name", &controller.name);
        self.text("$.controller.address", &controller.address);
        self.text("$.controller.rights", &controller.rights);
        self.text("$.controller.storage", &controller.storage);
        self.require(
            !controller.contact.trim().is_empty(),
            "$.controller.contact",
            Rule::MissingText,
            "is empty; PIPL 17 asks for the handler's contact",
        );
        let country = &controller.jurisdiction;
        self.require(
            country.len() == 2 && country.bytes().all(|b| b.is_ascii_uppercase()),
            "$.controller.jurisdiction",
            Rule::Form,
            "must be a country by ISO 3166: CN",
        );
        self.keys("$.controller.keys", &controller.keys, &[KeyUse::Encryption]);
        self.require(!document.notices.is_empty(), "$.notices", Rule::MissingText, "no notice is listed");
        for (index, notice) in document.notices.iter().enumerate() {
            let path = format!("$.notices[{index}]");
            self.require(notice.version > 0, format!("{path}.version"), Rule::Form, "must be 1 or more");
            self.form(&format!("{path}.digest"), Hash::try_from(notice.digest.clone()));
            let tag = &notice.language;
            let tagged = tag.len() >= 2 && tag.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
            self.require(
                tagged,
                format!("{path}.language"),
                Rule::Form,
                "must be a language by BCP 47: zh, en",
            );
            let linked = notice.url.strip_prefix("https://").is_some_and(|rest| !rest.is_empty());
            self.require(linked, format!("{path}.url"), Rule::Form, "must be an https:// link to the notice");
        }
        for (index, purpose) in document.purposes.iter().enumerate() {
            let path = format!("$.purposes[{index}]");
            self.form(&format!("{path}.id"), PurposeId::new(purpose.id.as_str()));
            self.text(&format!("{path}.text"), &purpose.text);
            self.require(
                DPV.contains(&purpose.dpv.as_str()),
                format!("{path}.dpv"),
                Rule::Form,
                format!("must be one of {}", DPV.join(", ")),
            );
            self.require(
                purpose.cn_pipl.starts_with("cn-pipl:"),
                format!("{path}.cn_pipl"),
                Rule::Form,
                "must be a cn-pipl: term",
            );
        }
    }

    /// Checks that the keys are ones we use, and that each wanted use is there. Returns the uses.
    fn keys(&mut self, path: &str, keys: &[serde_json::Value], wanted: &[KeyUse]) -> Vec<KeyUse> {
        let mut uses = Vec::new();
        for (index, key) in keys.iter().enumerate() {
            match PublicJwk::from_value(key) {
                Ok(jwk) => uses.extend(jwk.key_use()),
                Err(error) => self.problem(format!("{path}[{index}]"), Rule::Key, error.to_string()),
            }
        }
        for wanted in wanted {
            let message = format!("has no key with \"use\": \"{}\"", wanted.name());
            self.require(uses.contains(wanted), path, Rule::Key, message);
        }
        uses
    }

    fn items(&mut self) {
        for (index, item) in self.document.items.iter().enumerate() {
            self.items.insert(&item.id, item);
            self.about(&format!("item {}", item.id), |check| check.item(&format!("$.items[{index}]"), item));
        }
    }

    fn recipients(&mut self) {
        for (index, recipient) in self.document.recipients.iter().enumerate() {
            let path = format!("$.recipients[{index}]");
            self.about(&format!("recipient {}", recipient.id), |check| check.recipient(&path, recipient));
        }
    }

    fn recipient(&mut self, path: &str, recipient: &'d document::Recipient) {
        self.form(&format!("{path}.id"), RecipientId::new(recipient.id.as_str()));
        self.text(&format!("{path}.name"), &recipient.name);
        self.text(&format!("{path}.contact"), &recipient.contact);
        self.text(&format!("{path}.policy"), &recipient.policy);
        let uses = self.keys(&format!("{path}.keys"), &recipient.keys, &[]);
        self.key_uses.insert(&recipient.id, uses);
        let company = recipient.kind == Kind::Company;
        self.require(
            !company || recipient.pinned.is_empty(),
            format!("{path}.pinned"),
            Rule::Mismatch,
            "a company's keys stand in \"keys\"; only a class pins its members'",
        );
        self.require(
            company || recipient.keys.is_empty(),
            format!("{path}.keys"),
            Rule::Mismatch,
            "a class has no key of its own: pin its members' keys, or sign them cards",
        );
        for (index, pinned) in recipient.pinned.iter().enumerate() {
            let path = format!("{path}.pinned[{index}]");
            self.form(&format!("{path}.party"), PartyId::new(pinned.party.as_str()));
            let thumbprint = BASE64URL_NOPAD.decode(pinned.thumbprint.as_bytes());
            self.require(
                thumbprint.is_ok_and(|bytes| bytes.len() == 32),
                format!("{path}.thumbprint"),
                Rule::Key,
                "must be the RFC 7638 SHA-256 thumbprint of the party's key: 43 characters of base64url",
            );
            self.require(
                !pinned.name.trim().is_empty(),
                format!("{path}.name"),
                Rule::MissingText,
                "is empty; PIPL 23 asks for the recipient's name",
            );
        }
    }

    fn uniqueness(&mut self) {
        let document = self.document;
        self.unique("$.items", "id", document.items.iter().map(|item| item.id.clone()));
        self.unique("$.purposes", "id", document.purposes.iter().map(|purpose| purpose.id.clone()));
        self.unique("$.recipients", "id", document.recipients.iter().map(|recipient| recipient.id.clone()));
        self.unique("$.rows", "id", document.rows.iter().map(|row| row.id.clone()));
        let asks = document.rows.iter().map(|row| format!("{} to {}", row.scenario, row.recipient));
        self.unique("$.rows", "scenario", asks);
        let notices =
            document.notices.iter().map(|notice| format!("notice {} in {}", notice.version, notice.language));
        self.unique("$.notices", "version", notices);
        for (index, recipient) in document.recipients.iter().enumerate() {
            let parties = recipient.pinned.iter().map(|pinned| pinned.party.clone());
            self.unique(&format!("$.recipients[{index}].pinned"), "party", parties);
        }
        for (index, row) in document.rows.iter().enumerate() {
            let items = row.items.iter().map(|row_item| row_item.item.clone());
            self.unique(&format!("$.rows[{index}].items"), "item", items);
        }
    }

    fn unique(&mut self, path: &str, field: &str, names: impl Iterator<Item = String>) {
        let mut seen = BTreeSet::new();
        for (index, name) in names.enumerate() {
            let message = format!("\"{name}\" stands twice");
            self.require(seen.insert(name), format!("{path}[{index}].{field}"), Rule::Duplicate, message);
        }
    }

    fn off(&mut self) {
        let document = self.document;
        for (index, id) in document.off.rows.iter().enumerate() {
            let known = document.rows.iter().any(|row| row.id == *id);
            self.require(
                known,
                format!("$.off.rows[{index}]"),
                Rule::UnknownReference,
                format!("there is no row \"{id}\""),
            );
        }
        for (index, id) in document.off.items.iter().enumerate() {
            let known = self.items.contains_key(id.as_str());
            self.require(
                known,
                format!("$.off.items[{index}]"),
                Rule::UnknownReference,
                format!("there is no item \"{id}\""),
            );
        }
    }
}
