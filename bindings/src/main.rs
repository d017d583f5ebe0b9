//! Writes the Kotlin and Swift bindings out of the built host library: `sluicegate-bindings LIBRARY FOLDER`.

use std::fs;

use anyhow::{Context, Result, bail};
use uniffi_bindgen::bindings::{
    GenerateOptions, SwiftBindingsOptions, TargetLanguage, generate, generate_swift_bindings,
};

/// Hand-written, as the generator's own map names Darwin modules, which Linux lacks. It does not
/// name the library to link: an XCFramework brings its own, and Package.swift says it for Linux.
const MODULE_MAP: &str = "module SluicegateFFI {\n    header \"SluicegateFFI.h\"\n    export *\n}\n";

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [library, folder] = arguments.as_slice() else {
        bail!("usage: sluicegate-bindings LIBRARY FOLDER");
    };
    kotlin(library, &format!("{folder}/kotlin"))?;
    swift(library, &format!("{folder}/swift"))
}

fn kotlin(library: &str, folder: &str) -> Result<()> {
    // Unformatted: a formatter that one machine has and another lacks would make the output differ.
    generate(GenerateOptions {
        languages: vec![TargetLanguage::Kotlin],
        source: library.into(),
        out_dir: folder.into(),
        format: false,
        metadata_no_deps: true,
        ..GenerateOptions::default()
    })
}

fn swift(library: &str, folder: &str) -> Result<()> {
    let module = format!("{folder}/include/SluicegateFFI");
    generate_swift_bindings(SwiftBindingsOptions {
        generate_swift_sources: true,
        source: library.into(),
        out_dir: folder.into(),
        metadata_no_deps: true,
        ..SwiftBindingsOptions::default()
    })?;
    generate_swift_bindings(SwiftBindingsOptions {
        generate_headers: true,
        source: library.into(),
        out_dir: module.as_str().into(),
        metadata_no_deps: true,
        ..SwiftBindingsOptions::default()
    })?;
    fs::write(format!("{module}/module.modulemap"), MODULE_MAP).context("module.modulemap")
}
