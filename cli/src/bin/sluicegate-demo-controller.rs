//! The demo's other side as a program, for tests in other languages: text in, text out.
//!
//! `certify AT`, `receive KIND PARTY AT`, `message COMPANY`, `ledger`; the text to work on comes on standard input.

use std::io::Read;
use std::process::ExitCode;

use sluicegate::register::Instant;
use sluicegate_cli::demo_controller::{self, Failure};

fn main() -> ExitCode {
    match run() {
        Ok(answer) => {
            println!("{answer}");
            ExitCode::SUCCESS
        }
        Err(failure) => {
            eprintln!("sluicegate-demo-controller: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<String, Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text)?;
    let text = text.trim();
    let at = |millis: &str| Ok::<_, Failure>(Instant::from_millis(millis.parse()?)?);
    match arguments[..] {
        ["certify", millis] => demo_controller::certify(text, at(millis)?),
        ["receive", kind, party, millis] => {
            Ok(demo_controller::receive(kind, text, party, at(millis)?)?.to_string())
        }
        ["message", company] => Ok(demo_controller::open_message(text, company)?.to_string()),
        ["ledger"] => Ok(demo_controller::verify_ledger(text)?.to_string()),
        _ => Err("certify AT | receive KIND PARTY AT | message COMPANY | ledger".into()),
    }
}
