//! Signals: what can be read on the device, and the probes that read it when the gate has released it.
//!
//! [`catalogue()`] says what there is, [`System`] is the machine as probes see it, the sweep reads, and
//! [`ReadBudget`] sees that identifiers are read no more than they must be. Nothing runs at load time.

#[cfg(all(feature = "report", any(target_os = "android", target_os = "ios")))]
compile_error!("the feature `report` reads without the gate: it is for the command-line tool, not for apps");

#[cfg(all(test, target_os = "linux"))]
mod adversaries;
mod budget;
mod catalogue;
mod checks;
mod debugger;
mod emulator;
#[cfg(test)]
mod fixtures;
mod gather;
mod hardware;
mod hook;
mod identity;
mod items;
mod left_out;
mod live;
mod locale;
mod look;
#[cfg(test)]
mod page;
mod reading;
mod root;
mod snapshot;
mod sweep;
mod system;
mod vpn;

pub use budget::{ReadBudget, ReadCount};
pub use catalogue::{Cost, Place, Reader, Signal, catalogue, signal};
pub use gather::{
    Earlier, GatherError, Gathered, INSTALL_ID, Provided, Reader as ItemReader, TRACKING_LIMITED, gather,
};
pub use left_out::LEFT_OUT;
pub use live::LiveSystem;
pub use reading::{Absent, Reading, Reason};
pub use snapshot::{Node, Snapshot};
pub use sweep::Deadlines;
#[allow(unused_imports, reason = "called by the one object an app holds (src/sdk.rs)")]
pub(crate) use sweep::read;
#[cfg(feature = "report")]
pub use sweep::report;
pub use system::{MAX_ENTRIES, MAX_FILE, MAX_MAPS, Platform, ReadError, System, Uname};
