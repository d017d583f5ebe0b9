//! What one case is played on, and how its calls become calls of the library.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};

use serde_json::{Map, Value as Json, json};
use sluicegate::ffi::*;
use sluicegate::register::Instant;
use sluicegate_cli::demo_controller as controller;

use super::Step;
use super::expand::Names;
use super::host::{BrokenSigner, CaseHost, CasePlatform};
use super::results;

/// 2026-11-24T12:00:00Z, from which cases count days and seconds.
const NOON: i64 = 1_795_521_600_000;

/// What was handed over last.
#[derive(Default)]
struct Handed {
    kind: &'static str,
    text: String,
    released: Vec<String>,
}

/// The shop of one case.
pub struct Stage(Arc<Inside>);

struct Inside {
    folder: tempfile::TempDir,
    machine: Map<String, Json>,
    host: Arc<CaseHost>,
    platform: Arc<CasePlatform>,
    gate: Mutex<Option<Arc<Sluicegate>>>,
    handed: Mutex<Vec<Handed>>,
    outbox: Mutex<Vec<u64>>,
}

/// What a call came to: its result, or the library's error.
type Played = Result<Json, SluicegateError>;

impl Stage {
    pub fn new(names: &Names) -> Self {
        Self(Arc::new(Inside {
            folder: tempfile::tempdir().unwrap(),
            machine: names.get("machine").as_object().unwrap().clone(),
            host: Arc::default(),
            platform: Arc::default(),
            gate: Mutex::default(),
            handed: Mutex::default(),
            outbox: Mutex::default(),
        }))
    }

    /// The result of the call as JSON, in the words of the case files.
    pub fn play(&self, step: &Step) -> Json {
        self.0.clone().play(step).unwrap_or_else(|error| results::error(&error))
    }
}

impl Inside {
    fn play(self: Arc<Self>, step: &Step) -> Played {
        let arguments = &Arguments(&step.arguments);
        match step.call.as_str() {
            "version" => Ok(json!({ "version": version() })),
            "host" => self.set_host(arguments),
            "host_was_asked" => self.host_was_asked(),
            "lock" => self.lock(true),
            "unlock" => self.lock(false),
            "copy_folder" => self.copy("vault", "copy"),
            "restore_folder" => self.copy("copy", "vault"),
            "block_folder" => self.block(),
            "open" => self.open(arguments),
            "receive" => self.receive(arguments),
            call => {
                let gate = self.gate.lock().unwrap().clone();
                let gate = gate.unwrap_or_else(|| panic!("no such call before the gate is open: {call}"));
                self.call(call, &gate, arguments)
            }
        }
    }

    fn call(&self, call: &str, gate: &Sluicegate, arguments: &Arguments<'_>) -> Played {
        let at = arguments.at();
        let account = || arguments.text("account");
        let generation = |generation: u64| json!({ "generation": generation });
        Ok(match call {
            "accept_notice" => {
                let version = arguments.integer("version").unwrap_or(1) as u32;
                generation(gate.accept_notice(account(), version, arguments.act())?)
            }
            "grant" => generation(gate.grant(account(), arguments.about(), arguments.act())?),
            "refuse" => generation(gate.refuse(account(), arguments.about(), arguments.act())?),
            "withdraw" => generation(gate.withdraw(account(), arguments.about(), arguments.act())?),
            "asked" => generation(gate.asked(account(), arguments.about(), arguments.act())?),
            "answers" => results::answers(&gate.answers(account(), at)?),
            "explain" => results::explanation(&gate.explain(arguments.explain_ask())?),
            "share" => self.share(gate, arguments)?,
            "record_event" => self.record(gate, arguments)?,
            "enroll" => self.enroll(gate, arguments)?,
            "ledger" => json!({ "size": gate.ledger(at)?.size }),
            "verify_ledger" => controller::verify_ledger(&gate.export_ledger(at)?).unwrap(),
            "prove" => {
                let proof = gate.prove(arguments.integer("index").unwrap() as u64, at)?;
                json!({ "form": proof.lines().next() })
            }
            "outbox" => self.look_at_outbox(gate, at)?,
            "acknowledge" => {
                let ids = std::mem::take(&mut *self.outbox.lock().unwrap());
                gate.acknowledge(ids, at)?;
                done()
            }
            "confirm_time" => {
                gate.confirm_time(at)?;
                done()
            }
            "export_account" => serde_json::from_str(&gate.export_account(account(), at)?).unwrap(),
            "erase" => json!({ "erased": gate.erase(account(), at)? }),
            "reads" => {
                let mut counts = Map::new();
                for read in gate.reads(at)?.iter().filter(|read| !self.machine.contains_key(&read.item)) {
                    let row = counts.entry(&read.row).or_insert_with(|| json!({}));
                    row[&read.item] = read.count.into();
                }
                json!({ "counts": counts })
            }
            other => panic!("no such call: {other}"),
        })
    }

    fn set_host(self: Arc<Self>, arguments: &Arguments<'_>) -> Played {
        self.host.values.lock().unwrap().extend(arguments.values("values"));
        *self.host.unasked.lock().unwrap() = arguments.values("unasked").collect();
        self.host.fails.store(arguments.flag("fails"), Ordering::SeqCst);
        *self.host.meanwhile.lock().unwrap() = arguments.0.get("meanwhile").map(|step| {
            let (step, inside) = (Step::read(step), Arc::downgrade(&self));
            let play = move || {
                let actual = inside.upgrade().unwrap().play(&step).unwrap();
                assert_eq!(super::difference(&step.expect, Some(&actual), "$.meanwhile"), None);
            };
            Box::new(play) as Box<dyn Fn() + Send + Sync>
        });
        Ok(done())
    }

    fn host_was_asked(&self) -> Played {
        let asked = std::mem::take(&mut *self.host.asked.lock().unwrap());
        let mut items: Vec<&String> = asked.iter().flat_map(|wanted| &wanted.items).collect();
        items.retain(|item| !self.machine.contains_key(*item));
        items.sort();
        Ok(json!({ "times": asked.len(), "items": items }))
    }

    fn lock(&self, locked: bool) -> Played {
        self.platform.locked.store(locked, Ordering::SeqCst);
        Ok(done())
    }

    /// Copies the vault's folder away, or back. The gate is closed for it.
    fn copy(&self, from: &str, to: &str) -> Played {
        *self.gate.lock().unwrap() = None;
        let to = self.folder.path().join(to);
        let _ = fs::remove_dir_all(&to);
        copy_folder(&self.folder.path().join(from), &to);
        Ok(done())
    }

    /// Puts a file where the vault's folder would be.
    fn block(&self) -> Played {
        fs::write(self.folder.path().join("vault"), "in the way").unwrap();
        Ok(done())
    }

    fn open(&self, arguments: &Arguments<'_>) -> Played {
        *self.gate.lock().unwrap() = None;
        let place = arguments.0.get("place").map_or("memory", |place| place.as_str().unwrap());
        let folder = self.folder.path().join("vault").to_str().unwrap().to_owned();
        let controller_key = match arguments.0.get("controller_key") {
            Some(key) => key.as_str().unwrap().to_owned(),
            None => serde_json::to_string(controller::key("1688", "sig").unwrap().public()).unwrap(),
        };
        let options = Options {
            register: arguments.text("register"),
            controller_key,
            folder: (place != "memory").then_some(folder),
            at: arguments.at(),
        };
        let platform = (place == "platform").then(|| self.platform.clone() as Arc<dyn Platform>);
        let signer = arguments.flag("broken_signer").then(|| Arc::new(BrokenSigner) as Arc<dyn Signer>);
        *self.gate.lock().unwrap() = Some(Sluicegate::open(options, self.host.clone(), platform, signer)?);
        Ok(done())
    }

    fn share(&self, gate: &Sluicegate, arguments: &Arguments<'_>) -> Played {
        let outcome = gate.share(arguments.ask())?;
        let mut handed = self.handed.lock().unwrap();
        let mut again = false;
        if let Outcome::Permitted { delivery, released, .. } = &outcome {
            let (kind, text) = results::text(delivery);
            again = handed.iter().any(|earlier| earlier.text == text);
            let mut released: Vec<String> = released.iter().map(|item| item.item.clone()).collect();
            released.sort();
            handed.push(Handed { kind, text: text.to_owned(), released });
        }
        Ok(results::outcome(&outcome, &self.machine, again))
    }

    /// Records an event, or several with ids of their own.
    fn record(&self, gate: &Sluicegate, arguments: &Arguments<'_>) -> Played {
        let mut recorded = Json::Null;
        for number in 0..arguments.integer("times").unwrap_or(1) {
            let mut event = arguments.event();
            event.id.push_str(&format!("-{number}"));
            recorded = results::recorded(&gate.record_event(event)?);
        }
        Ok(recorded)
    }

    /// Asks for a certificate, has it made by the demo's controller, and hands it in, for the party or another one.
    fn enroll(&self, gate: &Sluicegate, arguments: &Arguments<'_>) -> Played {
        let (party, at) = (arguments.text("party"), arguments.at());
        let request = gate.enroll(party.clone(), arguments.text("nonce"), at)?;
        let certificate = controller::certify(&request, Instant::from_millis(at).unwrap()).unwrap();
        let certified =
            arguments.0.get("hand_in_for").map_or(party, |other| other.as_str().unwrap().to_owned());
        gate.complete_enrolment(certified, certificate, at)?;
        Ok(done())
    }

    /// What the party sees of the last delivery.
    fn receive(&self, arguments: &Arguments<'_>) -> Played {
        let handed = self.handed.lock().unwrap();
        let last = handed.last().expect("something was handed over");
        let at = Instant::from_millis(arguments.at()).unwrap();
        let mut received = controller::receive(last.kind, &last.text, &arguments.text("party"), at).unwrap();
        received["as_released"] = (received["names"] == json!(last.released)).into();
        Ok(received)
    }

    fn look_at_outbox(&self, gate: &Sluicegate, at: i64) -> Played {
        let items = gate.outbox(50, at)?;
        *self.outbox.lock().unwrap() = items.iter().map(|item| item.id).collect();
        let open = |item: &OutboxItem| {
            let body = controller::open_message(&item.body, &item.to).unwrap();
            json!({ "to": item.to, "kind": item.kind, "body": body })
        };
        Ok(json!({ "items": items.iter().map(open).collect::<Vec<_>>() }))
    }
}

fn done() -> Json {
    json!({ "done": true })
}

fn copy_folder(from: &Path, to: &PathBuf) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let (path, target) = entry.map(|entry| (entry.path(), to.join(entry.file_name()))).unwrap();
        if path.is_dir() { copy_folder(&path, &target) } else { fs::copy(&path, target).map(drop).unwrap() }
    }
}

/// The arguments of a step as the library takes them.
struct Arguments<'a>(&'a Map<String, Json>);

impl Arguments<'_> {
    fn text(&self, name: &str) -> String {
        self.optional(name).unwrap_or_else(|| panic!("the step needs {name}"))
    }

    fn optional(&self, name: &str) -> Option<String> {
        Some(self.0.get(name)?.as_str()?.to_owned())
    }

    fn integer(&self, name: &str) -> Option<i64> {
        self.0.get(name)?.as_i64()
    }

    fn flag(&self, name: &str) -> bool {
        self.0.get(name).is_some_and(|flag| *flag == json!(true))
    }

    fn at(&self) -> i64 {
        let (day, second) = (self.integer("day").unwrap_or(0), self.integer("at").unwrap_or(0));
        NOON + (day * 86_400 + second) * 1000
    }

    fn act(&self) -> Act {
        let language = self.optional("language").unwrap_or_else(|| "zh".into());
        Act { at: self.at(), language, surface: "case".into(), guardian: self.flag("guardian") }
    }

    fn about(&self) -> Vec<Subject> {
        let subject = |parts: &Json| {
            let part = |index: usize| Some(parts.get(index)?.as_str().unwrap().to_owned());
            Subject { row: part(0).unwrap(), party: part(1).unwrap(), item: part(2) }
        };
        self.0["about"].as_array().unwrap().iter().map(subject).collect()
    }

    fn age(&self) -> Age {
        match self.optional("age").as_deref() {
            Some("under_14") => Age::Under14,
            Some("over_14") => Age::Over14,
            Some("unknown") => Age::Unknown,
            other => panic!("age: {other:?}"),
        }
    }

    fn party(&self) -> Party {
        let party = Arguments(self.0["party"].as_object().unwrap());
        let (recipient, id) = (party.text("recipient"), party.text("id"));
        Party { recipient, id, key: party.optional("key"), card: party.optional("card") }
    }

    fn ask(&self) -> Ask {
        Ask {
            account: self.text("account"),
            age: self.age(),
            scenario: self.text("scenario"),
            party: self.party(),
            order: self.optional("order"),
            attempt: self.integer("attempt").unwrap_or(1) as u32,
            nonce: self.text("nonce"),
            request: self.optional("request"),
            at: self.at(),
        }
    }

    fn explain_ask(&self) -> ExplainAsk {
        ExplainAsk {
            account: self.text("account"),
            age: self.age(),
            scenario: self.text("scenario"),
            party: self.party(),
            language: self.text("language"),
            at: self.at(),
        }
    }

    fn event(&self) -> AdEvent {
        AdEvent {
            account: self.text("account"),
            age: self.age(),
            scenario: self.text("scenario"),
            party: self.party(),
            id: self.text("id"),
            item: self.text("item"),
            content: self.text("content"),
            at: self.at(),
        }
    }

    fn values(&self, name: &str) -> impl Iterator<Item = (String, Option<Value>)> {
        let values = self.0.get(name).and_then(Json::as_object);
        values.into_iter().flatten().map(|(item, value)| (item.clone(), read_value(value)))
    }
}

/// The value of an item as case files write it.
fn read_value(value: &Json) -> Option<Value> {
    Some(match value {
        Json::Null => return None,
        Json::Bool(value) => Value::Boolean { value: *value },
        Json::Number(value) => Value::Integer { value: value.as_i64().unwrap() },
        Json::String(value) => Value::Text { value: value.clone() },
        Json::Array(list) if list.iter().all(Json::is_i64) => {
            Value::Integers { values: list.iter().map(|value| value.as_i64().unwrap()).collect() }
        }
        Json::Array(list) => {
            Value::Texts { values: list.iter().map(|value| value.as_str().unwrap().to_owned()).collect() }
        }
        Json::Object(verdict) => match verdict["verdict"].as_str().unwrap() {
            "detected" => Value::Detected { confidence: verdict["confidence"].as_i64().unwrap() as u8 },
            "not_detected" => Value::NotDetected,
            _ => Value::NotEvaluable { reason: verdict["reason"].as_str().unwrap().to_owned() },
        },
    })
}
