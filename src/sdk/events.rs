//! Exposures and clicks: queued if the gate would let them go, bounded, and gone when consent is.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{Error, PartyRef, ShareAsk, Sluicegate, log};
use crate::gate::Reason;
use crate::payload::Event;
use crate::register::{AccountId, Age, Instant, ItemId, ItemType, Nonce, PartyId, RowId, ScenarioId};
use crate::vault::{Account, Transaction, VaultError};

/// How many events are queued in all; the oldest make room.
pub const MAX_EVENTS: u64 = 10_000;
/// How many events go into one batch at most.
pub const MAX_BATCH: u32 = 1_000;
/// How old an event may become: 7 days.
const MAX_AGE_MILLIS: i64 = 7 * 86_400_000;
/// The longest content of an event, in bytes.
const MAX_CONTENT: usize = 128;

/// An exposure or click.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdEvent {
    /// Whose.
    pub account: AccountId,
    /// Their age.
    pub age: Age,
    /// The event at which it is shared.
    pub scenario: ScenarioId,
    /// The partner.
    pub party: PartyRef,
    /// The host's id of the event, by which a second report of it is dropped. Never leaves.
    pub id: String,
    /// `ad.exposure` or `ad.click`.
    pub item: ItemId,
    /// What: the partner's own id of the ad.
    pub content: String,
    /// When.
    pub at: Instant,
}

/// Whether an event was queued.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recorded {
    /// It waits for the next batch.
    Queued,
    /// It was not kept, since it would not be let go.
    NotKept(Reason),
}

/// An event as the queue keeps it.
#[derive(Serialize, Deserialize)]
struct Queued {
    id: String,
    item: ItemId,
    content: String,
}

impl Sluicegate {
    /// Queues an exposure or click for the next batch, if the gate would let it go now; else nothing is kept.
    pub fn record_event(&self, event: &AdEvent) -> Result<Recorded, Error> {
        for (field, text) in [("id", &event.id), ("content", &event.content)] {
            if text.is_empty() || text.len() > MAX_CONTENT || text.chars().any(char::is_control) {
                return Err(Error::input(field, "must be 1 to 128 bytes without control characters"));
            }
        }
        let row = self.row(&event.scenario, &event.party)?;
        let item = row.item(&event.item).filter(|item| item.kind == ItemType::Event);
        let item = item.ok_or_else(|| Error::input("item", format!("is no event of row {}", row.id)))?;
        let ask = ShareAsk {
            account: event.account.clone(),
            age: event.age,
            scenario: event.scenario.clone(),
            party: event.party.clone(),
            order: None,
            attempt: 0,
            nonce: Nonce::new("event")?,
            request: None,
            at: event.at,
        };
        let recorded = self.with_vault(event.at, |opened| {
            let account = opened.vault.account(&event.account)?;
            if let Some(reason) = self.would_withhold(opened, &account, &ask, item)? {
                return Ok(Recorded::NotKept(reason));
            }
            let kept =
                Queued { id: event.id.clone(), item: event.item.clone(), content: event.content.clone() };
            let generation = opened.vault.answers(&account)?.answers.generation;
            opened.vault.write(|tx| {
                if let Some(reason) = self.changed(tx, &account, generation)? {
                    return Ok(Recorded::NotKept(reason));
                }
                tx.push_event(&account, &row.id, &event.party.id, event.at, &log::to_json(&kept)?)?;
                tx.trim_events(MAX_EVENTS)?;
                Ok(Recorded::Queued)
            })
        });
        match recorded {
            Err(Error::VaultUnavailable(_)) => Ok(Recorded::NotKept(Reason::VaultUnavailable)),
            other => other,
        }
    }

    fn changed(
        &self,
        tx: &Transaction<'_>,
        account: &Account,
        generation: u64,
    ) -> Result<Option<Reason>, VaultError> {
        Ok((tx.generation(account)? != generation).then_some(Reason::Contended))
    }
}

/// What goes into the next batch, and what leaves the queue with it.
pub(super) struct Batch {
    /// The events taken, also those that are too old or reported twice.
    pub taken: Vec<u64>,
    /// The events to share.
    pub events: Vec<Event>,
}

/// The oldest queued events of a row and party.
pub(super) fn queued(
    tx: &Transaction<'_>,
    account: &Account,
    row: &RowId,
    party: &PartyId,
    at: Instant,
) -> Result<Batch, Error> {
    let mut batch = Batch { taken: Vec::new(), events: Vec::new() };
    let mut seen = BTreeSet::new();
    for stored in tx.events(account, row, party, MAX_BATCH)? {
        let Queued { id, item, content } = log::from_json(&stored.body)?;
        batch.taken.push(stored.id);
        let fresh = stored.at >= at.plus_millis(-MAX_AGE_MILLIS);
        if fresh && seen.insert((item.clone(), id)) {
            batch.events.push(Event { item, at: stored.at, content });
        }
    }
    Ok(batch)
}
