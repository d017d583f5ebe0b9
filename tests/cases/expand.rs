//! Replaces what case files say by name: `"@name"`, `"like": "name"`, `"file:…"`. The rules stand in docs/cases.md.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

/// What `names.json` names.
pub struct Names {
    folder: PathBuf,
    named: Map<String, Value>,
}

impl Names {
    pub fn read(folder: &Path) -> Self {
        let text = fs::read_to_string(folder.join("names.json")).unwrap();
        Self { folder: folder.to_owned(), named: serde_json::from_str(&text).unwrap() }
    }

    /// The named value, with the names in it replaced.
    pub fn get(&self, name: &str) -> Value {
        self.expand(self.named.get(name).unwrap_or_else(|| panic!("names.json names no \"{name}\"")))
    }

    pub fn expand(&self, value: &Value) -> Value {
        match value {
            Value::String(text) => match (text.strip_prefix('@'), text.strip_prefix("file:")) {
                (Some(name), _) => self.get(name),
                (_, Some(path)) => {
                    let text = fs::read_to_string(self.folder.join(path));
                    text.unwrap_or_else(|error| panic!("{path}: {error}")).trim().into()
                }
                _ => value.clone(),
            },
            Value::Array(list) => {
                Value::Array(list.iter().flat_map(|element| self.spliced(element)).collect())
            }
            Value::Object(object) => Value::Object(self.object(object)),
            _ => value.clone(),
        }
    }

    /// A name of a list, in a list, stands for its elements.
    fn spliced(&self, element: &Value) -> Vec<Value> {
        let is_name = element.as_str().is_some_and(|text| text.starts_with('@'));
        match self.expand(element) {
            Value::Array(list) if is_name => list,
            other => vec![other],
        }
    }

    fn object(&self, object: &Map<String, Value>) -> Map<String, Value> {
        let mut expanded = match object.get("like") {
            Some(name) => self.get(name.as_str().unwrap()).as_object().unwrap().clone(),
            None => Map::new(),
        };
        let (lists, plain): (Vec<_>, Vec<_>) =
            object.iter().filter(|(name, _)| *name != "like").partition(|(name, _)| name.starts_with('@'));
        for (name, value) in lists {
            for member in self.get(&name[1..]).as_array().unwrap() {
                expanded.insert(member.as_str().unwrap().to_owned(), self.expand(value));
            }
        }
        // What stands by itself goes before what stands in a list.
        for (name, value) in plain {
            expanded.insert(name.clone(), self.expand(value));
        }
        expanded
    }
}
