//! The rules of one item: its form, its label, and what it may be at all.

use super::document::Item;
use super::forbidden::{is_device_identifier, is_never_collected, never_collected_in_label, vague_word};
use super::validate::{Check, Rule};
use super::{Identifies, ItemId, ItemType, Source};

impl Check<'_> {
    pub(super) fn item(&mut self, path: &str, item: &Item) {
        self.form(&format!("{path}.id"), ItemId::new(item.id.as_str()));
        self.text(&format!("{path}.label"), &item.label);
        self.item_identity(path, item);
        for label in [&item.label.zh, &item.label.en] {
            if let Some(word) = vague_word(label) {
                let message = format!(
                    "\"{word}\" enumerates nothing (GB/T 43435); give each piece of information its own \
                     item. The notice's own wording stands in as_published, where it may say so"
                );
                self.problem(format!("{path}.label"), Rule::VagueItem, message);
            }
        }
        let bounded = matches!(item.kind, ItemType::Text | ItemType::Texts | ItemType::Integers);
        self.require(
            item.max.is_none_or(|max| bounded && max > 0),
            format!("{path}.max"),
            Rule::Mismatch,
            "only texts and lists have a length, of 1 or more",
        );
        self.require(
            item.one_of.is_empty() || item.kind == ItemType::Text,
            format!("{path}.one_of"),
            Rule::Mismatch,
            "only a text has a closed list of values",
        );
        self.require(
            item.kind != ItemType::Event || item.source == Source::Host,
            format!("{path}.source"),
            Rule::Mismatch,
            "events are recorded by the host",
        );
    }

    /// What an item's id, origin and what it identifies say must agree, and none is never collected.
    fn item_identity(&mut self, path: &str, item: &Item) {
        let id = &item.id;
        self.require(
            !is_never_collected(id),
            format!("{path}.id"),
            Rule::ImmutableIdentifier,
            format!(
                "\"{id}\" names a hardware identifier that nobody can reset (GB/T 41391 annex F) or something that \
                 is never collected; take the item out. Where an install must be recognised, device.install_id can"
            ),
        );
        self.require(
            item.changeable || item.identifies != Identifies::Device,
            format!("{path}.changeable"),
            Rule::ImmutableIdentifier,
            format!(
                "\"{id}\" identifies a device and can't be reset by the person (GB/T 41391 annex F); it can't be \
                 registered"
            ),
        );
        let label =
            [&item.label.zh, &item.label.en].into_iter().find_map(|label| never_collected_in_label(label));
        if let Some(word) = label.filter(|_| item.source == Source::Device) {
            let message =
                format!("names \"{word}\", which is never collected from a device; take the item out");
            self.problem(format!("{path}.label"), Rule::ImmutableIdentifier, message);
        }
        let signal = id.starts_with("device.") || id.starts_with("check.") || item.kind == ItemType::Verdict;
        self.require(
            !signal || item.source == Source::Device,
            format!("{path}.source"),
            Rule::Mismatch,
            "what begins with device. or check. is read on the device: \"source\": \"device\"",
        );
        self.require(
            item.identifies != Identifies::Nobody || item.source == Source::Host || !is_device_identifier(id),
            format!("{path}.identifies"),
            Rule::Mismatch,
            format!("\"{id}\" identifies a device; it can't be said to identify nobody"),
        );
    }
}
