//! Canonical rows: what a person's answer was given for, and whether it still holds for a row as it is now.
//!
//! INVARIANT 5, a register change never widens sharing: [`CanonicalRow::holds_for`] is its one statement.

use serde::{Deserialize, Serialize};

use super::document::{Frequency, Minors, Relation, Role};
use super::{Bilingual, Ground, Hash, Identifies, ItemId, ItemType, Method, Necessity, Period};
use super::{PurposeId, RecipientId, RowId, ScenarioId, Source, Transform};

/// Everything of a row that an answer depends on. Its RFC 8785 form is what is hashed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CanonicalRow {
    /// The row.
    pub row: RowId,
    /// Who receives.
    pub recipient: RecipientId,
    /// Under this name.
    pub recipient_name: Bilingual,
    /// As affiliate or partner.
    pub relation: Relation,
    /// On its own account or the controller's.
    pub role: Role,
    /// When.
    pub scenario: ScenarioId,
    /// Why.
    pub purpose: PurposeId,
    /// In these words.
    pub purpose_text: Bilingual,
    /// How.
    pub method: Method,
    /// Kept for so long.
    pub retention: Period,
    /// How often.
    pub frequency: Option<Frequency>,
    /// Whether it names nobody.
    pub deidentified: bool,
    /// Under 14.
    pub minors: Minors,
    /// What, in the order of item ids.
    pub items: Vec<CanonicalItem>,
}

/// An item of a canonical row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CanonicalItem {
    /// The item.
    pub item: ItemId,
    /// As people were told.
    pub label: Bilingual,
    /// In this shape ...
    #[serde(rename = "type")]
    pub kind: ItemType,
    /// ... no longer than this ...
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<u32>,
    /// ... and one of these, if any are listed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub one_of: Vec<String>,
    /// Read on the device or supplied.
    pub source: Source,
    /// Whether its leak easily harms.
    pub sensitive: bool,
    /// Whom it names.
    pub identifies: Identifies,
    /// Why it may be shared.
    pub ground: Ground,
    /// Whether the row runs without it.
    pub necessity: Necessity,
    /// How it is de-identified.
    pub transform: Transform,
}

impl CanonicalItem {
    /// Whether its ground was an answer of the person.
    pub fn asks_consent(&self) -> bool {
        matches!(self.ground, Ground::Consent | Ground::SeparateConsent)
    }

    /// Whether it was asked by itself, not with its row ([`super::RowItem::asks_alone`]).
    pub fn asks_alone(&self) -> bool {
        self.asks_consent() && (self.sensitive || self.transform.is_linkable())
    }
}

/// A way in which a row shares more than an earlier one, or says it otherwise.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "change", rename_all = "snake_case")]
pub enum Widening {
    /// Another recipient, or the recipient in another role.
    Recipient,
    /// Another event.
    Scenario,
    /// Another purpose.
    Purpose,
    /// Another method of provision.
    Method,
    /// Kept longer.
    Retention,
    /// More often.
    Frequency,
    /// No longer de-identified.
    Identification,
    /// Now runs for people under 14.
    Minors,
    /// An item more.
    Item {
        /// Which.
        item: ItemId,
    },
    /// An item on a ground that asks less of the controller, or of another kind.
    Ground {
        /// Which.
        item: ItemId,
    },
    /// An item less de-identified, that names more, says more, or is now read on the device.
    Exposure {
        /// Which.
        item: ItemId,
    },
    /// An item that could be left out no longer can.
    Necessity {
        /// Which.
        item: ItemId,
    },
    /// The words changed, and the register does not say that this is editorial.
    Wording,
}

/// Whether an item's new ground asks no less than its old one. What was contract or duty may become a
/// question of consent (the gate then asks it), never the other way round.
fn ground_holds(then: Ground, now: Ground) -> bool {
    match now {
        Ground::Contract | Ground::StatutoryDuty | Ground::Consent => then == now,
        Ground::SeparateConsent => true,
    }
}

/// How much a transform shows: the lower, the less.
fn exposure(transform: Transform) -> u8 {
    match transform {
        Transform::Pseudonym => 0,
        Transform::Sealed => 1,
        Transform::Sha256Md5 => 2,
        Transform::Md5 => 3,
        Transform::None => 4,
    }
}

/// Whether the item's value can say more than it could.
fn says_more(then: &CanonicalItem, now: &CanonicalItem) -> bool {
    let longer = then.max.is_some_and(|then| now.max.is_none_or(|now| now > then));
    let freer = !then.one_of.is_empty()
        && (now.one_of.is_empty() || now.one_of.iter().any(|value| !then.one_of.contains(value)));
    now.kind != then.kind || longer || freer
}

fn more_often(then: &Option<Frequency>, now: &Option<Frequency>) -> bool {
    match (then, now) {
        (None, _) => false,
        (Some(_), None) => true,
        (Some(then), Some(now)) => now.most > then.most || now.within < then.within,
    }
}

impl CanonicalRow {
    /// SHA-256 of the RFC 8785 form.
    pub fn hash(&self) -> Hash {
        Hash::of_json(self).expect("a canonical row has only text keys and finite numbers")
    }

    /// The row's item of this id.
    pub fn item(&self, id: &ItemId) -> Option<&CanonicalItem> {
        self.items.binary_search_by(|item| item.item.cmp(id)).ok().map(|index| &self.items[index])
    }

    /// In what way `now` shares more than this row did; empty if an answer given for this row holds for it.
    /// `editorial` says that the register marks `now` as this row in other words.
    pub fn widenings(&self, now: &CanonicalRow, editorial: bool) -> Vec<Widening> {
        let mut found = Vec::new();
        let mut wording = self.recipient_name != now.recipient_name || self.purpose_text != now.purpose_text;
        let mut check = |widened: bool, widening: Widening| {
            if widened {
                found.push(widening);
            }
        };
        check(
            self.row != now.row
                || self.recipient != now.recipient
                || self.relation != now.relation
                || (self.role == Role::EntrustedParty && now.role == Role::IndependentHandler),
            Widening::Recipient,
        );
        check(self.scenario != now.scenario, Widening::Scenario);
        check(self.purpose != now.purpose, Widening::Purpose);
        check(self.method != now.method, Widening::Method);
        check(now.retention > self.retention, Widening::Retention);
        check(more_often(&self.frequency, &now.frequency), Widening::Frequency);
        check(self.deidentified && !now.deidentified, Widening::Identification);
        check(self.minors == Minors::Never && now.minors == Minors::Guardian, Widening::Minors);
        // Both stand in the order of item ids.
        let mut before = self.items.iter().peekable();
        for item in &now.items {
            let id = || item.item.clone();
            while before.next_if(|then| then.item < item.item).is_some() {}
            let Some(then) = before.next_if(|then| then.item == item.item) else {
                found.push(Widening::Item { item: id() });
                continue;
            };
            wording |= then.label != item.label;
            if !ground_holds(then.ground, item.ground) {
                found.push(Widening::Ground { item: id() });
            }
            if exposure(item.transform) > exposure(then.transform)
                || item.identifies > then.identifies
                || (item.sensitive && !then.sensitive)
                || (item.source == Source::Device && then.source == Source::Host)
                || says_more(then, item)
            {
                found.push(Widening::Exposure { item: id() });
            }
            if then.necessity == Necessity::Optional && item.necessity == Necessity::Required {
                found.push(Widening::Necessity { item: id() });
            }
        }
        if wording && !editorial {
            found.push(Widening::Wording);
        }
        found
    }

    /// Whether an answer given for this row holds for `now`.
    pub fn holds_for(&self, now: &CanonicalRow, editorial: bool) -> bool {
        self.widenings(now, editorial).is_empty()
    }
}
