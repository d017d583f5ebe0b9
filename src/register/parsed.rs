//! The parsed register: what the rest of the house uses. It can't be invalid.

use std::collections::BTreeMap;
use std::fmt;

use super::canonical::{CanonicalItem, CanonicalRow};
use super::document::{
    Controller, Document, Frequency, Kind, Minors, Notice, Pinned, Purpose, Relation, Role,
};
use super::validate::{ADVERTISING, Problem, Rule, problems};
use super::{Bilingual, ControllerId, Ground, Hash, Identifies, ItemId, ItemType, Method, Necessity, Period};
use super::{RecipientId, RowId, ScenarioId, Source, Transform};
use crate::jose::{KeyUse, PublicJwk};

/// A register that breaks rules: all of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidRegister {
    problems: Vec<Problem>,
}

impl InvalidRegister {
    /// Every problem, in the order of the document; never empty.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    fn one(path: String, message: String) -> Self {
        Self { problems: vec![Problem { path, rule: Rule::Form, message }] }
    }
}

impl fmt::Display for InvalidRegister {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut problems = self.problems.iter();
        if let Some(first) = problems.next() {
            write!(f, "{first}")?;
        }
        problems.try_for_each(|problem| write!(f, "; {problem}"))
    }
}

impl std::error::Error for InvalidRegister {}

impl From<super::BadTerm> for InvalidRegister {
    fn from(bad: super::BadTerm) -> Self {
        Self::one(format!("$..{}", bad.field), bad.rule.to_owned())
    }
}

/// A valid register, indexed for decisions.
#[derive(Debug, Clone)]
pub struct Register {
    document: Document,
    digest: Hash,
    id: ControllerId,
    controller: ControllerId,
    items: BTreeMap<ItemId, Item>,
    recipients: BTreeMap<RecipientId, Recipient>,
    rows: Vec<Row>,
    by_ask: BTreeMap<(ScenarioId, RecipientId), usize>,
}

/// An item as the house uses it.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    /// Its id.
    pub id: ItemId,
    /// In people's words.
    pub label: Bilingual,
    /// The shape of its value.
    pub kind: ItemType,
    /// The longest text in characters, or most elements of a list.
    pub max: Option<u32>,
    /// The only texts that are allowed, if any are listed.
    pub one_of: Vec<String>,
    /// PIPL 28.
    pub sensitive: bool,
    /// Whom it names.
    pub identifies: Identifies,
    /// Where it comes from.
    pub source: Source,
}

/// A recipient as the house uses it.
#[derive(Debug, Clone)]
pub struct Recipient {
    /// Its id.
    pub id: RecipientId,
    /// Company or class.
    pub kind: Kind,
    /// Legal name, or the class's.
    pub name: Bilingual,
    /// How a person reaches it.
    pub contact: Bilingual,
    /// Its privacy policy or site.
    pub policy: Bilingual,
    /// Affiliate or partner.
    pub relation: Relation,
    /// Independent handler or entrusted party.
    pub role: Role,
    /// A company's keys.
    pub keys: Vec<PublicJwk>,
    /// Members of a class known by key.
    pub pinned: Vec<Pinned>,
}

impl Recipient {
    /// The first key of this use.
    pub fn key(&self, key_use: KeyUse) -> Option<&PublicJwk> {
        self.keys.iter().find(|key| key.key_use() == Some(key_use))
    }
}

/// A row as the house uses it.
#[derive(Debug, Clone)]
pub struct Row {
    /// Its id.
    pub id: RowId,
    /// Who receives.
    pub recipient: RecipientId,
    /// When.
    pub scenario: ScenarioId,
    /// Why.
    pub purpose: Purpose,
    /// How.
    pub method: Method,
    /// The first notice version that discloses it as it stands.
    pub notice: u32,
    /// How long the recipient keeps it.
    pub retention: Period,
    /// How long a grant lasts.
    pub consent_lasts: Period,
    /// How long after a refusal the person may be asked again.
    pub ask_again_after: Period,
    /// How often it may run.
    pub frequency: Option<Frequency>,
    /// Whether it names nobody.
    pub deidentified: bool,
    /// Under 14.
    pub minors: Minors,
    /// The kill switch of the row.
    pub off: bool,
    /// What is shared.
    pub items: Vec<RowItem>,
    canonical: CanonicalRow,
    hash: Hash,
    editorial_of: Vec<Hash>,
}

impl Row {
    /// What answers are given for.
    pub fn canonical(&self) -> &CanonicalRow {
        &self.canonical
    }

    /// The hash of [`Row::canonical`].
    pub fn hash(&self) -> Hash {
        self.hash
    }

    /// Whether an answer that was given for `then` holds for this row (invariant 5).
    pub fn is_held_by(&self, then: &CanonicalRow, then_hash: Hash) -> bool {
        then_hash == self.hash || then.holds_for(&self.canonical, self.is_editorial_of(then_hash))
    }

    /// Whether the register marks this row as that one in other words.
    pub fn is_editorial_of(&self, then: Hash) -> bool {
        self.editorial_of.contains(&then)
    }

    /// The row's item of this id.
    pub fn item(&self, id: &ItemId) -> Option<&RowItem> {
        self.items.iter().find(|item| item.id == *id)
    }

    /// Whether the row is advertising, which is batched and unsigned.
    pub fn is_advertising(&self) -> bool {
        self.purpose.dpv == ADVERTISING
    }

    /// Whether what leaves is an unsigned batch: what names nobody carries no signature of an install (invariant 8).
    pub fn is_batched(&self) -> bool {
        self.method != Method::Background && (self.deidentified || self.is_advertising())
    }

    /// Whether anything of the row is asked of the person.
    pub fn asks_consent(&self) -> bool {
        self.items.iter().any(RowItem::asks_consent)
    }
}

/// An item in a row, with what the gate needs of the item itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowItem {
    /// The item.
    pub id: ItemId,
    /// Why it may be shared here.
    pub ground: Ground,
    /// Whether the row makes sense without it.
    pub necessity: Necessity,
    /// How it is de-identified.
    pub transform: Transform,
    /// The shape of its value.
    pub kind: ItemType,
    /// Where it comes from.
    pub source: Source,
    /// PIPL 28.
    pub sensitive: bool,
    /// Whom it names.
    pub identifies: Identifies,
    /// The kill switch of the item.
    pub off: bool,
}

impl RowItem {
    /// Whether its ground is an answer of the person.
    pub fn asks_consent(&self) -> bool {
        matches!(self.ground, Ground::Consent | Ground::SeparateConsent)
    }

    /// Whether it is asked by itself, not with its row: sensitive and linkable items.
    pub fn asks_alone(&self) -> bool {
        self.asks_consent() && (self.sensitive || self.transform.is_linkable())
    }
}

impl Register {
    /// Parses and validates a register's JSON.
    pub fn parse(json: &[u8]) -> Result<Self, InvalidRegister> {
        let document = serde_json::from_slice(json).or_else(|_| Self::locate(json))?;
        Self::from_document(document)
    }

    /// Reads again, more slowly, to name the place at which the JSON is not of a register's form.
    fn locate(json: &[u8]) -> Result<Document, InvalidRegister> {
        let mut reader = serde_json::Deserializer::from_slice(json);
        let document: Document = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
            let path = error.path().to_string();
            let path = if path == "." { "$".to_owned() } else { format!("$.{path}") };
            InvalidRegister::one(path, error.inner().to_string())
        })?;
        reader.end().map_err(|error| InvalidRegister::one("$".into(), error.to_string()))?;
        Ok(document)
    }

    /// Validates a register.
    pub fn from_document(document: Document) -> Result<Self, InvalidRegister> {
        let problems = problems(&document);
        if !problems.is_empty() {
            return Err(InvalidRegister { problems });
        }
        let digest =
            Hash::of_json(&document).map_err(|error| InvalidRegister::one("$".into(), error.to_string()))?;
        let items = document.items.iter().map(|item| Item::build(item).map(|item| (item.id.clone(), item)));
        let items: BTreeMap<ItemId, Item> = items.collect::<Result<_, _>>()?;
        let recipients = document.recipients.iter().map(|r| Recipient::build(r).map(|r| (r.id.clone(), r)));
        let recipients: BTreeMap<RecipientId, Recipient> = recipients.collect::<Result<_, _>>()?;
        let mut rows = Vec::with_capacity(document.rows.len());
        let mut by_ask = BTreeMap::new();
        for row in &document.rows {
            let row = Row::build(row, &document, &items, &recipients)?;
            by_ask.insert((row.scenario.clone(), row.recipient.clone()), rows.len());
            rows.push(row);
        }
        let id = ControllerId::new(document.id.as_str())?;
        let controller = ControllerId::new(document.controller.id.as_str())?;
        Ok(Self { digest, id, controller, items, recipients, rows, by_ask, document })
    }

    /// The register's id.
    pub fn id(&self) -> &ControllerId {
        &self.id
    }

    /// Its version.
    pub fn version(&self) -> u64 {
        self.document.version
    }

    /// SHA-256 of its RFC 8785 form.
    pub fn digest(&self) -> Hash {
        self.digest
    }

    /// The written form.
    pub fn document(&self) -> &Document {
        &self.document
    }

    /// The controller's id.
    pub fn controller_id(&self) -> &ControllerId {
        &self.controller
    }

    /// The controller.
    pub fn controller(&self) -> &Controller {
        &self.document.controller
    }

    /// The controller's key to seal to. Validation saw that it is there.
    pub fn controller_key(&self) -> Option<PublicJwk> {
        let keys = self.document.controller.keys.iter();
        keys.filter_map(|key| PublicJwk::from_value(key).ok())
            .find(|key| key.key_use() == Some(KeyUse::Encryption))
    }

    /// The notice of this version and language.
    pub fn notice(&self, version: u32, language: &str) -> Option<&Notice> {
        self.document.notices.iter().find(|notice| notice.version == version && notice.language == language)
    }

    /// The newest notice version.
    pub fn newest_notice(&self) -> u32 {
        self.document.notices.iter().map(|notice| notice.version).max().unwrap_or_default()
    }

    /// Every row, as the register orders them.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// The row of this id.
    pub fn row(&self, id: &RowId) -> Option<&Row> {
        self.rows.iter().find(|row| row.id == *id)
    }

    /// The one row for this event and recipient.
    pub fn row_for(&self, scenario: &ScenarioId, recipient: &RecipientId) -> Option<&Row> {
        self.by_ask.get(&(scenario.clone(), recipient.clone())).map(|index| &self.rows[*index])
    }

    /// The item of this id.
    pub fn item(&self, id: &ItemId) -> Option<&Item> {
        self.items.get(id)
    }

    /// The recipient of this id.
    pub fn recipient(&self, id: &RecipientId) -> Option<&Recipient> {
        self.recipients.get(id)
    }
}

impl Item {
    fn build(item: &super::document::Item) -> Result<Self, InvalidRegister> {
        Ok(Self {
            id: ItemId::new(item.id.as_str())?,
            label: item.label.clone(),
            kind: item.kind,
            max: item.max,
            one_of: item.one_of.clone(),
            sensitive: item.sensitive,
            identifies: item.identifies,
            source: item.source,
        })
    }
}

impl Recipient {
    fn build(recipient: &super::document::Recipient) -> Result<Self, InvalidRegister> {
        Ok(Self {
            id: RecipientId::new(recipient.id.as_str())?,
            kind: recipient.kind,
            name: recipient.name.clone(),
            contact: recipient.contact.clone(),
            policy: recipient.policy.clone(),
            relation: recipient.relation,
            role: recipient.role,
            keys: recipient.keys.iter().filter_map(|key| PublicJwk::from_value(key).ok()).collect(),
            pinned: recipient.pinned.clone(),
        })
    }
}

/// The error of a reference that validation has already seen to hold.
fn dangling(name: &str) -> InvalidRegister {
    InvalidRegister::one("$".into(), format!("\"{name}\" is not there"))
}

impl Row {
    fn build(
        row: &super::document::Row,
        document: &Document,
        items: &BTreeMap<ItemId, Item>,
        recipients: &BTreeMap<RecipientId, Recipient>,
    ) -> Result<Self, InvalidRegister> {
        let id = RowId::new(row.id.as_str())?;
        let scenario = ScenarioId::new(row.scenario.as_str())?;
        let recipient = recipients.get(row.recipient.as_str()).ok_or_else(|| dangling(&row.recipient))?;
        let purpose = document.purposes.iter().find(|purpose| purpose.id == row.purpose);
        let purpose = purpose.ok_or_else(|| dangling(&row.purpose))?.clone();
        let mut row_items = Vec::with_capacity(row.items.len());
        let mut canonical_items = Vec::with_capacity(row.items.len());
        for written in &row.items {
            let item = items.get(written.item.as_str()).ok_or_else(|| dangling(&written.item))?;
            row_items.push(RowItem {
                id: item.id.clone(),
                ground: written.ground,
                necessity: written.necessity,
                transform: written.transform,
                kind: item.kind,
                source: item.source,
                sensitive: item.sensitive,
                identifies: item.identifies,
                off: document.off.items.contains(&written.item),
            });
            canonical_items.push(CanonicalItem {
                item: item.id.clone(),
                label: item.label.clone(),
                kind: item.kind,
                max: item.max,
                one_of: item.one_of.clone(),
                source: item.source,
                sensitive: item.sensitive,
                identifies: item.identifies,
                ground: written.ground,
                necessity: written.necessity,
                transform: written.transform,
            });
        }
        canonical_items.sort_by(|a, b| a.item.cmp(&b.item));
        let canonical = CanonicalRow {
            row: id.clone(),
            recipient: recipient.id.clone(),
            recipient_name: recipient.name.clone(),
            relation: recipient.relation,
            role: recipient.role,
            scenario: scenario.clone(),
            purpose: super::PurposeId::new(purpose.id.as_str())?,
            purpose_text: purpose.text.clone(),
            method: row.method,
            retention: row.retention.clone(),
            frequency: row.frequency.clone(),
            deidentified: row.deidentified,
            minors: row.minors,
            items: canonical_items,
        };
        Ok(Self {
            hash: canonical.hash(),
            canonical,
            id,
            recipient: recipient.id.clone(),
            scenario,
            purpose,
            method: row.method,
            notice: row.notice,
            retention: row.retention.clone(),
            consent_lasts: row.consent_lasts.clone(),
            ask_again_after: row.ask_again_after.clone(),
            frequency: row.frequency.clone(),
            deidentified: row.deidentified,
            minors: row.minors,
            off: document.off.rows.contains(&row.id),
            items: row_items,
            editorial_of: row.editorial_of.clone(),
        })
    }
}
