//! Writes docs/signals.md from the catalogue, and fails when it is stale (`UPDATE=1 cargo test` writes it anew).
#![allow(clippy::unwrap_used)]

use std::fmt::Write;

use super::catalogue::{Cost, Place, Reader, catalogue};
use super::left_out::LEFT_OUT;
use super::system::Platform;
use crate::register::ItemType;

const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/signals.md");

const HEAD: &str = "\
# Signals

Written from the catalogue in `src/device/` by its test: change it there, then run `UPDATE=1 cargo test device::`.

Nothing here is read unless the gate released the item. **N** is a native probe of this library, **P** the host's
platform provider (without one: not evaluable, `needs_provider`), **N, else P** a probe whose closed source the provider
answers for, **SDK** what the library made itself. A check answers detected with a confidence from 1 to 100, not
detected, or not evaluable with its reason: `source_closed`, `source_missing`, `unreadable`, `too_large`, `malformed`,
`deadline`, `made_by_sdk`, `needs_provider`, `not_on_this_platform`. What a check saw (paths, mappings) does not leave the check.

Costs: *memory* is microseconds, *file* under a millisecond, *scan* some milliseconds, *call* is up to the platform.
The native probes run alike on Android, on a Linux host and on recorded snapshots; an Android emulator for tests and
Robolectric enforce no SELinux, so a source that is open there may be closed on a phone.
";

#[test]
fn the_page_of_signals_is_what_the_catalogue_says() {
    let page = page();
    if std::env::var_os("UPDATE").is_some() {
        std::fs::create_dir_all(std::path::Path::new(PATH).parent().unwrap()).unwrap();
        std::fs::write(PATH, &page).unwrap();
    }
    let written = std::fs::read_to_string(PATH).unwrap_or_default();
    assert!(written == page, "docs/signals.md is stale: run UPDATE=1 cargo test device::");
}

fn page() -> String {
    let mut page = HEAD.to_owned();
    page += "\n## Device items\n\n| item | what it is | value | identifies | Android | iOS | Linux host | permission | where it closes | can't see | cost |\n";
    page += &"| --- ".repeat(11);
    page += "|\n";
    for s in catalogue().iter().filter(|signal| !signal.is_check()) {
        let whom = if s.is_identifier() { "**the device**" } else { "nobody" };
        writeln!(
            page,
            "| `{}` | {} {} | {} | {whom} | {} | {} | {} | {} | {} | {} | {} |",
            s.id,
            s.zh,
            s.en,
            kind(s.kind),
            place(s.place(Platform::Android)),
            place(s.place(Platform::Ios)),
            place(s.place(Platform::Linux)),
            s.permission,
            s.closes,
            s.blind,
            cost(s.cost)
        )
        .unwrap();
    }
    page += "\n## Integrity checks\n\n| check | what it is | Android | iOS | Linux host | permission | where it closes | known false positives | can't see | cost |\n";
    page += &"| --- ".repeat(10);
    page += "|\n";
    for s in catalogue().iter().filter(|signal| signal.is_check()) {
        writeln!(
            page,
            "| `{}` | {} {} | {} | {} | {} | {} | {} | {} | {} | {} |",
            s.id,
            s.zh,
            s.en,
            place(s.android),
            place(s.ios),
            place(s.host),
            s.permission,
            s.closes,
            s.false_positives,
            s.blind,
            cost(s.cost)
        )
        .unwrap();
    }
    page += "\n## Never read, and refused in a register\n\nImmutable hardware identifiers, and what is not collected on principle; a register that names one is refused: ";
    page += &crate::register::NEVER_COLLECTED
        .iter()
        .map(|name| format!("`{name}`"))
        .collect::<Vec<_>>()
        .join(", ");
    page += ".\n\n## Left out on purpose\n\n| what | why |\n| --- | --- |\n";
    for (what, why) in LEFT_OUT {
        writeln!(page, "| {what} | {why} |").unwrap();
    }
    page
}

fn place(place: Place) -> String {
    match place.reader {
        Reader::Native => format!("N: {}", place.source),
        Reader::NativeElseProvider => format!("N, else P: {}", place.source),
        Reader::Provider => format!("P: {}", place.source),
        Reader::Sdk => "SDK".to_owned(),
        Reader::Nobody => "-".to_owned(),
    }
}

fn kind(kind: ItemType) -> &'static str {
    match kind {
        ItemType::Text => "text",
        ItemType::Integer => "integer",
        ItemType::Boolean => "yes or no",
        ItemType::Texts => "texts",
        ItemType::Integers => "integers",
        ItemType::Verdict => "verdict",
        ItemType::Event => "event",
    }
}

fn cost(cost: Cost) -> &'static str {
    match cost {
        Cost::Memory => "memory",
        Cost::File => "file",
        Cost::Scan => "scan",
        Cost::Call => "call",
    }
}
