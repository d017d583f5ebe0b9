//! A shop on its tenth day, for the gate's tests: they change one thing and ask.
#![allow(clippy::unwrap_used)]

use super::{Ask, PartyStanding, Reason, Remedy, Request, Standing, decide};
use crate::consent::acts_tests::document;
use crate::consent::{Act, Answers, Subject};
use crate::register::document::Document;
use crate::register::{Age, Ground, Instant, ItemId, OrderId, PartyId, Register, RowId};

const DAY: i64 = 86_400_000;

pub(super) fn day(day: i64) -> Instant {
    Instant::from_millis((20_000 + day) * DAY).unwrap()
}

pub(super) fn order(id: &str) -> OrderId {
    OrderId::new(id).unwrap()
}

/// A shop on its tenth day: everything accepted and granted, each alone. Tests change one thing and ask.
pub(super) struct Shop {
    pub(super) register: Register,
    pub(super) answers: Answers,
    pub(super) party: PartyId,
    pub(super) age: Age,
    pub(super) order: Option<OrderId>,
    pub(super) request: Option<Request>,
    pub(super) at: Instant,
    pub(super) mark: Instant,
    pub(super) available: bool,
    pub(super) current: bool,
    pub(super) last_off: Option<u64>,
    pub(super) recent: Vec<Instant>,
    pub(super) standing: PartyStanding,
}

pub(super) type Outcomes = Vec<(String, Result<Ground, (Reason, Remedy)>)>;

impl Shop {
    pub(super) fn new(document: &Document) -> Self {
        Self {
            register: document::register(document),
            answers: Answers::default(),
            party: PartyId::new("alipay").unwrap(),
            age: Age::Over14,
            order: Some(order("order-7")),
            request: Some(Request { case: "case".into(), order: order("order-7"), secret: false }),
            at: day(10),
            mark: day(10),
            available: true,
            current: true,
            last_off: None,
            recent: Vec::new(),
            standing: PartyStanding { has_key: true, enrolled: true },
        }
    }

    pub(super) fn open(document: &Document, guardian: bool) -> Self {
        let mut shop = Self::new(document);
        shop.accept(1, guardian);
        shop.grant_all(guardian);
        shop
    }

    pub(super) fn act(&self, guardian: bool) -> Act {
        Act { at: day(1), language: "en".into(), surface: "test".into(), guardian }
    }

    pub(super) fn accept(&mut self, version: u32, guardian: bool) {
        let act = self.act(guardian);
        self.answers.accept_notice(&self.register, version, act).unwrap();
    }

    pub(super) fn grant_all(&mut self, guardian: bool) {
        let rows = self.register.rows().to_vec();
        for row in &rows {
            for question in self.answers.questions(row, &self.party) {
                let act = self.act(guardian);
                self.answers.grant(&self.register, &[question.subject], &act).unwrap();
            }
        }
    }

    pub(super) fn subject(&self, row: &str, item: Option<&str>) -> Subject {
        let item = item.map(|item| ItemId::new(item).unwrap());
        Subject { row: RowId::new(row).unwrap(), party: self.party.clone(), item }
    }

    /// The register's next version.
    pub(super) fn becomes(&mut self, change: impl FnOnce(&mut Document)) {
        let mut document = self.register.document().clone();
        document.version += 1;
        change(&mut document);
        document.rows.iter_mut().for_each(document::publish);
        self.register = document::register(&document);
    }

    pub(super) fn ask(&self, row: &str) -> Outcomes {
        let ask = Ask {
            row: self.register.row(&RowId::new(row).unwrap()).unwrap(),
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
                expiry_time: self.mark,
                last_off: self.last_off,
                items_last_off: &[],
                recent: &self.recent,
                party: self.standing,
            }
        } else {
            Standing::Unavailable
        };
        let decision = decide(&ask, &standing);
        let each = decision.items().iter();
        each.map(|item| (item.item.id.to_string(), item.outcome.map(|basis| basis.ground))).collect()
    }

    #[track_caller]
    pub(super) fn all_withheld(&self, row: &str, reason: Reason, remedy: Remedy) {
        for (item, outcome) in self.ask(row) {
            assert_eq!(outcome, Err((reason, remedy)), "{item}");
        }
    }

    #[track_caller]
    pub(super) fn withheld(&self, row: &str, item: &str, reason: Reason, remedy: Remedy) {
        let (_, outcome) = self.ask(row).into_iter().find(|(id, _)| id == item).unwrap();
        assert_eq!(outcome, Err((reason, remedy)));
    }

    #[track_caller]
    pub(super) fn leave(&self, row: &str, items: &[&str]) {
        let outcomes = self.ask(row);
        let left: Vec<&str> =
            outcomes.iter().filter(|(_, outcome)| outcome.is_ok()).map(|(id, _)| id.as_str()).collect();
        assert_eq!(left, items);
    }
}

pub(super) const PAY: [&str; 5] =
    ["order.amount", "order.remark", "device.model", "device.lang", "device.oaid"];

pub(super) fn open() -> Shop {
    Shop::open(&document::shop(), false)
}
