//! One step of the demo: what it shows, and the claims it makes, each checked by code.

use comfy_table::Table;
use serde_json::{Map, Value, json};

use crate::commands::table::lines;

/// A claim and whether it held.
struct Claim {
    text: String,
    held: bool,
}

/// One step.
pub struct Step {
    id: &'static str,
    en: &'static str,
    zh: &'static str,
    shown: String,
    facts: Map<String, Value>,
    claims: Vec<Claim>,
}

impl Step {
    /// A step with its title in both languages.
    pub fn new(id: &'static str, en: &'static str, zh: &'static str) -> Self {
        Self { id, en, zh, shown: String::new(), facts: Map::new(), claims: Vec::new() }
    }

    /// Shows a paragraph.
    pub fn say(&mut self, text: impl AsRef<str>) {
        self.gap();
        for line in text.as_ref().lines() {
            self.shown.push_str(format!("    {line}").trim_end());
            self.shown.push('\n');
        }
    }

    /// Shows a table.
    pub fn table(&mut self, table: &Table) {
        self.gap();
        self.shown.push_str(&lines(table, 3));
    }

    fn gap(&mut self) {
        if !self.shown.is_empty() {
            self.shown.push('\n');
        }
    }

    /// Makes a claim.
    pub fn claim(&mut self, text: impl Into<String>, held: bool) {
        self.claims.push(Claim { text: text.into(), held });
    }

    /// Keeps what was seen, for the JSON.
    pub fn fact(&mut self, name: &str, value: impl Into<Value>) {
        self.facts.insert(name.to_owned(), value.into());
    }

    /// Whether each of its claims held. A step that claims nothing shows nothing.
    pub fn held(&self) -> bool {
        !self.claims.is_empty() && self.claims.iter().all(|claim| claim.held)
    }

    /// How many claims it made.
    pub fn count(&self) -> usize {
        self.claims.len()
    }

    /// The claims that did not hold.
    pub fn broken(&self) -> impl Iterator<Item = String> {
        self.claims.iter().filter(|claim| !claim.held).map(|claim| format!("{}: {}", self.id, claim.text))
    }

    /// As a section of text.
    pub fn section(&self, number: usize) -> String {
        let Self { en, zh, shown, .. } = self;
        let mut text = format!("\n{number:>2}  {en}\n    {zh}\n\n{shown}\n");
        for Claim { text: claim, held } in &self.claims {
            text.push_str(&format!("    {} {claim}\n", if *held { "✓" } else { "✗ DOES NOT HOLD:" }));
        }
        text
    }

    /// As JSON.
    pub fn json(&self) -> Value {
        let claims: Vec<Value> =
            self.claims.iter().map(|claim| json!({ "claim": claim.text, "held": claim.held })).collect();
        json!({
            "step": self.id,
            "title": { "en": self.en, "zh": self.zh },
            "held": self.held(),
            "claims": claims,
            "shown": self.facts,
        })
    }
}
