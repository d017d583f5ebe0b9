//! Runs other programs: says what it runs, and fails when they fail.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

/// Runs the program to its end; what it writes is seen as it comes.
pub fn run(command: &mut Command) -> Result<()> {
    println!("$ {}", line(command));
    let status = command.status().with_context(|| line(command))?;
    if !status.success() {
        bail!("{}: {status}", line(command));
    }
    Ok(())
}

/// Runs the program to its end and returns what it wrote to its standard output.
pub fn output(command: &mut Command) -> Result<String> {
    let output = command.output().with_context(|| line(command))?;
    if !output.status.success() {
        bail!("{}: {}\n{}", line(command), output.status, String::from_utf8_lossy(&output.stderr));
    }
    String::from_utf8(output.stdout).with_context(|| line(command))
}

/// Whether a program of this name is on PATH.
pub fn is_there(program: &str) -> bool {
    std::env::var_os("PATH")
        .is_some_and(|path| std::env::split_paths(&path).any(|folder| is_file(&folder.join(program))))
}

fn is_file(path: &Path) -> bool {
    path.metadata().is_ok_and(|metadata| metadata.is_file())
}

fn line(command: &Command) -> String {
    let words = [command.get_program()].into_iter().chain(command.get_args());
    // A script among the words would drown the rest.
    let words = words
        .map(|word| word.to_string_lossy())
        .map(|word| if word.contains('\n') { "...".into() } else { word });
    words.collect::<Vec<_>>().join(" ")
}
