//! Runs a plan through the real code and keeps a journal of what was said, in plain words.

use std::collections::BTreeMap;
use std::fmt;

use super::document::{company, document, item, period, purpose, register, row, row_item};
use super::moment::Moment;
use super::plan::{AskPlan, Edit, ITEMS, PERIODS, PURPOSES, Plan, RowPlan, Step, SubjectPlan, Verb};
use super::repair::repair;
use super::sluicegate::consent::{Act, ActError, Answers, HighWater, Subject};
use super::sluicegate::gate::{PartyStanding, Request};
use super::sluicegate::register::document::{self as written, Document, Frequency};
use super::sluicegate::register::{
    Identifies, Instant, ItemId, ItemType, OrderId, PartyId, Register, RowId, Source,
};

const HOUR: i64 = 3_600_000;

/// 2027-01-15, the first day of every world.
pub const BEGINNING: i64 = 1_800_000_000_000;

/// Something that was said and taken down. Acts that were refused leave no entry.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The register then, by its place in [`Played::registers`].
    pub register: usize,
    pub at: Instant,
    pub guardian: bool,
    pub said: Said,
}

#[derive(Debug, Clone)]
pub enum Said {
    Accepted { version: u32 },
    About { verb: Verb, subjects: Vec<Subject> },
}

/// A world at its end.
#[derive(Clone)]
pub struct Played {
    pub plan: Plan,
    pub registers: Vec<Register>,
    /// The register that is in force at the end.
    pub current: usize,
    pub answers: Answers,
    pub journal: Vec<Entry>,
    pub mark: HighWater,
    pub now: Instant,
    pub ask: AskPlan,
}

pub fn party(index: usize) -> PartyId {
    PartyId::new(["first", "second"][index % 2]).unwrap()
}

pub fn order(index: usize) -> OrderId {
    OrderId::new(["order-0", "order-1"][index % 2]).unwrap()
}

pub fn act(at: Instant, guardian: bool) -> Act {
    Act { at, language: "zh".to_owned(), surface: "checkout".to_owned(), guardian }
}

/// The plan is what a failing property prints; the rest follows from it.
impl fmt::Debug for Played {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.plan)
    }
}

impl Played {
    pub fn of(plan: &Plan) -> Self {
        let mut played = Self {
            plan: plan.clone(),
            registers: registers(plan),
            current: 0,
            answers: Answers::default(),
            journal: Vec::new(),
            mark: HighWater::default(),
            now: Instant::from_millis(BEGINNING).unwrap(),
            ask: plan.ask.clone(),
        };
        for step in &plan.steps {
            played.step(step);
        }
        played
    }

    pub fn register(&self) -> &Register {
        &self.registers[self.current]
    }

    /// The asked row, and everything the gate is asked with.
    pub fn moment(&self) -> Moment {
        let register = self.register();
        let row = &register.rows()[self.ask.row % register.rows().len()];
        let hours_ago = |hours: &i64| self.now.plus_millis(-hours * HOUR);
        let versions = self.registers[..=self.current].iter();
        let offs = versions.filter(|then| then.row(&row.id).is_some_and(|row| row.off));
        Moment {
            row: row.clone(),
            party: party(self.ask.party),
            order: self.ask.order.map(order),
            age: self.ask.age,
            at: self.now,
            request: self.ask.request.map(|(index, secret)| Request {
                case: "case".to_owned(),
                order: order(index),
                secret,
            }),
            available: self.ask.available,
            answers: self.answers.clone(),
            current: self.ask.current,
            expiry_time: self.mark.expiry_time(self.now),
            last_off: offs.map(Register::version).max(),
            recent: self.ask.recent.iter().map(hours_ago).collect(),
            standing: PartyStanding { has_key: self.ask.has_key, enrolled: self.ask.enrolled },
        }
    }

    pub fn step(&mut self, step: &Step) {
        match step {
            Step::Upgrade => self.current = (self.current + 1).min(self.registers.len() - 1),
            Step::Clock(hours) => self.now = self.now.plus_millis(hours * HOUR),
            Step::Trusted(hours) => self.mark = self.mark.confirmed(self.now.plus_millis(hours * HOUR)),
            Step::Accept { version, guardian } => {
                let register = &self.registers[self.current];
                let accepted = self.answers.accept_notice(register, *version, act(self.now, *guardian));
                if accepted.is_ok() {
                    self.enter(*guardian, Said::Accepted { version: *version });
                }
            }
            Step::GrantAll { guardian } => {
                let rows = self.register().rows().to_vec();
                let ask = |row| self.answers.questions(row, &party(0));
                let questions: Vec<_> = rows.iter().flat_map(ask).collect();
                for question in questions {
                    if let Ok(subjects) = self.say(Verb::Grant, &[question.subject], *guardian) {
                        self.enter(*guardian, Said::About { verb: Verb::Grant, subjects });
                    }
                }
            }
            Step::Say { verb, subjects, guardian } => {
                let subjects: Vec<Subject> = subjects.iter().filter_map(|plan| self.subject(plan)).collect();
                // What a withdrawal took back is what it says it took back.
                if let Ok(subjects) = self.say(*verb, &subjects, *guardian) {
                    self.enter(*guardian, Said::About { verb: *verb, subjects });
                }
            }
        }
        self.mark = self.mark.seen(self.now);
    }

    /// Says it to the real answers, without an entry. Returns what was answered.
    pub fn say(
        &mut self,
        verb: Verb,
        subjects: &[Subject],
        guardian: bool,
    ) -> Result<Vec<Subject>, ActError> {
        let register = &self.registers[self.current];
        let act = act(self.now, guardian);
        match verb {
            Verb::Grant => self.answers.grant(register, subjects, &act).map(drop)?,
            Verb::Refuse => self.answers.refuse(register, subjects, &act).map(drop)?,
            Verb::Asked => self.answers.asked(register, subjects, &act)?,
            Verb::Withdraw => {
                let [subject] = subjects else { return Err(ActError::NoSubject) };
                return self.answers.withdraw(register, subject, &act);
            }
        }
        Ok(subjects.to_vec())
    }

    pub fn subject(&self, plan: &SubjectPlan) -> Option<Subject> {
        let rows = self.register().rows();
        Some(Subject {
            row: rows.get(plan.row % rows.len())?.id.clone(),
            party: party(plan.party),
            item: plan.item.map(|index| ItemId::new(ITEMS[index].0).unwrap()),
        })
    }

    fn enter(&mut self, guardian: bool, said: Said) {
        self.journal.push(Entry { register: self.current, at: self.now, guardian, said });
    }
}

/// Every version of the plan's register, each valid.
pub fn registers(plan: &Plan) -> Vec<Register> {
    let mut document = first(plan);
    repair(&mut document);
    let mut registers = vec![register(&document)];
    for (index, edits) in plan.versions.iter().enumerate() {
        document.version = index as u64 + 2;
        for row in &mut document.rows {
            row.editorial_of.clear();
        }
        for edit in edits {
            apply(edit, &mut document, &registers);
        }
        repair(&mut document);
        registers.push(register(&document));
    }
    registers
}

fn first(plan: &Plan) -> Document {
    let items = ITEMS.iter().enumerate().map(|(index, (id, device))| {
        let source = if *device { Source::Device } else { Source::Host };
        let identifies = match *id {
            "order.consignee" | "order.phone" => Identifies::Person,
            "device.oaid" => Identifies::Device,
            _ => Identifies::Nobody,
        };
        let mut item = item(id, source, identifies);
        item.sensitive = plan.sensitive[index];
        if *id == "order.amount" {
            item.kind = ItemType::Integer;
        }
        item
    });
    let mut recipients = vec![company("payer"), company("partner")];
    for (recipient, role) in recipients.iter_mut().zip(plan.roles) {
        recipient.role = role;
    }
    let rows = plan.rows.iter().enumerate().map(|(index, plan)| written_row(index, plan));
    let purposes = PURPOSES.iter().map(|(id, dpv)| purpose(id, dpv)).collect();
    document(items.collect(), recipients, purposes, rows.collect())
}

fn written_row(index: usize, plan: &RowPlan) -> written::Row {
    let mut items: BTreeMap<usize, written::RowItem> = BTreeMap::new();
    for item in &plan.items {
        let id = ITEMS[item.item].0;
        items.insert(item.item, row_item(id, item.ground, item.necessity, item.transform));
    }
    let recipient = ["payer", "partner"][plan.recipient];
    let items = items.into_values().collect();
    let mut row = row(&format!("row{index}"), recipient, PURPOSES[plan.purpose].0, items);
    row.method = plan.method;
    row.notice = plan.notice;
    row.retention = period(PERIODS[plan.retention]);
    row.consent_lasts = period(PERIODS[plan.lasts]);
    row.frequency = plan.frequency.map(limit);
    row.deidentified = plan.deidentified;
    row.minors = plan.minors;
    row
}

fn limit((most, within): (u32, usize)) -> Frequency {
    Frequency { most, within: period(PERIODS[within]) }
}

fn apply(edit: &Edit, document: &mut Document, earlier: &[Register]) {
    let count = document.rows.len();
    macro_rules! row {
        ($index:expr) => {
            &mut document.rows[$index % count]
        };
    }
    macro_rules! within {
        ($row:expr, $at:expr) => {{
            let row = row!($row);
            let at = $at % row.items.len();
            &mut row.items[at]
        }};
    }
    match edit {
        Edit::AddRow(plan) => {
            let mut index = document.version as usize * 10;
            while document.rows.iter().any(|row| row.id == format!("row{index}")) {
                index += 1;
            }
            document.rows.push(written_row(index, plan));
        }
        Edit::RemoveRow(index) if count > 1 => {
            document.rows.remove(index % count);
        }
        Edit::RemoveRow(_) => {}
        Edit::AddItem(index, plan) => {
            let row = row!(*index);
            let id = ITEMS[plan.item].0;
            if row.items.iter().all(|item| item.item != id) {
                row.items.push(row_item(id, plan.ground, plan.necessity, plan.transform));
            }
        }
        Edit::DropItem(index, at) => {
            let row = row!(*index);
            if row.items.len() > 1 {
                row.items.remove(at % row.items.len());
            }
        }
        Edit::Ground(index, at, to) => within!(*index, *at).ground = *to,
        Edit::Necessity(index, at, to) => within!(*index, *at).necessity = *to,
        Edit::Transform(index, at, to) => within!(*index, *at).transform = *to,
        Edit::Retention(index, to) => row!(*index).retention = period(PERIODS[*to]),
        Edit::Frequency(index, to) => row!(*index).frequency = to.map(limit),
        Edit::Minors(index, to) => row!(*index).minors = *to,
        Edit::Deidentified(index, to) => row!(*index).deidentified = *to,
        Edit::Method(index, to) => row!(*index).method = *to,
        Edit::Purpose(index, to) => row!(*index).purpose = PURPOSES[*to].0.to_owned(),
        Edit::Scenario(index) => row!(*index).scenario.push('x'),
        Edit::Recipient(index, to) => row!(*index).recipient = ["payer", "partner"][*to].to_owned(),
        Edit::Notice(index, to) => row!(*index).notice = *to,
        Edit::PurposeText(index) => document.purposes[*index].text.en.push('.'),
        Edit::RecipientName(index) => document.recipients[*index].name.zh.push('。'),
        Edit::Role(index, to) => document.recipients[*index].role = *to,
        Edit::Relation(index, to) => document.recipients[*index].relation = *to,
        Edit::Label(index) => document.items[*index].label.en.push('.'),
        Edit::Sensitive(index, to) => document.items[*index].sensitive = *to,
        Edit::Identifies(index, to) => document.items[*index].identifies = *to,
        Edit::RowOff(index, to) => {
            let id = row!(*index).id.clone();
            switch(&mut document.off.rows, id, *to);
        }
        Edit::ItemOff(index, to) => switch(&mut document.off.items, ITEMS[*index].0.to_owned(), *to),
        Edit::Editorial(index) => {
            let row = row!(*index);
            let id = RowId::new(row.id.clone()).unwrap();
            row.editorial_of = earlier.iter().filter_map(|then| Some(then.row(&id)?.hash())).collect();
        }
    }
}

fn switch(list: &mut Vec<String>, id: String, off: bool) {
    list.retain(|known| *known != id);
    if off {
        list.push(id);
    }
}
