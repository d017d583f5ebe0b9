//! The decision. Read it from the top: what holds for the row, then for each item, then for both together.

use std::cell::Cell;

use super::ask::{Ask, Standing};
use super::reason::{Reason, Remedy, Withheld};
use super::released::{Basis, Released, ReleasedItem};
use crate::consent::{Acceptance, Answer, AnswerId, Answers, Manner, State};
use crate::register::document::Minors;
use crate::register::{Age, CanonicalRow, Ground, Hash, Instant, ItemId, Necessity, Row, RowItem};

/// Why not, and what would change it.
type No = (Reason, Remedy);

/// What was decided about one item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ItemDecision<'r> {
    /// The item in its row.
    pub item: &'r RowItem,
    /// On what it is released, or why it is withheld.
    pub outcome: Result<Basis, No>,
}

/// What was decided about a row: every item of it, in the row's order.
#[derive(Debug)]
pub struct Decision<'r> {
    row: &'r Row,
    generation: u64,
    items: Vec<ItemDecision<'r>>,
}

impl<'r> Decision<'r> {
    /// Every item's outcome.
    pub fn items(&self) -> &[ItemDecision<'r>] {
        &self.items
    }

    /// Whether anything leaves.
    pub fn is_permitted(&self) -> bool {
        self.items.iter().any(|item| item.outcome.is_ok())
    }

    /// The items that stay, with reasons.
    pub fn withheld(&self) -> Vec<Withheld> {
        let withheld = |item: &ItemDecision| {
            let (reason, remedy) = item.outcome.err()?;
            Some(Withheld { item: item.item.id.clone(), reason, remedy })
        };
        self.items.iter().filter_map(withheld).collect()
    }

    /// What may leave, if anything does.
    pub fn released(&self) -> Option<Released<'r>> {
        let released = |item: &ItemDecision<'r>| Some(ReleasedItem::new(item.item, item.outcome.ok()?));
        let items: Vec<ReleasedItem<'r>> = self.items.iter().filter_map(released).collect();
        (!items.is_empty()).then(|| Released::new(self.row, items, self.generation))
    }
}

/// Decides. Total: every input has an answer, and the answer names every item of the row.
pub fn decide<'r>(ask: &Ask<'r>, standing: &Standing<'_>) -> Decision<'r> {
    let row = ask.row;
    let ground = row_ground(ask, standing);
    let way = way(ask, standing);
    let decide_item = |item: &'r RowItem| ItemDecision {
        item,
        outcome: match &ground {
            Ok(ground) => ground.item(ask, item).and_then(|basis| way.map(|()| basis)),
            Err(no) => Err(*no),
        },
    };
    let mut items: Vec<ItemDecision<'r>> = row.items.iter().map(decide_item).collect();
    let missing =
        |item: &ItemDecision<'_>| item.item.necessity == Necessity::Required && item.outcome.is_err();
    if items.iter().any(missing) {
        for item in items.iter_mut().filter(|item| item.outcome.is_ok()) {
            item.outcome = Err((Reason::RequiredItemWithheld, Remedy::RequiredItem));
        }
    }
    let generation = match standing {
        Standing::Unavailable => 0,
        Standing::Known { answers, .. } => answers.generation(),
    };
    Decision { row, generation, items }
}

/// A row as it was by its hash, and it itself if what was said to it holds for the row as it is.
type Held<'a> = (Hash, Option<&'a CanonicalRow>);

/// What holds for the whole row, on which each item's own ground is looked for.
struct RowGround<'a> {
    answers: &'a Answers,
    /// The answers about this row and party.
    about: &'a [Answer],
    accepted: &'a Acceptance,
    /// Consents have to be a guardian's.
    guardian: bool,
    /// The recipient's request, where the row runs on one.
    request: Result<(), No>,
    current: bool,
    expiry_time: Instant,
    last_off: Option<u64>,
    items_last_off: &'a [(ItemId, u64)],
    /// What was compared last: the answers of a row were mostly given for the same version of it.
    compared: Cell<Option<Held<'a>>>,
}

fn row_ground<'a>(ask: &Ask<'_>, standing: &Standing<'a>) -> Result<RowGround<'a>, No> {
    let Standing::Known { answers, current, expiry_time, last_off, items_last_off, .. } = *standing else {
        return Err((Reason::VaultUnavailable, Remedy::Vault));
    };
    if ask.row.off {
        return Err((Reason::RowOff, Remedy::Nothing));
    }
    let (accepted, disclosed) = notice(ask, answers, last_off)?;
    let guardian = age(ask, accepted)?;
    let about = answers.about(&ask.row.id, ask.party);
    let duty = ask.row.items.iter().any(|item| item.ground == Ground::StatutoryDuty);
    let request = if duty { request(ask) } else { Ok(()) };
    let compared = Cell::new(disclosed);
    Ok(RowGround {
        answers,
        about,
        accepted,
        guardian,
        request,
        current,
        expiry_time,
        last_off,
        items_last_off,
        compared,
    })
}

/// Whether there is a way to the party now: not too often, and with keys on both sides.
fn way(ask: &Ask<'_>, standing: &Standing<'_>) -> Result<(), No> {
    let Standing::Known { recent, party, .. } = standing else { return Ok(()) };
    frequency(ask, recent)?;
    if !party.has_key {
        return Err((Reason::NoPartyKey, Remedy::PartyKey));
    }
    if !party.enrolled {
        return Err((Reason::NotEnrolled, Remedy::Enrol));
    }
    Ok(())
}

impl<'a> RowGround<'a> {
    fn item(&self, ask: &Ask<'_>, item: &RowItem) -> Result<Basis, No> {
        if item.off {
            return Err((Reason::ItemOff, Remedy::Nothing));
        }
        self.request?;
        let answer = match item.ground {
            Ground::Contract | Ground::StatutoryDuty => {
                if self.last_off(item).is_some_and(|off| self.accepted.register_version <= off) {
                    return Err((Reason::SwitchedOffSince, Remedy::AcceptNotice { version: ask.row.notice }));
                }
                self.unrefused(item)?
            }
            Ground::Consent | Ground::SeparateConsent => self.consent(ask.row, item)?.id,
        };
        Ok(Basis { ground: item.ground, answer })
    }

    /// The register version at which the item, or its row, was last off.
    fn last_off(&self, item: &RowItem) -> Option<u64> {
        let of_item = self.items_last_off.iter().find(|(id, _)| *id == item.id).map(|(_, version)| *version);
        of_item.max(self.last_off)
    }

    /// The answer about this item, or (none) about those that are asked together.
    fn answer_to(&self, item: Option<&ItemId>) -> Option<&'a Answer> {
        let found = self.about.binary_search_by(|answer| answer.subject.item.as_ref().cmp(&item));
        found.ok().map(|index| &self.about[index])
    }

    // INVARIANT 6: an optional item may be refused on any ground. INVARIANT 4: and if the answers may be older than
    // the latest ones, it may have been.
    fn unrefused(&self, item: &RowItem) -> Result<AnswerId, No> {
        if item.necessity == Necessity::Optional && !self.current {
            return Err((Reason::AnswersOutdated, Remedy::Grant));
        }
        let said = self.answer_to(Some(&item.id)).map(|answer| answer.state);
        match (item.necessity, said) {
            (Necessity::Optional, Some(State::Refused)) => Err((Reason::Refused, Remedy::Grant)),
            (Necessity::Optional, Some(State::Withdrawn)) => Err((Reason::Withdrawn, Remedy::Grant)),
            _ => Ok(self.accepted.id),
        }
    }

    /// The consent an item rests on: its own answer goes before its row's.
    fn consent(&self, row: &Row, item: &RowItem) -> Result<&'a Answer, No> {
        if !self.current {
            return Err((Reason::AnswersOutdated, Remedy::Grant));
        }
        let own = self.answer_to(Some(&item.id));
        let answer = if item.asks_alone() { own } else { own.or_else(|| self.answer_to(None)) };
        let answer = answer.ok_or((Reason::NotAsked, Remedy::Grant))?;
        match answer.state {
            State::Asked => return Err((Reason::NotAsked, Remedy::Grant)),
            State::Refused => return Err((Reason::Refused, Remedy::Grant)),
            State::Withdrawn => return Err((Reason::Withdrawn, Remedy::Grant)),
            State::Granted => {}
        }
        if self.expiry_time >= answer.expires {
            return Err((Reason::Expired, Remedy::Grant));
        }
        if !self.reaches(row, item, answer) {
            return Err((Reason::RowWidened, Remedy::Grant));
        }
        if self.last_off(item).is_some_and(|off| answer.register_version <= off) {
            return Err((Reason::SwitchedOffSince, Remedy::Grant));
        }
        // PIPL 28, 31: everything of a person under 14 is sensitive, so it needs a consent of its own.
        let separate = item.ground == Ground::SeparateConsent || self.guardian;
        if separate && answer.manner == Manner::Bundled {
            return Err((Reason::NotSeparate, Remedy::Grant));
        }
        if self.guardian && !answer.guardian {
            return Err((Reason::GuardianRequired, Remedy::Guardian));
        }
        Ok(answer)
    }

    // INVARIANT 5: an answer holds for a changed row only if that shares no more; and a grant never reached
    // items that then stood on contract or law, nor the row's grant those that were asked alone.
    fn reaches(&self, row: &Row, item: &RowItem, answer: &Answer) -> bool {
        if answer.row_hash == row.hash() {
            return true;
        }
        let with_row = answer.subject.item.is_none();
        let then = self.held(row, answer.row_hash).and_then(|then| then.item(&item.id));
        then.is_some_and(|then| then.asks_consent() && !(with_row && then.asks_alone()))
    }

    fn held(&self, row: &Row, hash: Hash) -> Option<&'a CanonicalRow> {
        match self.compared.get() {
            Some((known, then)) if known == hash => then,
            _ => {
                let then = held(self.answers, row, hash);
                self.compared.set(Some((hash, then)));
                then
            }
        }
    }
}

/// The row of this hash, if what was said to it holds for the row as it is (invariant 5).
fn held<'a>(answers: &'a Answers, row: &Row, hash: Hash) -> Option<&'a CanonicalRow> {
    answers.canonical(&hash).filter(|then| row.is_held_by(then, hash))
}

// INVARIANT 1: no row runs, contract included, before its notice was accepted (PIPL 17).
fn notice<'a>(
    ask: &Ask<'_>,
    answers: &'a Answers,
    last_off: Option<u64>,
) -> Result<(&'a Acceptance, Option<Held<'a>>), No> {
    let again = Remedy::AcceptNotice { version: ask.row.notice };
    let accepted = answers.acceptance().ok_or((Reason::NoticeNotAccepted, again))?;
    let hash = *accepted.rows.get(&ask.row.id).ok_or((Reason::NoticeOutdated, again))?;
    let compared = (hash != ask.row.hash()).then(|| (hash, held(answers, ask.row, hash)));
    let holds = compared.is_none_or(|(_, then)| then.is_some());
    if accepted.version < ask.row.notice || !holds {
        return Err((Reason::NoticeOutdated, again));
    }
    if last_off.is_some_and(|off| accepted.register_version <= off) {
        return Err((Reason::SwitchedOffSince, again));
    }
    Ok((accepted, compared))
}

// INVARIANT 12: under 14 without a guardian's answer nothing leaves, contract rows too. Returns whether
// consents have to be a guardian's.
fn age(ask: &Ask<'_>, accepted: &Acceptance) -> Result<bool, No> {
    match (ask.age, ask.row.minors) {
        (Age::Under14, Minors::Never) => Err((Reason::NotForMinors, Remedy::Nothing)),
        (Age::Under14, Minors::Guardian) if !accepted.guardian => {
            Err((Reason::GuardianRequired, Remedy::Guardian))
        }
        (Age::Under14, Minors::Guardian) => Ok(true),
        (Age::Unknown | Age::Over14, _) => Ok(false),
    }
}

// INVARIANT 11: never by itself and never on the host's word alone.
fn request(ask: &Ask<'_>) -> Result<(), No> {
    let request = ask.request.ok_or((Reason::RequestRequired, Remedy::SignedRequest))?;
    if request.secret {
        return Err((Reason::RequestSecret, Remedy::Nothing));
    }
    if ask.order != Some(&request.order) {
        return Err((Reason::RequestMismatch, Remedy::SignedRequest));
    }
    Ok(())
}

fn frequency(ask: &Ask<'_>, recent: &[Instant]) -> Result<(), No> {
    let Some(limit) = &ask.row.frequency else { return Ok(()) };
    let (most, within) = (limit.most as usize, limit.within.millis());
    // A hand-over dated after now counts too: a clock turned back must not open the window.
    let counted = |now: i64| recent.iter().filter(|at| now - at.millis() < within).count();
    if counted(ask.at.millis()) < most {
        return Ok(());
    }
    // As hand-overs fall out of the window, one by one, it opens.
    let falls_out = recent.iter().map(|at| at.plus_millis(within));
    let until = falls_out.filter(|then| counted(then.millis()) < most).min();
    Err((Reason::TooFrequent, Remedy::Wait { until: until.unwrap_or(Instant::MAX) }))
}
