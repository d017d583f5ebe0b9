//! From what the gate released to values: native readings first, then one call up for the rest.
//!
//! INVARIANT 2, gate before read: [`gather`] takes a [`Released`] and looks at nothing else.

use std::collections::BTreeMap;

use super::budget::Answers;
use super::{Absent, Deadlines, ReadBudget, Reading, Reason as Unread, System, read};
use crate::gate::{Reason, Released, ReleasedItem, Remedy, Withheld};
use crate::payload::transform::usable_ad_id;
use crate::register::{
    BadValue, Identifies, Instant, ItemId, ItemType, Necessity, Register, RowItem, Source,
};
use crate::register::{Transform, Value};

/// The switch by which the platform limits ad tracking. Asked of the provider together with a released ad
/// identifier or pseudonym, never shared; without the answer `false` it counts as limited.
pub const TRACKING_LIMITED: &str = "ad.tracking_limited";

/// The random id of this install, which the SDK makes itself.
pub const INSTALL_ID: &str = "device.install_id";

/// How long a value that names a device is kept in memory before it is read again for the same purpose: a day.
const WINDOW_MILLIS: i64 = 86_400_000;

/// The values of released items. Can't be made of anything else.
#[derive(Debug)]
pub struct Gathered<'r> {
    released: Released<'r>,
    values: BTreeMap<ItemId, Value>,
    absent: Vec<Withheld>,
}

/// The provider gave something that does not fit, or failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GatherError<E> {
    /// The provider failed.
    #[error("provider: {0}")]
    Provider(E),
    /// An item that was not asked for, or that is there twice.
    #[error("{0}: was not asked for, or stands twice")]
    NotAsked(ItemId),
    /// A value that is not of the item's type or bounds.
    #[error("{item}: {bad}")]
    Value {
        /// The item.
        item: ItemId,
        /// The rule it breaks.
        bad: BadValue,
    },
}

/// With what items are read.
pub struct Reader<'a> {
    /// The machine.
    pub system: &'a dyn System,
    /// Sees that what names a device is read at most once per process and purpose window.
    pub budget: &'a ReadBudget,
    /// How long reading may take.
    pub deadlines: Deadlines,
    /// The value of [`INSTALL_ID`].
    pub install_id: &'a str,
}

/// What earlier tries of one share have read. It is used again for what is released again, so that a share that begins
/// anew asks nothing twice; and it is entered in the ledger whatever became of it.
#[derive(Default)]
pub struct Earlier {
    answers: Answers,
    limited: Option<bool>,
    read: Vec<ItemId>,
}

impl Earlier {
    /// The items that were read on the device or asked of the provider, not taken from memory.
    pub fn read(&self) -> &[ItemId] {
        &self.read
    }

    fn lacks(&self, item: &RowItem) -> bool {
        !self.answers.contains_key(&item.id)
    }
}

/// What the provider gave.
pub type Provided = Vec<(ItemId, Option<Value>)>;

impl<'r> Gathered<'r> {
    /// What the gate released.
    pub fn released(&self) -> &Released<'r> {
        &self.released
    }

    /// The released items that have a value, with it.
    pub fn values(&self) -> impl Iterator<Item = (&ReleasedItem<'r>, &Value)> {
        self.released.items().iter().filter_map(|item| Some((item, self.values.get(&item.item().id)?)))
    }

    /// The released items that are pseudonyms, made and not read; none where tracking is limited.
    pub fn pseudonyms(&self) -> impl Iterator<Item = &ReleasedItem<'r>> {
        let absent = |item: &ItemId| self.absent.iter().any(|absent| absent.item == *item);
        let items = self.released.items().iter();
        items.filter(move |item| item.item().transform == Transform::Pseudonym && !absent(&item.item().id))
    }

    /// The released items that have none.
    pub fn absent(&self) -> &[Withheld] {
        &self.absent
    }

    /// If an item that the row does not run without has no value: every item, withheld.
    pub fn incomplete(&self) -> Option<Vec<Withheld>> {
        let missing = |withheld: &&Withheld| {
            let item = self.released.row().item(&withheld.item);
            item.is_some_and(|item| item.necessity == Necessity::Required)
        };
        self.absent.iter().find(missing)?;
        Some(self.withhold_all(Reason::RequiredItemWithheld, Remedy::RequiredItem))
    }

    /// Every item withheld: those with a value for this reason.
    pub fn withhold_all(&self, reason: Reason, remedy: Remedy) -> Vec<Withheld> {
        let withheld = |item: &ReleasedItem<'r>| {
            let id = &item.item().id;
            let absent = self.absent.iter().find(|absent| absent.item == *id).cloned();
            absent.unwrap_or(Withheld { item: id.clone(), reason, remedy })
        };
        self.released.items().iter().map(withheld).collect()
    }
}

/// Reads what was released, as far as no earlier try has. `provide` is called at most once, and only if something is
/// wanted of it. Events are not read (they were recorded), and a pseudonym is made, not read.
pub fn gather<'r, E>(
    released: Released<'r>,
    register: &Register,
    reader: &Reader<'_>,
    at: Instant,
    earlier: &mut Earlier,
    provide: impl FnOnce(Vec<ItemId>) -> Result<Provided, E>,
) -> Result<Gathered<'r>, GatherError<E>> {
    let items = released.items().iter().map(ReleasedItem::item);
    let to_read: Vec<&RowItem> = items.filter(|item| is_read(item) && earlier.lacks(item)).collect();
    let tracked = earlier.limited.is_none() && released.items().iter().any(|item| tracks(item.item()));
    let (kept, plain): (Vec<&RowItem>, Vec<&RowItem>) = to_read.into_iter().partition(|item| is_kept(item));
    let kept_ids: Vec<ItemId> = kept.iter().map(|item| item.id.clone()).collect();
    let purpose = &register_purpose(&released);
    let window = Instant::from_millis(at.millis() / WINDOW_MILLIS * WINDOW_MILLIS).unwrap_or(at);
    let mut session = Session { register, reader, earlier };
    let from_memory = reader.budget.get_or_read(&kept_ids, purpose, window, |missing| {
        let wanted = plain.iter().map(|item| (item.id.clone(), item.source));
        let wanted = wanted.chain(missing.iter().map(|id| (id.clone(), Source::Device))).collect();
        session.run(wanted, tracked, provide)?;
        let answer = |id: ItemId| session.earlier.answers.remove(&id).map(|answer| (id, answer));
        Ok::<_, GatherError<E>>(missing.into_iter().filter_map(answer).collect())
    })?;
    session.earlier.answers.extend(from_memory);
    Ok(session.finish(released))
}

/// Whether the limit-tracking switch bears on the item.
fn tracks(item: &RowItem) -> bool {
    item.transform == Transform::Pseudonym || item.transform.is_linkable() || is_ad_id(item)
}

fn register_purpose(released: &Released<'_>) -> crate::register::PurposeId {
    released.row().canonical().purpose.clone()
}

fn is_read(item: &RowItem) -> bool {
    item.kind != ItemType::Event && item.transform != Transform::Pseudonym
}

/// Whether the value names a device, so that it is read once per window and kept.
fn is_kept(item: &RowItem) -> bool {
    item.source == Source::Device && item.identifies != Identifies::Nobody && item.id.as_str() != INSTALL_ID
}

fn is_ad_id(item: &RowItem) -> bool {
    ["oaid", "aaid", "gaid", "idfa"]
        .iter()
        .any(|name| item.id.as_str().split('.').any(|segment| segment == *name))
}

/// One gathering, which adds to what was read before.
struct Session<'a> {
    register: &'a Register,
    reader: &'a Reader<'a>,
    earlier: &'a mut Earlier,
}

impl Session<'_> {
    fn run<E>(
        &mut self,
        wanted: Vec<(ItemId, Source)>,
        tracked: bool,
        provide: impl FnOnce(Vec<ItemId>) -> Result<Provided, E>,
    ) -> Result<(), GatherError<E>> {
        let platform = self.reader.system.platform();
        let is_native =
            |(id, source): &(ItemId, Source)| *source == Source::Device && id.as_str() != INSTALL_ID;
        let (native, rest): (Vec<_>, Vec<_>) = wanted.into_iter().partition(is_native);
        let native: Vec<ItemId> = native.into_iter().map(|(id, _)| id).collect();
        let mut asked: Vec<ItemId> = Vec::new();
        for (id, _) in rest {
            if id.as_str() == INSTALL_ID {
                self.earlier.answers.insert(id, Ok(Value::Text(self.reader.install_id.to_owned())));
            } else {
                asked.push(id);
            }
        }
        for reading in read(&native, self.reader.system, self.reader.deadlines) {
            self.earlier.read.push(reading.item.clone());
            if reading.falls_to_provider(platform) || is_unknown(&reading) {
                asked.push(reading.item.clone());
            }
            self.earlier.answers.insert(reading.item, reading.value);
        }
        if tracked {
            asked.extend(ItemId::new(TRACKING_LIMITED));
        }
        if asked.is_empty() {
            return Ok(());
        }
        let provided = provide(asked.clone()).map_err(GatherError::Provider)?;
        self.take(&asked, provided)
    }

    fn take<E>(&mut self, asked: &[ItemId], provided: Provided) -> Result<(), GatherError<E>> {
        let mut open: Vec<&ItemId> = asked.iter().collect();
        if asked.iter().any(|id| id.as_str() == TRACKING_LIMITED) {
            self.earlier.limited = Some(true);
        }
        for (id, value) in provided {
            let place = open.iter().position(|asked| **asked == id);
            open.swap_remove(place.ok_or_else(|| GatherError::NotAsked(id.clone()))?);
            if !self.earlier.read.contains(&id) && id.as_str() != TRACKING_LIMITED {
                self.earlier.read.push(id.clone());
            }
            let Some(value) = value else { continue };
            if id.as_str() == TRACKING_LIMITED {
                self.earlier.limited = Some(value != Value::Boolean(false));
                continue;
            }
            if let Some(item) = self.register.item(&id) {
                item.check(&value).map_err(|bad| GatherError::Value { item: id.clone(), bad })?;
            }
            self.earlier.answers.insert(id, Ok(value));
        }
        for id in asked.iter().filter(|id| id.as_str() != TRACKING_LIMITED) {
            let unanswered = || Err(Absent { reason: Unread::NeedsProvider });
            self.earlier.answers.entry(id.clone()).or_insert_with(unanswered);
        }
        Ok(())
    }

    /// INVARIANT 7: where tracking is limited, ad identifiers and pseudonyms are absent and never replaced.
    fn finish<'r>(self, released: Released<'r>) -> Gathered<'r> {
        let limited = self.earlier.limited.unwrap_or(true);
        let mut values = BTreeMap::new();
        let mut absent = Vec::new();
        for item in released.items().iter().map(ReleasedItem::item) {
            let blocked = limited && tracks(item);
            let value = match self.earlier.answers.get(&item.id) {
                Some(Ok(Value::Text(id))) if is_ad_id(item) || item.transform.is_linkable() => {
                    usable_ad_id(id).map(|id| Value::Text(id.to_owned()))
                }
                Some(Ok(value)) => Some(value.clone()),
                _ => None,
            };
            match value {
                _ if !blocked && !is_read(item) => {}
                Some(value) if !blocked => drop(values.insert(item.id.clone(), value)),
                _ => {
                    let (reason, remedy) = match item.source {
                        Source::Host if !blocked => (Reason::NotProvided, Remedy::Provide),
                        _ => (Reason::Absent, Remedy::Nothing),
                    };
                    absent.push(Withheld { item: item.id.clone(), reason, remedy });
                }
            }
        }
        Gathered { released, values, absent }
    }
}

/// Whether the item is no signal of the catalogue, so that only the provider can know it.
fn is_unknown(reading: &Reading) -> bool {
    reading.value == Err(Absent { reason: Unread::NotASignal })
}
