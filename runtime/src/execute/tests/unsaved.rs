//! When ending the program would lose what a run has done.

use super::watched;
use crate::execute::{RunObserver, Stop, Work};
use crate::forecast::Forecast;
use crate::store::Store;
use crate::train::{Event, Observer};
use std::io;

/// Notes at each event whether something would be lost.
struct Noted<'s> {
    stop: &'s Stop,
    trained: bool,
    /// In training, its validation included,
    training: Vec<bool>,
    /// and in scoring.
    scoring: Vec<bool>,
}

impl Observer for Noted<'_> {
    fn event(&mut self, event: &Event) -> io::Result<()> {
        let phase = if self.trained { &mut self.scoring } else { &mut self.training };
        phase.push(self.stop.may_lose());
        self.trained |= matches!(event, Event::Finished { .. });
        Ok(())
    }
}

impl RunObserver for Noted<'_> {
    fn forecast(&mut self, _: &Forecast) {
        assert!(!self.stop.may_lose(), "nothing has been done yet");
    }

    fn remark(&mut self, _: &str) {}
}

#[test]
fn a_training_would_be_lost_and_a_scoring_would_not() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = Store::new(folder.path());
    let stop = Stop::default();
    assert!(!stop.may_lose());
    let mut noted = Noted { stop: &stop, trained: false, training: Vec::new(), scoring: Vec::new() };
    watched(&store, false, &stop, &mut noted).expect("it runs");
    assert!(noted.training.len() > 6 && noted.training.iter().all(|unsaved| *unsaved), "{:?}", noted.training);
    assert!(!noted.scoring.is_empty() && !noted.scoring.iter().any(|unsaved| *unsaved), "{:?}", noted.scoring);
    assert!(stop.may_lose(), "it has been publishing to the end");
    // The next run with the same stop has nothing to lose until it trains.
    let mut noted = Noted { stop: &stop, trained: true, training: Vec::new(), scoring: Vec::new() };
    let again = watched(&store, false, &stop, &mut noted).expect("it is there");
    assert_eq!(again.work, Work::Nothing);
    assert!(!stop.may_lose());
}
