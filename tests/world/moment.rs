//! Everything one decision is made from, owned, so that a property can change one thing and decide again.

use super::sluicegate::consent::Answers;
use super::sluicegate::gate::{Ask, Basis, Decision, PartyStanding, Reason, Request, Standing, decide};
use super::sluicegate::register::{Age, Instant, ItemId, OrderId, PartyId, Row};

#[derive(Debug, Clone)]
pub struct Moment {
    pub row: Row,
    pub party: PartyId,
    pub order: Option<OrderId>,
    pub age: Age,
    pub at: Instant,
    pub request: Option<Request>,
    pub available: bool,
    pub answers: Answers,
    pub current: bool,
    pub expiry_time: Instant,
    pub last_off: Option<u64>,
    pub recent: Vec<Instant>,
    pub standing: PartyStanding,
}

/// An item's outcome without the remedy.
pub type Outcome = Result<Basis, Reason>;

impl Moment {
    pub fn decide(&self) -> Decision<'_> {
        let ask = Ask {
            row: &self.row,
            party: &self.party,
            order: self.order.as_ref(),
            age: self.age,
            at: self.at,
            request: self.request.as_ref(),
        };
        let standing = if self.available {
            Standing::Known {
                answers: &self.answers,
                current: self.current,
                expiry_time: self.expiry_time,
                last_off: self.last_off,
                items_last_off: &[],
                recent: &self.recent,
                party: self.standing,
            }
        } else {
            Standing::Unavailable
        };
        decide(&ask, &standing)
    }

    /// Every item of the row with its outcome.
    pub fn outcomes(&self) -> Vec<(ItemId, Outcome)> {
        let decision = self.decide();
        let each = decision.items().iter();
        each.map(|item| (item.item.id.clone(), item.outcome.map_err(|(reason, _)| reason))).collect()
    }

    /// What leaves, with the ground it leaves on.
    pub fn released(&self) -> Vec<(ItemId, Basis)> {
        self.outcomes().into_iter().filter_map(|(id, outcome)| Some((id, outcome.ok()?))).collect()
    }

    pub fn outcome(&self, id: &ItemId) -> Outcome {
        self.outcomes().into_iter().find(|(item, _)| item == id).unwrap().1
    }
}
