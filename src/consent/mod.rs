//! What an account said: to the notice, to a row, to an item of a row; and how that changes.

mod acts;
#[cfg(test)]
pub(crate) mod acts_tests;
mod answers;
mod clock;
mod receipt;

pub use acts::{Act, ActError, Question};
pub use answers::{Acceptance, Answer, AnswerId, Answers, Manner, State, Subject};
pub use clock::{HighWater, MAX_JUMP_MILLIS};
pub use receipt::{Carried, PROFILE, ReceiptError};
