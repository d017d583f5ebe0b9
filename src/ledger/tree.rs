//! The Merkle tree of RFC 6962 and RFC 9162, over stored hashes.
//!
//! The hash of every complete subtree is stored once, in the order in which subtrees become complete. This is the
//! numbering of Go's `golang.org/x/mod/sumdb/tlog`: appending to a tree of `size` leaves writes `1 + t` hashes at
//! consecutive indexes from [`stored_hash_count`]`(size)`, where `t` is the number of trailing one bits of `size`.
//! Nothing stored is ever rewritten, and every root or proof reads at most 2 log2(size) of them.

use crate::register::Hash;

/// The most leaves a tree may have: 2^53 - 1, the last integer every JSON reader keeps exactly.
pub const MAX_SIZE: u64 = (1 << 53) - 1;

/// Where the stored hashes are read from; the vault implements it, and so does a closure or a slice.
pub trait HashStore {
    /// Why a hash can't be read.
    type Error;

    /// The stored hash at `index` (see [`stored_hash_index`]).
    fn read(&self, index: u64) -> Result<Hash, Self::Error>;
}

impl<F, E> HashStore for F
where
    F: Fn(u64) -> Result<Hash, E>,
{
    type Error = E;

    fn read(&self, index: u64) -> Result<Hash, E> {
        self(index)
    }
}

/// Nothing is stored at this index.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no hash is stored at {0}")]
pub struct Absent(pub u64);

impl HashStore for [Hash] {
    type Error = Absent;

    fn read(&self, index: u64) -> Result<Hash, Absent> {
        usize::try_from(index).ok().and_then(|i| self.get(i)).copied().ok_or(Absent(index))
    }
}

/// Why a tree function gave no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TreeError<E> {
    /// The store could not be read.
    #[error("hash store: {0}")]
    Store(E),
    /// An argument is out of range.
    #[error("{field}: {rule}")]
    Range {
        /// The argument at fault.
        field: &'static str,
        /// The rule it breaks.
        rule: &'static str,
    },
}

/// A proof does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ProofFault {
    /// The sizes or the index contradict each other, or exceed [`MAX_SIZE`].
    #[error("proof: index or sizes out of range")]
    Range,
    /// There are more or fewer hashes than the sizes call for.
    #[error("proof: wrong number of hashes")]
    Length,
    /// The hashes do not lead to the root.
    #[error("proof: does not lead to the root")]
    Root,
}

/// The hash of a leaf: SHA-256(0x00 || data) (RFC 6962, 2.1).
pub fn leaf_hash(data: &[u8]) -> Hash {
    prefixed(0x00, &[data])
}

/// The hash of two subtrees: SHA-256(0x01 || left || right) (RFC 6962, 2.1).
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    prefixed(0x01, &[&left.0, &right.0])
}

/// The root of the tree without leaves: SHA-256 of nothing.
pub fn empty_root() -> Hash {
    Hash::of(b"")
}

/// The index at which the `n`th complete subtree of 2^`level` leaves is stored (both from 0; level 0 is the leaves).
///
/// `None` if the subtree lies beyond [`MAX_SIZE`].
pub fn stored_hash_index(level: u32, n: u64) -> Option<u64> {
    // The subtree is complete with its last leaf, and stored `level` hashes after that leaf.
    let leaves = n.checked_add(1)?.checked_mul(1u64.checked_shl(level)?)?;
    if leaves > MAX_SIZE {
        return None;
    }
    Some(stored_hash_count(leaves - 1)? + u64::from(level))
}

/// How many hashes a tree of `size` leaves has stored; also the index of the next. `None` beyond [`MAX_SIZE`].
pub fn stored_hash_count(size: u64) -> Option<u64> {
    (size <= MAX_SIZE).then(|| 2 * size - u64::from(size.count_ones()))
}

/// The hashes to store, from index [`stored_hash_count`]`(size)` on, when `leaf` becomes leaf number `size`.
pub fn append<S>(size: u64, leaf: Hash, store: &S) -> Result<Vec<Hash>, TreeError<S::Error>>
where
    S: HashStore + ?Sized,
{
    if size >= MAX_SIZE {
        return Err(TreeError::Range { field: "size", rule: "the tree is full" });
    }
    let mut stored = vec![leaf];
    let mut last = leaf;
    for level in 0..size.trailing_ones() {
        last = node_hash(&read_subtree(level, (size >> level) - 1, store)?, &last);
        stored.push(last);
    }
    Ok(stored)
}

/// The root of the tree of the first `size` leaves.
pub fn root<S>(size: u64, store: &S) -> Result<Hash, TreeError<S::Error>>
where
    S: HashStore + ?Sized,
{
    check_size(size)?;
    if size == 0 { Ok(empty_root()) } else { range_hash(0, size, store) }
}

/// The audit path of leaf `index` in the tree of `size` leaves, from the leaf's sibling up (RFC 6962, 2.1.1).
pub fn prove_inclusion<S>(index: u64, size: u64, store: &S) -> Result<Vec<Hash>, TreeError<S::Error>>
where
    S: HashStore + ?Sized,
{
    check_size(size)?;
    if index >= size {
        return Err(TreeError::Range { field: "index", rule: "must be below the tree's size" });
    }
    let (mut from, mut to) = (0, size);
    let mut path = Vec::new();
    while to - from > 1 {
        let middle = from + split(to - from);
        if index < middle {
            path.push(range_hash(middle, to, store)?);
            to = middle;
        } else {
            path.push(range_hash(from, middle, store)?);
            from = middle;
        }
    }
    path.reverse();
    Ok(path)
}

/// Whether `path` shows that the leaf with hash `leaf` stands at `index` in the tree of `size` leaves with `root`
/// (RFC 9162, 2.1.3.2).
pub fn verify_inclusion(
    index: u64,
    size: u64,
    leaf: &Hash,
    root: &Hash,
    path: &[Hash],
) -> Result<(), ProofFault> {
    if index >= size || size > MAX_SIZE {
        return Err(ProofFault::Range);
    }
    let (mut node, mut last) = (index, size - 1);
    let mut hash = *leaf;
    for sibling in path {
        if last == 0 {
            return Err(ProofFault::Length);
        }
        if node & 1 == 1 || node == last {
            hash = node_hash(sibling, &hash);
            // Levels at which the right edge has no sibling add no hash.
            while node & 1 == 0 && node != 0 {
                node >>= 1;
                last >>= 1;
            }
        } else {
            hash = node_hash(&hash, sibling);
        }
        node >>= 1;
        last >>= 1;
    }
    if last != 0 {
        return Err(ProofFault::Length);
    }
    if hash == *root { Ok(()) } else { Err(ProofFault::Root) }
}

/// The proof that the tree of `new` leaves extends the one of `old` leaves (RFC 6962, 2.1.2).
///
/// Empty if the sizes are equal, or if `old` is 0: every tree extends the empty one.
pub fn prove_consistency<S>(old: u64, new: u64, store: &S) -> Result<Vec<Hash>, TreeError<S::Error>>
where
    S: HashStore + ?Sized,
{
    check_size(new)?;
    if old > new {
        return Err(TreeError::Range { field: "old", rule: "must not exceed the new size" });
    }
    let mut path = Vec::new();
    if old == 0 || old == new {
        return Ok(path);
    }
    let (mut from, mut to) = (0, new);
    // Down to the subtree that ends where the old tree ended.
    while to != old {
        let middle = from + split(to - from);
        if old <= middle {
            path.push(range_hash(middle, to, store)?);
            to = middle;
        } else {
            path.push(range_hash(from, middle, store)?);
            from = middle;
        }
    }
    // If that is the whole old tree, the verifier has its hash.
    if from != 0 {
        path.push(range_hash(from, to, store)?);
    }
    path.reverse();
    Ok(path)
}

/// Whether `path` shows that the tree of `new` leaves extends the one of `old` leaves (RFC 9162, 2.1.4.2).
pub fn verify_consistency(
    old: u64,
    new: u64,
    old_root: &Hash,
    new_root: &Hash,
    path: &[Hash],
) -> Result<(), ProofFault> {
    if old > new || new > MAX_SIZE {
        return Err(ProofFault::Range);
    }
    if old == 0 || old == new {
        if !path.is_empty() {
            return Err(ProofFault::Length);
        }
        let expected = if old == 0 { empty_root() } else { *new_root };
        let new_is_sound = new != 0 || *new_root == empty_root();
        return if *old_root == expected && new_is_sound { Ok(()) } else { Err(ProofFault::Root) };
    }
    // When the old tree is one complete subtree, the path begins with its root, unsaid.
    let (first, rest) = if old.is_power_of_two() {
        (*old_root, path)
    } else {
        let (first, rest) = path.split_first().ok_or(ProofFault::Length)?;
        (*first, rest)
    };
    let complete = (old - 1).trailing_ones();
    let (mut node, mut last) = ((old - 1) >> complete, (new - 1) >> complete);
    let (mut old_hash, mut new_hash) = (first, first);
    for sibling in rest {
        if last == 0 {
            return Err(ProofFault::Length);
        }
        if node & 1 == 1 || node == last {
            old_hash = node_hash(sibling, &old_hash);
            new_hash = node_hash(sibling, &new_hash);
            while node & 1 == 0 && node != 0 {
                node >>= 1;
                last >>= 1;
            }
        } else {
            new_hash = node_hash(&new_hash, sibling);
        }
        node >>= 1;
        last >>= 1;
    }
    if last != 0 {
        return Err(ProofFault::Length);
    }
    if old_hash == *old_root && new_hash == *new_root { Ok(()) } else { Err(ProofFault::Root) }
}

fn prefixed(prefix: u8, parts: &[&[u8]]) -> Hash {
    let mut context = ring::digest::Context::new(&ring::digest::SHA256);
    context.update(&[prefix]);
    for part in parts {
        context.update(part);
    }
    let mut hash = [0; 32];
    hash.copy_from_slice(context.finish().as_ref());
    Hash(hash)
}

fn check_size<E>(size: u64) -> Result<(), TreeError<E>> {
    if size > MAX_SIZE {
        return Err(TreeError::Range { field: "size", rule: "must be at most 2^53 - 1" });
    }
    Ok(())
}

/// Where RFC 6962 divides `n` leaves (n > 1): the largest power of two below `n`.
fn split(n: u64) -> u64 {
    1 << (n - 1).ilog2()
}

fn read_subtree<S>(level: u32, n: u64, store: &S) -> Result<Hash, TreeError<S::Error>>
where
    S: HashStore + ?Sized,
{
    let index = stored_hash_index(level, n)
        .ok_or(TreeError::Range { field: "size", rule: "must be at most 2^53 - 1" })?;
    store.read(index).map_err(TreeError::Store)
}

/// The hash over leaves `from..to`, a range that [`split`] produced: its complete subtrees are stored, largest first.
fn range_hash<S>(mut from: u64, to: u64, store: &S) -> Result<Hash, TreeError<S::Error>>
where
    S: HashStore + ?Sized,
{
    let mut subtrees = Vec::new();
    while from < to {
        let level = (to - from).ilog2();
        subtrees.push(read_subtree(level, from >> level, store)?);
        from += 1 << level;
    }
    let mut hash = subtrees.pop().expect("a range holds a leaf");
    while let Some(left) = subtrees.pop() {
        hash = node_hash(&left, &hash);
    }
    Ok(hash)
}

#[cfg(test)]
#[path = "tree_tests.rs"]
mod tests;
