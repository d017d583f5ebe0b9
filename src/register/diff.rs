//! What changed between two versions of a register, and who must be asked again: only they.

use serde::Serialize;

use super::{Register, Row, RowId, RowItem, Widening};

/// What happened to a row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Change {
    /// New; nobody has answered for it.
    Added,
    /// Gone; nothing is shared under it any more.
    Removed,
    /// Shares no more than before; answers hold.
    Narrowed,
    /// The same in other words, marked `editorial_of`; answers hold.
    Reworded,
    /// Shares more, or says it otherwise without a mark: answers for it are void.
    Widened {
        /// In these ways.
        by: Vec<Widening>,
    },
}

/// A row that is not as it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RowChange {
    /// The row.
    pub row: RowId,
    /// What happened to it.
    #[serde(flatten)]
    pub change: Change,
    /// Whether people who accepted the notice must accept it again before the row runs.
    pub notice_again: bool,
    /// Whether consent has to be asked again of those who granted, or for the first time for an item that stood on
    /// contract or law.
    pub consent_again: bool,
}

/// The changes from one version to another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Diff {
    /// From this version ...
    pub from: u64,
    /// ... to this one.
    pub to: u64,
    /// In the order of the newer register, then what is gone.
    pub rows: Vec<RowChange>,
}

impl Diff {
    /// Compares two registers.
    pub fn between(old: &Register, new: &Register) -> Self {
        let changed = new.rows().iter().filter_map(|row| match old.row(&row.id) {
            None => Some(RowChange {
                row: row.id.clone(),
                change: Change::Added,
                notice_again: true,
                consent_again: false,
            }),
            Some(then) => row_change(then, row),
        });
        let removed = old.rows().iter().filter(|row| new.row(&row.id).is_none()).map(|row| RowChange {
            row: row.id.clone(),
            change: Change::Removed,
            notice_again: false,
            consent_again: false,
        });
        Self { from: old.version(), to: new.version(), rows: changed.chain(removed).collect() }
    }

    /// Whether nobody must be asked anything.
    pub fn asks_nobody(&self) -> bool {
        self.rows.iter().all(|row| !row.notice_again && !row.consent_again)
    }
}

fn row_change(then: &Row, now: &Row) -> Option<RowChange> {
    let newer_notice = now.notice > then.notice;
    if then.hash() == now.hash() {
        return newer_notice.then(|| RowChange {
            row: now.id.clone(),
            change: Change::Narrowed,
            notice_again: true,
            consent_again: false,
        });
    }
    let editorial = now.is_editorial_of(then.hash());
    let by = then.canonical().widenings(now.canonical(), editorial);
    let widened = !by.is_empty();
    let asked_before = |item: &RowItem| then.item(&item.id).is_none_or(RowItem::asks_consent);
    let first_asked = now.items.iter().any(|item| item.asks_consent() && !asked_before(item));
    let change = if widened {
        Change::Widened { by }
    } else if editorial {
        Change::Reworded
    } else {
        Change::Narrowed
    };
    Some(RowChange {
        row: now.id.clone(),
        change,
        notice_again: widened || newer_notice,
        consent_again: (widened && then.asks_consent()) || first_asked,
    })
}
