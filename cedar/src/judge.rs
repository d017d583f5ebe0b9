//! Asks Cedar what the gate is asked: what of a row leaves, and which rules withhold the rest.

use std::collections::BTreeSet;
use std::str::FromStr;

use cedar_policy::{
    Authorizer, Context, Decision, Entities, EntityUid, PolicySet, Request, RestrictedExpression as Fact,
    Schema, ValidationMode, Validator,
};
use sluicegate::consent::Answer;

use crate::facts::{self, Facts, age, set, text, uid};
use crate::world::moment::Moment;
use crate::world::play::Played;

/// The policies, one set for each question.
pub struct Judge {
    covers: PolicySet,
    rests_on: PolicySet,
    stands: PolicySet,
    leaves: PolicySet,
    authorizer: Authorizer,
}

/// What Cedar says about one item: nothing if it leaves, else the ids of the policies that withhold it.
pub type Verdict = (String, Option<BTreeSet<String>>);

struct Case<'w> {
    judge: &'w Judge,
    moment: &'w Moment,
    world: &'w Played,
    entities: Entities,
}

impl Judge {
    /// Reads the policies and validates them, strictly, against the schema.
    pub fn new() -> Self {
        let schema = include_str!("../policies/gate.cedarschema");
        let (schema, _) = Schema::from_cedarschema_str(schema).expect("the schema is well formed");
        let validator = Validator::new(schema);
        let read = |source: &str| {
            let policies = PolicySet::from_str(source).expect("the policies are well formed");
            let validated = validator.validate(&policies, ValidationMode::default());
            assert!(validated.validation_passed(), "{validated}");
            policies
        };
        Self {
            covers: read(include_str!("../policies/covers.cedar")),
            rests_on: read(include_str!("../policies/rests_on.cedar")),
            stands: read(include_str!("../policies/stands.cedar")),
            leaves: read(include_str!("../policies/leaves.cedar")),
            authorizer: Authorizer::new(),
        }
    }

    /// Every item of the asked row.
    pub fn verdicts(&self, world: &Played, moment: &Moment) -> Vec<Verdict> {
        Case::new(self, world, moment).verdicts()
    }
}

impl<'w> Case<'w> {
    fn new(judge: &'w Judge, world: &'w Played, moment: &'w Moment) -> Self {
        let mut entities = Vec::new();
        let id = moment.row.id.as_str();
        // The row as every version had it, and as it is now.
        for register in &world.registers {
            let document = register.document();
            if let Some(row) = document.rows.iter().find(|row| row.id == id) {
                entities.push(facts::row(&format!("version {}", document.version), document, row));
            }
        }
        let document = world.register().document();
        let row = document.rows.iter().find(|row| row.id == id).expect("asked about");
        entities.push(facts::row("now", document, row));
        let case = Self { judge, moment, world, entities: Entities::empty() };
        for answer in case.answers() {
            let then = format!("version {}", answer.register_version);
            entities.push(facts::answer(&name(answer), answer, &then));
        }
        for within in &row.items {
            let own = case.about(Some(&within.item)).map(name);
            let together = case.about(None).map(name);
            let off = document.off.items.contains(&within.item);
            entities.push(facts::item(within, off, own.as_deref(), together.as_deref()));
        }
        entities.push(facts::entity(uid("Party", "party"), Facts::new()));
        Self {
            entities: Entities::from_entities(entities, None).expect("entities of distinct names"),
            ..case
        }
    }

    fn answers(&self) -> impl Iterator<Item = &'w Answer> {
        let moment = self.moment;
        let about =
            |answer: &&Answer| answer.subject.row == moment.row.id && answer.subject.party == moment.party;
        moment.answers.given().iter().filter(move |answer| moment.available && about(answer))
    }

    fn about(&self, item: Option<&str>) -> Option<&'w Answer> {
        self.answers().find(|answer| answer.subject.item.as_ref().map(|item| item.as_str()) == item)
    }

    fn verdicts(&self) -> Vec<Verdict> {
        let decided: Vec<Verdict> = self.items().map(|id| (id.to_owned(), self.stands(id))).collect();
        let standing = decided.iter().filter(|(_, withheld)| withheld.is_none());
        let standing = Fact::new_set(standing.map(|(id, _)| text(id)));
        let leave = |(id, withheld): Verdict| {
            let mut context = Facts::new();
            set(&mut context, "standing", standing.clone());
            let party = uid("Party", "party");
            let leaves = self.ask(&self.judge.leaves, party, "leaves", uid("Item", &id), context);
            let withheld = match (leaves, withheld) {
                (Ok(()), _) => None,
                (Err(_), Some(rules)) => Some(rules),
                (Err(rules), None) => Some(rules),
            };
            (id, withheld)
        };
        decided.into_iter().map(leave).collect()
    }

    fn items(&self) -> impl Iterator<Item = &str> {
        self.moment.row.items.iter().map(|item| item.id.as_str())
    }

    fn stands(&self, id: &str) -> Option<BTreeSet<String>> {
        let moment = self.moment;
        let rests = self.rests(id);
        let mut context = Facts::new();
        let mut add = |name: &str, fact: Fact| set(&mut context, name, fact);
        add("available", Fact::new_bool(moment.available));
        add("age", text(age(moment.age)));
        add("now", Fact::new_long(moment.at.millis()));
        add("rests", Fact::new_bool(rests.is_ok()));
        if let Some(accepted) = moment.answers.acceptance().filter(|_| moment.available) {
            let version = format!("version {}", accepted.register_version);
            let disclosed = self.was_disclosed(accepted.register_version, accepted.version);
            let covers = disclosed && self.covers(&version);
            let facts = [
                ("version", Fact::new_long(i64::from(accepted.version))),
                ("guardian", Fact::new_bool(accepted.guardian)),
                ("register", Fact::new_long(accepted.register_version.cast_signed())),
                ("disclosed", Fact::new_bool(disclosed)),
                ("covers", Fact::new_bool(covers)),
            ];
            add(
                "accepted",
                Fact::new_record(facts.map(|(name, fact)| (name.to_owned(), fact))).expect("distinct"),
            );
        }
        if let Some(last_off) = moment.last_off {
            add("lastOff", Fact::new_long(last_off.cast_signed()));
        }
        if let Some(order) = &moment.order {
            add("order", text(order.as_str()));
        }
        if let Some(request) = &moment.request {
            let order = ("order".to_owned(), text(request.order.as_str()));
            let secret = ("secret".to_owned(), Fact::new_bool(request.secret));
            add("request", Fact::new_record([order, secret]).expect("distinct"));
        }
        let mut recent: Vec<i64> = moment.recent.iter().map(|at| at.millis()).collect();
        recent.sort_unstable_by(|a, b| b.cmp(a));
        let most = moment.row.frequency.as_ref().map(|frequency| frequency.most as usize);
        if let Some(counts) = most.and_then(|most| recent.get(most - 1)) {
            add("counts", Fact::new_long(*counts));
        }
        add("current", Fact::new_bool(moment.current));
        add("hasKey", Fact::new_bool(moment.standing.has_key));
        add("enrolled", Fact::new_bool(moment.standing.enrolled));
        let party = uid("Party", "party");
        let stands = self.ask(&self.judge.stands, party, "stands", uid("Item", id), context);
        stands.err().map(|mut rules| {
            rules.extend(rests.err().into_iter().flatten());
            rules
        })
    }

    /// Whether the row stood in the register whose notice was accepted, and that notice disclosed it.
    fn was_disclosed(&self, register_version: u64, notice: u32) -> bool {
        let register = self.world.registers.iter().find(|register| register.version() == register_version);
        let mut rows = register.expect("played").document().rows.iter();
        rows.any(|row| row.id == self.moment.row.id.as_str() && row.notice <= notice)
    }

    fn covers(&self, version: &str) -> bool {
        let document = self.world.register().document();
        let row =
            document.rows.iter().find(|row| row.id == self.moment.row.id.as_str()).expect("asked about");
        let then =
            self.world.registers.iter().find(|register| format!("version {}", register.version()) == version);
        let then = then.and_then(|register| register.row(&self.moment.row.id)).expect("answered about");
        let mut context = Facts::new();
        set(&mut context, "editorial", Fact::new_bool(row.editorial_of.contains(&then.hash())));
        self.ask(&self.judge.covers, uid("Row", version), "covers", uid("Row", "now"), context).is_ok()
    }

    /// Whether consent to the item rests on an answer; if not, which rules say so.
    fn rests(&self, id: &str) -> Result<(), BTreeSet<String>> {
        let mut rules = BTreeSet::from(["not_asked".to_owned()]);
        if !self.moment.current {
            rules.insert("answers_outdated".to_owned());
        }
        for answer in [self.about(Some(id)), self.about(None)].into_iter().flatten() {
            let mut context = Facts::new();
            let mut add = |name: &str, fact: Fact| set(&mut context, name, fact);
            add("covers", Fact::new_bool(self.covers(&format!("version {}", answer.register_version))));
            add("current", Fact::new_bool(self.moment.current));
            add("age", text(age(self.moment.age)));
            add("expiryTime", Fact::new_long(self.moment.expiry_time.millis()));
            if let Some(last_off) = self.moment.last_off {
                add("lastOff", Fact::new_long(last_off.cast_signed()));
            }
            let (item, answer) = (uid("Item", id), uid("Answer", &name(answer)));
            match self.ask(&self.judge.rests_on, item, "rests_on", answer, context) {
                Ok(()) => return Ok(()),
                Err(more) => rules.extend(more),
            }
        }
        Err(rules)
    }

    /// Allowed, or the ids of the policies that forbid. An error in a policy is ours and ends the run.
    fn ask(
        &self,
        policies: &PolicySet,
        principal: EntityUid,
        action: &str,
        resource: EntityUid,
        context: Facts,
    ) -> Result<(), BTreeSet<String>> {
        let context = Context::from_pairs(context).expect("distinct names");
        let request =
            Request::new(principal, uid("Action", action), resource, context, None).expect("no schema");
        let response = self.judge.authorizer.is_authorized(&request, policies, &self.entities);
        if let Some(error) = response.diagnostics().errors().next() {
            panic!("{action}: {error}");
        }
        if response.decision() == Decision::Allow {
            return Ok(());
        }
        let id = |policy| policies.annotation(policy, "id").expect("every policy has an id").to_owned();
        Err(response.diagnostics().reason().map(id).collect())
    }
}

fn name(answer: &Answer) -> String {
    format!("answer {}", answer.id.0)
}
