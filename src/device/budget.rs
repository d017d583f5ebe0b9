//! The read budget: each identifier is read at most once per process and purpose window, and counted.

use std::collections::BTreeMap;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::Serialize;
use zeroize::Zeroize;

use super::reading::{Absent, Reason};
use crate::register::{Instant, ItemId, PurposeId, Value};

/// How often an identifier was read for a purpose, in this process.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReadCount {
    /// The identifier.
    pub item: ItemId,
    /// What it was read for.
    pub purpose: PurposeId,
    /// How often it was read.
    pub reads: u64,
    /// How often it was asked for: what exceeds `reads` came from memory.
    pub asked: u64,
}

/// What identifiers gave, in memory alone, wiped when dropped or purged.
///
/// No lock is held while a reader runs, so a purge never waits for one.
#[derive(Default)]
pub struct ReadBudget {
    kept: Mutex<BTreeMap<(ItemId, PurposeId), Kept>>,
    done: Condvar,
}

/// How long one thread waits for another that is reading the same identifier.
const PATIENCE: Duration = Duration::from_secs(2);

#[derive(Default)]
struct Kept {
    window_start: Option<Instant>,
    answer: Option<Answer>,
    reading: Option<u64>,
    reads: u64,
    asked: u64,
}

struct Answer(Result<Value, Absent>);

/// What reading gave, item by item.
pub type Answers = BTreeMap<ItemId, Result<Value, Absent>>;

impl ReadBudget {
    /// An empty budget.
    pub fn new() -> Self {
        Self::default()
    }

    /// What `items` gave for `purpose` in the window that began at `window_start`. `read` is called once, with those
    /// that were not asked for yet in it. An absent value is an answer too and is not asked for again in its window. A
    /// window that begins before the one at hand counts as that one, so that a clock turned back reads nothing anew.
    ///
    /// An item that another thread takes too long to read is absent ([`Reason::Deadline`]).
    ///
    /// # Errors
    /// What `read` gave; nothing is kept then.
    pub fn get_or_read<E>(
        &self,
        items: &[ItemId],
        purpose: &PurposeId,
        window_start: Instant,
        read: impl FnOnce(Vec<ItemId>) -> Result<Answers, E>,
    ) -> Result<Answers, E> {
        let mut answers = Answers::new();
        let mut turn = Turn { budget: self, keys: Vec::new() };
        for item in items {
            match self.kept_or_turn((item.clone(), purpose.clone()), window_start) {
                Ok(answer) => drop(answers.insert(item.clone(), answer)),
                Err(number) => turn.keys.push(((item.clone(), purpose.clone()), number)),
            }
        }
        let missing = turn.keys.iter().map(|((item, _), _)| item.clone()).collect();
        let read = read(missing)?;
        turn.keep(&read);
        answers.extend(read);
        Ok(answers)
    }

    /// The kept answer, or the number of the turn in which the caller reads.
    fn kept_or_turn(
        &self,
        key: (ItemId, PurposeId),
        window_start: Instant,
    ) -> Result<Result<Value, Absent>, u64> {
        let mut all = self.lock();
        all.entry(key.clone()).or_default().asked += 1;
        let (mut all, timeout) = self
            .done
            .wait_timeout_while(all, PATIENCE, |all| all.get(&key).is_some_and(|kept| kept.reading.is_some()))
            .unwrap_or_else(PoisonError::into_inner);
        if timeout.timed_out() {
            return Ok(Err(Absent { reason: Reason::Deadline }));
        }
        let kept = all.entry(key).or_default();
        if let Some(Answer(answer)) = &kept.answer
            && kept.window_start.is_some_and(|kept| window_start <= kept)
        {
            return Ok(answer.clone());
        }
        kept.answer = None;
        kept.window_start = Some(window_start);
        kept.reads += 1;
        kept.reading = Some(kept.reads);
        Err(kept.reads)
    }

    /// How often each identifier was read: for the person's export, and for audits. Holds no values.
    pub fn counts(&self) -> Vec<ReadCount> {
        let count = |((item, purpose), kept): (&(ItemId, PurposeId), &Kept)| ReadCount {
            item: item.clone(),
            purpose: purpose.clone(),
            reads: kept.reads,
            asked: kept.asked,
        };
        self.lock().iter().map(count).collect()
    }

    /// Forgets what was read for `purpose`, once its consent is withdrawn. What is being read now is not kept.
    pub fn purge_purpose(&self, purpose: &PurposeId) {
        self.purge(|(_, kept_purpose)| kept_purpose == purpose);
    }

    /// Forgets what `item` gave, for every purpose.
    pub fn purge_item(&self, item: &ItemId) {
        self.purge(|(kept_item, _)| kept_item == item);
    }

    /// Forgets everything that was read. The counts stay.
    pub fn purge_all(&self) {
        self.purge(|_| true);
    }

    fn purge(&self, which: impl Fn(&(ItemId, PurposeId)) -> bool) {
        for (key, kept) in self.lock().iter_mut() {
            if which(key) {
                (kept.answer, kept.window_start, kept.reading) = (None, None, None);
            }
        }
        self.done.notify_all();
    }

    /// A panic elsewhere leaves the map whole: each change to it is one assignment.
    fn lock(&self) -> MutexGuard<'_, BTreeMap<(ItemId, PurposeId), Kept>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One thread's turn to read; it ends when dropped, also when the reader panics.
struct Turn<'a> {
    budget: &'a ReadBudget,
    keys: Vec<((ItemId, PurposeId), u64)>,
}

impl Turn<'_> {
    /// Keeps the answers, unless a purge ended this turn.
    fn keep(self, answers: &Answers) {
        let mut all = self.budget.lock();
        for (key, number) in &self.keys {
            if let (Some(kept), Some(answer)) = (all.get_mut(key), answers.get(&key.0))
                && kept.reading == Some(*number)
            {
                kept.answer = Some(Answer(answer.clone()));
            }
        }
        drop(all);
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let mut all = self.budget.lock();
        for (key, number) in &self.keys {
            if let Some(kept) = all.get_mut(key)
                && kept.reading == Some(*number)
            {
                kept.reading = None;
            }
        }
        drop(all);
        self.budget.done.notify_all();
    }
}

impl Drop for Answer {
    fn drop(&mut self) {
        match &mut self.0 {
            Ok(Value::Text(text)) => text.zeroize(),
            Ok(Value::Texts(texts)) => texts.zeroize(),
            Ok(Value::Integer(number)) => number.zeroize(),
            Ok(Value::Integers(numbers)) => numbers.zeroize(),
            Ok(Value::Boolean(_) | Value::Verdict(_)) | Err(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::sync::Barrier;
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;

    fn key() -> (ItemId, PurposeId) {
        (ItemId::new("device.oaid").unwrap(), PurposeId::new("ads").unwrap())
    }

    fn at(millis: i64) -> Instant {
        Instant::from_millis(millis).unwrap()
    }

    fn words(text: &str) -> Result<Value, Absent> {
        Ok(Value::Text(text.to_owned()))
    }

    fn ask(
        budget: &ReadBudget,
        (item, purpose): (&ItemId, &PurposeId),
        window_start: Instant,
        read: impl FnOnce() -> Result<Value, Absent>,
    ) -> Result<Value, Absent> {
        let one = std::slice::from_ref(item);
        let answers = budget.get_or_read(one, purpose, window_start, |missing| {
            Ok::<_, ()>(missing.into_iter().zip(std::iter::once_with(read)).collect())
        });
        answers.unwrap().remove(item).unwrap()
    }

    fn never() -> Result<Value, Absent> {
        panic!("read again")
    }

    #[test]
    fn an_identifier_is_read_once_per_purpose_and_window() {
        let (item, purpose) = key();
        let budget = ReadBudget::new();
        assert_eq!(ask(&budget, (&item, &purpose), at(5), || words("a")), words("a"));
        assert_eq!(ask(&budget, (&item, &purpose), at(5), never), words("a"));
        assert_eq!(ask(&budget, (&item, &purpose), at(4), never), words("a"));
        assert_eq!(ask(&budget, (&item, &purpose), at(6), || words("b")), words("b"));
        let other = PurposeId::new("payment").unwrap();
        assert_eq!(ask(&budget, (&item, &other), at(5), || words("c")), words("c"));
        let counts: Vec<_> =
            budget.counts().into_iter().map(|c| (c.purpose.to_string(), c.reads, c.asked)).collect();
        assert_eq!(counts, [("ads".to_owned(), 2, 4), ("payment".to_owned(), 1, 1)]);
    }

    #[test]
    fn an_absent_identifier_is_not_asked_for_again_in_its_window() {
        let (item, purpose) = key();
        let budget = ReadBudget::new();
        let absent = Err(Absent { reason: Reason::SourceMissing });
        assert_eq!(ask(&budget, (&item, &purpose), at(5), || absent.clone()), absent);
        assert_eq!(ask(&budget, (&item, &purpose), at(5), never), absent);
    }

    #[test]
    fn a_withdrawal_forgets_the_value_and_keeps_the_count() {
        let (item, purpose) = key();
        let budget = ReadBudget::new();
        for purge in [&|| budget.purge_purpose(&purpose) as (), &|| budget.purge_item(&item), &|| {
            budget.purge_all() as ()
        }] as [&dyn Fn(); 3]
        {
            ask(&budget, (&item, &purpose), at(5), || words("a")).unwrap();
            purge();
            assert!(budget.lock().values().all(|kept| kept.answer.is_none()));
        }
        assert_eq!(budget.counts()[0].reads, 3);
    }

    #[test]
    fn a_purge_of_another_purpose_forgets_nothing() {
        let (item, purpose) = key();
        let budget = ReadBudget::new();
        ask(&budget, (&item, &purpose), at(5), || words("a")).unwrap();
        budget.purge_purpose(&PurposeId::new("payment").unwrap());
        budget.purge_item(&ItemId::new("device.aaid").unwrap());
        assert_eq!(ask(&budget, (&item, &purpose), at(5), never), words("a"));
    }

    #[test]
    fn a_withdrawal_while_reading_does_not_wait_and_nothing_is_kept() {
        let (item, purpose) = key();
        let budget = ReadBudget::new();
        let read = || {
            budget.purge_purpose(&purpose);
            words("a")
        };
        assert_eq!(ask(&budget, (&item, &purpose), at(5), read), words("a"));
        assert_eq!(ask(&budget, (&item, &purpose), at(5), || words("b")), words("b"));
    }

    #[test]
    fn threads_that_ask_at_once_cause_one_reading() {
        let (item, purpose) = key();
        let budget = ReadBudget::new();
        let (barrier, reads) = (Barrier::new(8), AtomicU64::new(0));
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    barrier.wait();
                    let read = || {
                        reads.fetch_add(1, Ordering::SeqCst);
                        std::thread::sleep(Duration::from_millis(20));
                        words("a")
                    };
                    assert_eq!(ask(&budget, (&item, &purpose), at(5), read), words("a"));
                });
            }
        });
        assert_eq!(reads.load(Ordering::SeqCst), 1);
        assert_eq!((budget.counts()[0].reads, budget.counts()[0].asked), (1, 8));
    }

    #[test]
    fn a_reader_that_panics_does_not_block_the_next() {
        let (item, purpose) = key();
        let budget = ReadBudget::new();
        let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            let _ = ask(&budget, (&item, &purpose), at(5), never);
        }));
        assert!(caught.is_err());
        assert_eq!(ask(&budget, (&item, &purpose), at(5), || words("a")), words("a"));
    }
}
