//! The one object an app holds: it ties the rooms together, and has no rule of its own.
//!
//! [`Sluicegate::share`] is the way through the house, in `share.rs`: the order of its steps is what invariants 2, 3
//! and 4 say, and stands there in one place.

mod answers;
mod ask;
mod commit;
mod enrolment;
mod events;
mod explain;
mod host;
mod listeners;
mod log;
mod look;
mod open;
mod outbox;
mod party;
mod receipts;
mod rights;
mod share;

use std::sync::{Arc, Mutex};

use crate::device::{ReadBudget, System};
use crate::jose::PublicJwk;
use crate::register::Register;
use crate::vault::Vault;

pub use answers::AccountAnswers;
pub use ask::{Delivery, Error, Outcome, PartyRef, ShareAsk, Shared};
pub use events::{AdEvent, MAX_EVENTS, Recorded};
pub use explain::{ExplainAsk, ExplainedItem, Explanation};
pub use host::{Host, HostError, Provided, Signer, Wanted};
pub use listeners::Listener;
pub use log::LedgerState;
pub use open::{Place, SdkOptions};
pub use outbox::OutboxItem;
pub use receipts::RECEIPT_TYP;
pub use rights::ReadCount;

/// The gate of one app: opened once, used from any thread.
///
/// It reads nothing and sends nothing by itself. Every call that depends on time takes it as an input.
pub struct Sluicegate {
    register: Register,
    controller_key: PublicJwk,
    host: Arc<dyn Host>,
    signer: Option<Arc<dyn Signer>>,
    system: Arc<dyn System + Send + Sync>,
    budget: ReadBudget,
    listeners: listeners::Listeners,
    place: Place,
    open: Mutex<Option<Arc<Opened>>>,
}

/// The vault, with the secrets it keeps for this install.
struct Opened {
    vault: Vault,
    secrets: open::Secrets,
}
