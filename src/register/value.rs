//! Whether a value is one that its item may have.

use super::{Item, ItemType, Value};

/// Why a value is not one of its item's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadValue {
    /// Of another type.
    #[error("must be of type {0}")]
    Type(&'static str),
    /// A text or list that is too long.
    #[error("must have at most {0} characters or elements")]
    TooLong(u32),
    /// A text that is not on the item's list.
    #[error("must be one of the texts the register lists")]
    NotListed,
}

/// What a text or list may measure if the register says nothing.
const DEFAULT_MAX: u32 = 4096;

impl Item {
    /// Checks the value's type and bounds.
    pub fn check(&self, value: &Value) -> Result<(), BadValue> {
        let max = self.max.unwrap_or(DEFAULT_MAX);
        let within =
            |length: usize| if length <= max as usize { Ok(()) } else { Err(BadValue::TooLong(max)) };
        match (self.kind, value) {
            (ItemType::Text, Value::Text(text)) => {
                within(text.chars().count())?;
                let listed = self.one_of.is_empty() || self.one_of.contains(text);
                if listed { Ok(()) } else { Err(BadValue::NotListed) }
            }
            (ItemType::Texts, Value::Texts(texts)) => {
                within(texts.len())?;
                texts.iter().try_for_each(|text| within(text.chars().count()))
            }
            (ItemType::Integers, Value::Integers(integers)) => within(integers.len()),
            // An empty list has no type of its own.
            (ItemType::Texts, Value::Integers(none)) if none.is_empty() => Ok(()),
            (ItemType::Integers, Value::Texts(none)) if none.is_empty() => Ok(()),
            (ItemType::Integer, Value::Integer(_))
            | (ItemType::Boolean, Value::Boolean(_))
            | (ItemType::Verdict, Value::Verdict(_)) => Ok(()),
            (kind, _) => Err(BadValue::Type(kind.name())),
        }
    }
}

impl ItemType {
    /// Its name in a register.
    pub fn name(self) -> &'static str {
        match self {
            ItemType::Text => "text",
            ItemType::Integer => "integer",
            ItemType::Boolean => "boolean",
            ItemType::Texts => "texts",
            ItemType::Integers => "integers",
            ItemType::Verdict => "verdict",
            ItemType::Event => "event",
        }
    }
}
