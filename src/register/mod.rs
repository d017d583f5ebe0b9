//! The disclosure document: who may receive what, why, when, how, on which ground.
//!
//! [`document`] is its written form, [`Register`] the parsed one, which can't be invalid; [`CanonicalRow`] is
//! what answers are given for.

mod canonical;
mod diff;
pub mod document;
mod forbidden;
mod parsed;
mod period;
mod row;
mod signed;
mod validate;
mod validate_item;
mod validate_row;
mod value;

pub use crate::terms::*;
pub use canonical::{CanonicalItem, CanonicalRow, Widening};
pub use diff::{Change, Diff, RowChange};
pub use forbidden::{NEVER_COLLECTED, is_never_collected};
pub use parsed::{InvalidRegister, Item, Recipient, Register};
pub use period::{BadPeriod, Period};
pub use row::{Row, RowItem};
pub use signed::{REGISTER_TYP, SignedRegisterError};
pub use validate::{Problem, Rule};
pub use value::BadValue;
