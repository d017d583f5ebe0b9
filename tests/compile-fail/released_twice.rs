//! What was released is used up by being read.
use sluicegate::device::{Earlier, GatherError, Gathered, ItemReader, Provided, gather};
use sluicegate::gate::Released;
use sluicegate::register::{Instant, Register};

type Read<'r> = Result<Gathered<'r>, GatherError<()>>;

fn twice<'r>(
    released: Released<'r>,
    register: &Register,
    reader: &ItemReader<'_>,
    at: Instant,
) -> [Read<'r>; 2] {
    let first = gather(released, register, reader, at, &mut Earlier::default(), |_| Ok(Provided::new()));
    [first, gather(released, register, reader, at, &mut Earlier::default(), |_| Ok(Provided::new()))]
}

fn main() {}
