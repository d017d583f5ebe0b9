//! A row as the house uses it, with what the gate needs of its items, and what answers are given for.

use std::collections::BTreeMap;

use super::canonical::{CanonicalItem, CanonicalRow};
use super::document::{Document, Frequency, Minors, Purpose};
use super::parsed::{InvalidRegister, Item, Recipient};
use super::validate::ADVERTISING;
use super::{Ground, Hash, Identifies, ItemId, ItemType, Method, Necessity, Period, RecipientId, RowId};
use super::{ScenarioId, Source, Transform};

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

/// The error of a reference that validation has already seen to hold.
fn dangling(name: &str) -> InvalidRegister {
    InvalidRegister::one("$".into(), format!("\"{name}\" is not there"))
}

impl Row {
    pub(super) fn build(
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
