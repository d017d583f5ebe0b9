//! Invariants 1, 4 and 6: a ground for everything, gone at once, and no purchase broken.

use proptest::prelude::*;
use sluicegate::consent::Subject;
use sluicegate::gate::Reason;
use sluicegate::register::{Ground, Necessity, Register};

use super::lively;
use crate::world::oracle::{grant_for, last_acceptance, on_consent, shares_no_more, written, written_item};
use crate::world::plan::Verb;

proptest! {
    /// Each item of a payload stands in the row and its own ground holds now; no row runs before its notice.
    #[test]
    fn invariant_1_nothing_without_a_ground(world in lively()) {
        let moment = world.moment();
        let document = world.register().document();
        let row = written(document, &moment.row.id).unwrap();
        let named: Vec<String> = moment.outcomes().iter().map(|(id, _)| id.to_string()).collect();
        let items: Vec<String> = row.items.iter().map(|item| item.item.clone()).collect();
        prop_assert_eq!(named, items, "every item of the row is decided, once, in order");
        for (id, basis) in moment.released() {
            let item = written_item(row, &id).unwrap();
            prop_assert_eq!(basis.ground, item.ground);
            let (accepted, version) = last_acceptance(&world).expect("released before any notice");
            prop_assert!(version >= row.notice, "released before the notice that discloses it");
            let accepted_under = &world.registers[accepted.register];
            prop_assert!(shares_no_more(accepted_under, world.register(), &moment.row.id));
            prop_assert!(written(accepted_under.document(), &moment.row.id).unwrap().notice <= version);
            let off = |register: &Register| register.row(&moment.row.id).is_some_and(|row| row.off);
            let off_since = |from: usize| world.registers[from..=world.current].iter().any(off);
            prop_assert!(!off_since(accepted.register), "switched off since");
            if on_consent(item) {
                let (grant, together) =
                    grant_for(&world, &moment.row.id, &moment.party, &id).expect("released without a grant");
                prop_assert!(item.ground == Ground::Consent || together == 1, "not a consent of its own");
                let lasts = written(world.registers[grant.register].document(), &moment.row.id).unwrap()
                    .consent_lasts.millis();
                prop_assert!(moment.at.millis() < grant.at.millis() + lasts, "expired");
                prop_assert!(!off_since(grant.register), "switched off since");
                let answer = moment.answers.given().iter().find(|answer| answer.id == basis.answer).unwrap();
                prop_assert_eq!(answer.at, grant.at);
                prop_assert!(moment.current, "consent on answers that may be old");
            } else {
                let optional = item.necessity == Necessity::Optional;
                prop_assert!(moment.current || !optional, "it may have been refused since");
                prop_assert_eq!(basis.answer, moment.answers.acceptance().unwrap().id);
            }
        }
    }

    /// A row whose notice is newer than the accepted one does not run, however little it changed.
    #[test]
    fn invariant_1_no_row_runs_before_its_notice(world in lively(), newer in 1..3_u32) {
        let mut moment = world.moment();
        let version = last_acceptance(&world).map_or(0, |(_, version)| version);
        moment.row.notice = version + newer;
        prop_assert!(moment.released().is_empty(), "released before its notice was accepted");
    }

    /// A withdrawal that returned wins, whatever was granted before.
    #[test]
    fn invariant_4_what_was_withdrawn_stays(world in lively(), whole in any::<bool>()) {
        let before = world.moment();
        for (id, basis) in before.released() {
            let optional = before.row.item(&id).unwrap().necessity == Necessity::Optional;
            let consent = matches!(basis.ground, Ground::Consent | Ground::SeparateConsent);
            if !consent && (whole || !optional) {
                continue;
            }
            let mut world = world.clone();
            let item = (!whole).then(|| id.clone());
            let subject = Subject { row: before.row.id.clone(), party: before.party.clone(), item };
            world.say(Verb::Withdraw, &[subject], false).unwrap();
            prop_assert!(world.moment().outcome(&id).is_err(), "{} left after its withdrawal", id);
        }
    }

    /// A refused optional item is withheld, and nothing else changes.
    #[test]
    fn invariant_6_refusing_what_is_optional_breaks_nothing(world in lively(), pick in 0..6_usize) {
        let before = world.moment();
        let row = before.row.clone();
        let optional: Vec<_> = row.items.iter().filter(|item| item.necessity == Necessity::Optional).collect();
        let Some(item) = optional.get(pick % optional.len().max(1)) else { return Ok(()) };
        let mut refused = world.clone();
        let subject = Subject { row: row.id.clone(), party: before.party.clone(), item: Some(item.id.clone()) };
        refused.say(Verb::Refuse, &[subject], false).unwrap();
        let after = refused.moment();
        prop_assert!(after.outcome(&item.id).is_err(), "a refused item left");
        for (id, outcome) in before.outcomes() {
            if id != item.id {
                prop_assert_eq!(after.outcome(&id), outcome, "{} changed with a refusal of {}", id, item.id);
            }
        }
    }

    /// A vault that can't be used withholds everything and says so.
    #[test]
    fn invariant_6_an_unusable_vault_withholds_everything(world in lively()) {
        let mut moment = world.moment();
        moment.available = false;
        for (_, outcome) in moment.outcomes() {
            prop_assert_eq!(outcome, Err(Reason::VaultUnavailable));
        }
    }
}
