//! Ten deliberately broken registers (`broken/*.json`), each a patch of the shipped one: every problem is found, at its
//! place, and none besides.

use std::{fs, path::Path};

use serde::Deserialize;
use serde_json::Value;

use super::problems;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Broken {
    name: String,
    patch: Value,
    expect: Vec<Expected>,
    message_contains: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    path: String,
    rule: String,
}

#[test]
fn each_broken_register_is_refused_for_exactly_what_is_wrong_with_it() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/registers/broken");
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert_eq!(files.len(), 10);
    for file in files {
        let broken: Broken = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
        let found = problems(broken.patch);
        let rule = |problem: &_| serde_json::to_value(problem).unwrap()["rule"].as_str().unwrap().to_owned();
        let places: Vec<_> = found.iter().map(|problem| (problem.path.clone(), rule(problem))).collect();
        let expected: Vec<_> = broken.expect.into_iter().map(|e| (e.path, e.rule)).collect();
        assert_eq!(places, expected, "{}: {found:#?}", broken.name);
        let said = found.iter().any(|problem| problem.message.contains(&broken.message_contains));
        assert!(said, "{}: {found:#?}", broken.name);
    }
}
