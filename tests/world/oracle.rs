//! What DESIGN says, on the journal and the written documents alone: neither the gate's nor the answers' code.

use super::plan::Verb;
use super::play::{Entry, Played, Said};
use super::sluicegate::consent::Subject;
use super::sluicegate::register::document::{Document, Frequency, Minors, Role, Row, RowItem};
use super::sluicegate::register::{
    Ground, Identifies, ItemId, Necessity, PartyId, Register, RowId, Transform,
};

pub fn written<'d>(document: &'d Document, row: &RowId) -> Option<&'d Row> {
    document.rows.iter().find(|written| written.id == row.as_str())
}

pub fn written_item<'d>(row: &'d Row, item: &ItemId) -> Option<&'d RowItem> {
    row.items.iter().find(|within| within.item == item.as_str())
}

pub fn on_consent(item: &RowItem) -> bool {
    item.ground == Ground::Consent || item.ground == Ground::SeparateConsent
}

/// Sensitive and linkable items are asked by themselves.
pub fn asked_alone(document: &Document, item: &RowItem) -> bool {
    let sensitive = document.items.iter().any(|known| known.id == item.item && known.sensitive);
    let linkable = [Transform::Sealed, Transform::Md5, Transform::Sha256Md5].contains(&item.transform);
    on_consent(item) && (sensitive || linkable)
}

/// The last acceptance, with its version.
pub fn last_acceptance(played: &Played) -> Option<(&Entry, u32)> {
    played.journal.iter().rev().find_map(|entry| match entry.said {
        Said::Accepted { version } => Some((entry, version)),
        Said::About { .. } => None,
    })
}

/// The last grant, refusal or withdrawal that names exactly this, with how many were answered together.
pub fn last_word<'p>(played: &'p Played, subject: &Subject) -> Option<(&'p Entry, Verb, usize)> {
    played.journal.iter().rev().find_map(|entry| match &entry.said {
        Said::About { verb, subjects } if *verb != Verb::Asked && subjects.contains(subject) => {
            Some((entry, *verb, subjects.len()))
        }
        _ => None,
    })
}

/// The grant an item may rest on: its own, or else its row's if it was asked with the row then.
pub fn grant_for<'p>(
    played: &'p Played,
    row: &RowId,
    party: &PartyId,
    item: &ItemId,
) -> Option<(&'p Entry, usize)> {
    let own = Subject { row: row.clone(), party: party.clone(), item: Some(item.clone()) };
    let whole = Subject { item: None, ..own.clone() };
    if let Some((entry, verb, together)) = last_word(played, &own) {
        return (verb == Verb::Grant).then_some((entry, together));
    }
    let (entry, verb, together) = last_word(played, &whole)?;
    let then = played.registers[entry.register].document();
    let within = written_item(written(then, row)?, item)?;
    (verb == Verb::Grant && on_consent(within) && !asked_alone(then, within)).then_some((entry, together))
}

/// INVARIANT 5 in DESIGN's words: the row shares no more than it did then, and says it the same way or is
/// marked editorial.
pub fn shares_no_more(then: &Register, now: &Register, id: &RowId) -> bool {
    let (before, after) = (then.document(), now.document());
    let (Some(old), Some(new)) = (written(before, id), written(after, id)) else { return false };
    let recipients = |document: &Document, id: &str| {
        document.recipients.iter().find(|known| known.id == id).unwrap().clone()
    };
    let (from, to) = (recipients(before, &old.recipient), recipients(after, &new.recipient));
    let text = |document: &Document, id: &str| {
        document.purposes.iter().find(|known| known.id == id).unwrap().text.clone()
    };
    let same_purpose_text = text(before, &old.purpose) == text(after, &new.purpose);
    let label = |document: &Document, id: &str| {
        document.items.iter().find(|known| known.id == id).unwrap().label.clone()
    };
    let editorial = new.editorial_of.contains(&then.row(id).unwrap().hash());
    let same_words = same_purpose_text
        && from.name == to.name
        && new.items.iter().all(|item| label(before, &item.item) == label(after, &item.item));
    let item_shares_no_more = |item: &RowItem| {
        let Some(was) = old.items.iter().find(|was| was.item == item.item) else { return false };
        let facts = |document: &Document| {
            let known = document.items.iter().find(|known| known.id == item.item).unwrap();
            (whom(known.identifies), known.sensitive)
        };
        let ((named, hurt), (names, hurts)) = (facts(before), facts(after));
        (item.ground == was.ground || item.ground == Ground::SeparateConsent)
            && shown(item.transform) <= shown(was.transform)
            && names <= named
            && (hurt || !hurts)
            && !(was.necessity == Necessity::Optional && item.necessity == Necessity::Required)
    };
    old.recipient == new.recipient
        && from.relation == to.relation
        && !(from.role == Role::EntrustedParty && to.role == Role::IndependentHandler)
        && old.scenario == new.scenario
        && old.purpose == new.purpose
        && old.method == new.method
        && new.retention.millis() <= old.retention.millis()
        && !oftener(&old.frequency, &new.frequency)
        && (new.deidentified || !old.deidentified)
        && !(old.minors == Minors::Never && new.minors == Minors::Guardian)
        && new.items.iter().all(item_shares_no_more)
        && (same_words || editorial)
}

fn whom(identifies: Identifies) -> usize {
    [Identifies::Nobody, Identifies::Device, Identifies::Person]
        .iter()
        .position(|known| *known == identifies)
        .unwrap()
}

/// From what shows least to what shows most.
fn shown(transform: Transform) -> usize {
    let order =
        [Transform::Pseudonym, Transform::Sealed, Transform::Sha256Md5, Transform::Md5, Transform::None];
    order.iter().position(|known| *known == transform).unwrap()
}

fn oftener(old: &Option<Frequency>, new: &Option<Frequency>) -> bool {
    match (old, new) {
        (None, _) => false,
        (Some(_), None) => true,
        (Some(old), Some(new)) => new.most > old.most || new.within.millis() < old.within.millis(),
    }
}
