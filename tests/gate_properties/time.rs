//! Invariants 9 and 10: the same inputs decide the same, and a clock turned back revives nothing.

use proptest::prelude::*;
use sluicegate::consent::{HighWater, Subject};
use sluicegate::gate::Reason;
use sluicegate::register::document::Frequency;
use sluicegate::register::{Ground, Instant, Necessity, Register};

use super::{HOUR, lively};
use crate::world::plan::Verb;
use crate::world::play::{BEGINNING, party};

proptest! {
    /// The same inputs, the same decision: after a journey through JSON, and whatever others said.
    #[test]
    fn invariant_9_same_inputs_same_decision(world in lively(), noise in prop::collection::vec(any::<bool>(), 3)) {
        let moment = world.moment();
        let before = moment.outcomes();
        prop_assert_eq!(&before, &moment.outcomes());
        let mut other = world.clone();
        let json = serde_json::to_vec(&other.answers).unwrap();
        other.answers = serde_json::from_slice(&json).unwrap();
        prop_assert_eq!(&other.answers, &world.answers);
        let register = serde_json::to_vec(world.register().document()).unwrap();
        let current = other.current;
        other.registers[current] = Register::parse(&register).unwrap();
        prop_assert_eq!(&before, &other.moment().outcomes());
        // What is said about another party or another row is no input of this decision.
        let elsewhere = party(world.ask.party + 1);
        for (row, granted) in world.register().rows().iter().zip(noise) {
            let party = if row.id == moment.row.id { elsewhere.clone() } else { moment.party.clone() };
            let verb = if granted { Verb::Grant } else { Verb::Refuse };
            let _ = other.say(verb, &[Subject { row: row.id.clone(), party, item: None }], granted);
        }
        prop_assert_eq!(&before, &other.moment().outcomes());
    }

    /// A clock that is turned back never revives a consent that had expired.
    #[test]
    fn invariant_10_a_clock_turned_back_revives_nothing(
        world in lively(), forward in prop::collection::vec(1..24_i64, 0..40), back in 1..20_000_i64,
    ) {
        // The marks as the clock walks on by less than a day each time.
        let mut moment = world.moment();
        let mut mark = HighWater::default().confirmed(moment.at);
        for hours in &forward {
            moment.at = moment.at.plus_millis(hours * HOUR);
            mark = mark.seen(moment.at);
        }
        moment.expiry_time = mark.expiry_time(moment.at);
        let then = moment.outcomes();
        let walked = moment.at;
        moment.at = moment.at.plus_millis(-back * HOUR);
        mark = mark.seen(moment.at);
        moment.expiry_time = mark.expiry_time(moment.at);
        prop_assert!(moment.expiry_time >= walked, "the mark went back with the clock");
        for (id, outcome) in then {
            if outcome == Err(Reason::Expired) {
                prop_assert!(moment.outcome(&id).is_err(), "{} revived", id);
            }
        }
    }

    /// A row never runs more often than it may, however the hand-overs are dated.
    #[test]
    fn frequency_a_row_never_runs_more_often_than_it_may(
        world in lively(), most in 1..4_u32, hours in prop::collection::vec(-30..30_i64, 0..6),
    ) {
        let mut moment = world.moment();
        let within = crate::world::document::period("P1D");
        moment.row.frequency = None;
        let before = moment.outcomes();
        moment.row.frequency = Some(Frequency { most, within });
        moment.recent = hours.iter().map(|ago| moment.at.plus_millis(-ago * HOUR)).collect();
        let counted = hours.iter().filter(|ago| **ago < 24).count();
        if counted >= most as usize {
            prop_assert!(moment.released().is_empty(), "{counted} in a day, of {most}");
        } else {
            prop_assert_eq!(moment.outcomes(), before);
        }
    }

    /// A consent holds up to the millisecond at which it expires, and not on it.
    #[test]
    fn invariant_10_a_consent_expires_on_time(world in lively()) {
        let moment = world.moment();
        for (id, basis) in moment.released() {
            let Some(answer) = moment.answers.given().iter().find(|answer| answer.id == basis.answer) else { continue };
            let mut late = moment.clone();
            late.expiry_time = answer.expires;
            prop_assert_eq!(late.outcome(&id), Err(Reason::Expired));
        }
    }

    /// The mark serves consent expiry alone: what stands on contract or duty does not see it.
    #[test]
    fn invariant_10_only_consent_expires(world in lively(), mark in 0..4_i64) {
        let mut moment = world.moment();
        let required_consent = moment.row.items.iter().any(|item| {
            item.necessity == Necessity::Required && matches!(item.ground, Ground::Consent | Ground::SeparateConsent)
        });
        let before = moment.outcomes();
        moment.expiry_time = Instant::from_millis(BEGINNING * mark).unwrap();
        for (id, outcome) in before {
            let ground = moment.row.item(&id).unwrap().ground;
            if matches!(ground, Ground::Contract | Ground::StatutoryDuty) && !required_consent {
                prop_assert_eq!(moment.outcome(&id), outcome);
            }
        }
        // And a jump of more than a day moves nothing until trusted time confirms it.
        let start = Instant::from_millis(BEGINNING).unwrap();
        let jumped = start.plus_millis((25 + mark) * HOUR);
        let marked = HighWater::default().seen(start).seen(jumped);
        prop_assert_eq!(marked.expiry_time(start), start);
        prop_assert_eq!(marked.confirmed(jumped).expiry_time(start), jumped);
    }
}
