//! `cargo xtask test`: every step, one after the other, and at the end how long each took.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use clap::ValueEnum;

use crate::checkout::Checkout;
use crate::{bindings, kotlin, rust, scripts, swift};

/// The steps, in the order of the full run.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Step {
    /// Formatting, clippy, rustdoc
    Lint,
    /// The tests of every crate
    Rust,
    /// The committed bindings are what the library gives
    Bindings,
    /// The Kotlin library on the JVM
    Kotlin,
    /// The Swift package
    Swift,
    /// Other implementations read what we write
    Interop,
    /// Nothing is touched before the first acceptance
    ZeroTouch,
}

impl Step {
    fn run(self, checkout: &Checkout) -> Result<()> {
        match self {
            Step::Lint => rust::lint(checkout),
            Step::Rust => rust::test(checkout),
            Step::Bindings => bindings::check(checkout),
            Step::Kotlin => kotlin::test(checkout),
            Step::Swift => swift::test(checkout),
            Step::Interop => scripts::interop(checkout),
            Step::ZeroTouch => scripts::zero_touch(checkout),
        }
    }

    fn name(self) -> String {
        self.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
    }
}

/// Runs the chosen steps, or all; a failed one does not keep the next from running.
pub fn run(checkout: &Checkout, chosen: &[Step]) -> Result<()> {
    let started = Instant::now();
    let mut rows: Vec<(Step, Duration, bool)> = Vec::new();
    for &step in Step::value_variants() {
        if !chosen.is_empty() && !chosen.contains(&step) {
            continue;
        }
        println!("\n== {}", step.name());
        let began = Instant::now();
        let outcome = step.run(checkout);
        if let Err(error) = &outcome {
            eprintln!("{}: {error:#}", step.name());
        }
        println!("== {}: {}", step.name(), seconds(began.elapsed()));
        rows.push((step, began.elapsed(), outcome.is_ok()));
    }

    println!();
    for (step, took, held) in &rows {
        println!("{:<12}{:>9}  {}", step.name(), seconds(*took), if *held { "ok" } else { "FAILED" });
    }
    println!("{:<12}{:>9}", "all", seconds(started.elapsed()));
    let failed: Vec<_> = rows.iter().filter(|(_, _, held)| !held).map(|(step, _, _)| step.name()).collect();
    if failed.is_empty() { Ok(()) } else { bail!("failed: {}", failed.join(", ")) }
}

fn seconds(duration: Duration) -> String {
    format!("{:.1} s", duration.as_secs_f64())
}
