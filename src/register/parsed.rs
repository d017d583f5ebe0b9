//! The parsed register: what the rest of the house uses. It can't be invalid.

use std::collections::BTreeMap;
use std::fmt;

use super::document::{Controller, Document, Kind, Notice, Pinned, Relation, Role};
use super::row::Row;
use super::validate::{Problem, Rule, problems};
use super::{
    Bilingual, ControllerId, Hash, Identifies, ItemId, ItemType, RecipientId, RowId, ScenarioId, Source,
};
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

    pub(super) fn one(path: String, message: String) -> Self {
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
