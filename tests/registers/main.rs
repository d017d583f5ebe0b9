//! The shipped register, its schema, what registers are refused for, and how their changes are judged.
#![allow(clippy::unwrap_used)]

mod broken;
mod changes;
mod diff;
mod rules;
mod schema;
mod shipped;

use serde_json::{Value, json};
use sluicegate::register::{Problem, Register, Rule};

/// The bytes of the shipped register.
const SHIPPED: &[u8] = include_bytes!("../../registers/1688.json");

fn shipped() -> Register {
    Register::parse(SHIPPED).unwrap()
}

/// The shipped register with the RFC 6902 patch applied.
fn patched(patch: Value) -> Vec<u8> {
    let mut document: Value = serde_json::from_slice(SHIPPED).unwrap();
    let patch: json_patch::Patch = serde_json::from_value(patch).unwrap();
    json_patch::patch(&mut document, &patch).unwrap();
    serde_json::to_vec(&document).unwrap()
}

fn parsed(patch: Value) -> Register {
    Register::parse(&patched(patch)).unwrap_or_else(|invalid| panic!("{invalid}"))
}

fn problems(patch: Value) -> Vec<Problem> {
    Register::parse(&patched(patch)).map_or_else(|invalid| invalid.problems().to_vec(), |_| Vec::new())
}

fn places(problems: &[Problem]) -> Vec<(&str, Rule)> {
    problems.iter().map(|problem| (problem.path.as_str(), problem.rule)).collect()
}

fn replace(path: &str, value: impl Into<Value>) -> Value {
    json!([{ "op": "replace", "path": path, "value": value.into() }])
}

fn add(path: &str, value: impl Into<Value>) -> Value {
    json!([{ "op": "add", "path": path, "value": value.into() }])
}

fn remove(path: &str) -> Value {
    json!([{ "op": "remove", "path": path }])
}

/// Where things stand in the shipped register, by id.
fn at(list: &str, id: &str) -> String {
    let document: Value = serde_json::from_slice(SHIPPED).unwrap();
    let position = document[list].as_array().unwrap().iter().position(|entry| entry["id"] == id).unwrap();
    format!("/{list}/{position}")
}

fn at_item(row: &str, item: &str) -> String {
    let document: Value = serde_json::from_slice(SHIPPED).unwrap();
    let row = at("rows", row);
    let items = document.pointer(&row).unwrap()["items"].as_array().unwrap();
    format!("{row}/items/{}", items.iter().position(|entry| entry["item"] == item).unwrap())
}

/// A JSON pointer as the JSON path that problems name.
fn json_path(pointer: &str) -> String {
    pointer.split('/').skip(1).fold("$".to_owned(), |path, part| match part.parse::<usize>() {
        Ok(index) => format!("{path}[{index}]"),
        Err(_) => format!("{path}.{part}"),
    })
}
