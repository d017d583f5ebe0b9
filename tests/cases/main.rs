//! Plays the case files (`*.json` here) over `sluicegate::ffi`, the face that Kotlin and Swift call. See docs/cases.md.
#![allow(clippy::unwrap_used, missing_docs)]

mod coverage;
mod difference;
mod expand;
mod host;
mod results;
mod signed;
mod stage;

use std::fs;
use std::path::{Path, PathBuf};

use difference::difference;
use expand::Names;
use serde_json::{Map, Value};
use stage::Stage;

/// One case: a statement about the product, and the steps that show it.
pub struct Case {
    file: String,
    name: String,
    steps: Vec<Step>,
}

/// One call and what is expected of it; the call's arguments are the other members.
#[derive(Clone)]
pub struct Step {
    pub call: String,
    pub arguments: Map<String, Value>,
    pub expect: Value,
}

impl Step {
    pub fn read(step: &Value) -> Self {
        let mut arguments = step.as_object().unwrap_or_else(|| panic!("a step is an object: {step}")).clone();
        let call = arguments.remove("call").unwrap_or_else(|| panic!("a step without a call: {step}"));
        let expect = arguments.remove("expect").unwrap_or_else(|| panic!("nothing is expected: {step}"));
        Self { call: call.as_str().unwrap().to_owned(), arguments, expect }
    }
}

pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases")
}

/// The case files by name, as they are written.
pub fn files() -> Vec<(String, Value)> {
    let names =
        fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let is_case =
        |name: &String| name.ends_with(".json") && !["names.json", "schema.json"].contains(&&**name);
    let mut names: Vec<String> = names.filter(is_case).collect();
    names.sort();
    let read = |name: String| {
        let text = fs::read_to_string(folder().join(&name)).unwrap();
        let json = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
        (name, json)
    };
    names.into_iter().map(read).collect()
}

pub fn cases(names: &Names) -> Vec<Case> {
    let mut cases = Vec::new();
    for (file, json) in files() {
        for case in json["cases"].as_array().unwrap() {
            let name = case["name"].as_str().unwrap().to_owned();
            let steps = names.expand(&case["steps"]);
            let steps = steps.as_array().unwrap().iter().map(Step::read).collect();
            cases.push(Case { file: file.clone(), name, steps });
        }
    }
    cases
}

#[test]
fn every_case_holds() {
    let names = Names::read(&folder());
    let cases = cases(&names);
    let mut failed = Vec::new();
    let mut seen = coverage::Seen::default();
    for case in &cases {
        let stage = Stage::new(&names);
        assert!(!case.steps.is_empty(), "{}: no steps", case.name);
        for (index, step) in case.steps.iter().enumerate() {
            let actual = stage.play(step);
            if let Some(difference) = difference(&step.expect, Some(&actual), "$") {
                let Case { file, name, .. } = case;
                failed.push(format!("{file}: {name}, step {} ({}): {difference}", index + 1, step.call));
                break;
            }
            seen.note(step, &actual);
        }
    }
    println!("{} cases of the case files, {} failed", cases.len(), failed.len());
    assert!(failed.is_empty(), "{}", failed.join("\n"));
    seen.check();
}

#[test]
fn case_files_are_of_their_schema() {
    let schema: Value =
        serde_json::from_str(&fs::read_to_string(folder().join("schema.json")).unwrap()).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    for (file, json) in files() {
        let errors: Vec<String> =
            validator.iter_errors(&json).map(|e| format!("{}: {e}", e.instance_path())).collect();
        assert!(errors.is_empty(), "{file}: {}", errors.join("\n"));
    }
    // And every step as it is played, with all names replaced.
    let names = Names::read(&folder());
    for (file, json) in files() {
        for case in json["cases"].as_array().unwrap() {
            let played = serde_json::json!({"about": "played", "cases": [{"name": case["name"], "steps": names.expand(&case["steps"])}]});
            let errors: Vec<String> =
                validator.iter_errors(&played).map(|e| format!("{}: {e}", e.instance_path())).collect();
            assert!(errors.is_empty(), "{file}, {}: {}", case["name"], errors.join("\n"));
        }
    }
}

#[test]
fn no_two_cases_have_the_same_name() {
    let names = Names::read(&folder());
    let mut stated: Vec<String> = cases(&names).into_iter().map(|case| case.name).collect();
    stated.sort();
    let twice: Vec<&String> =
        stated.windows(2).filter(|pair| pair[0] == pair[1]).map(|pair| &pair[0]).collect();
    assert!(twice.is_empty(), "{twice:?}");
}

#[test]
#[should_panic(expected = "no such call")]
fn an_unknown_call_is_refused() {
    let names = Names::read(&folder());
    Stage::new(&names).play(&Step::read(&serde_json::json!({ "call": "no_such_call", "expect": {} })));
}
