//! What was released can't be copied.
use sluicegate::gate::Released;

fn copies<'r>(released: Released<'r>) -> [Released<'r>; 2] {
    [released.clone(), released]
}

fn main() {}
