//! A pool at work: a live table on a terminal, a line for each run elsewhere.

use crate::interruption;
use crate::outcome::Outcome;
use crate::session::report_error;
use crate::terminal::Terminal;
use crate::threads::no_signals;
use crate::wording::counted;
use elbo_batch::local::{Pool, PoolEnd, PoolEvent, PoolSettings};
use elbo_batch::table::{RunsShown, about, state_text, status_text};
use elbo_batch::{Item, RunState, States, WorkList, state_of};
use elbo_compiler::render::escape;
use elbo_runtime::forecast::size;
use elbo_runtime::store::StoreClock;
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// How often runs that are under way are looked at.
const GLANCE: Duration = Duration::from_secs(1);

/// Lets a pool do what is open in a batch, and prints how it stands in the end.
pub fn work_at(list: &WorkList, states: &States, settings: &PoolSettings, terminal: &Terminal) -> Outcome {
    let open = states.places(RunState::is_open);
    let elsewhere = states.places(|state| matches!(state, RunState::Running(..)));
    let failed = states.places(|state| matches!(state, RunState::Failed(failure) if !failure.is_of_the_store));
    if !failed.is_empty() {
        let runs = counted(failed.len(), "run");
        terminal.note(&format!("{runs} failed before and wait for `elbo batch retry`"));
    }
    if !elsewhere.is_empty() {
        terminal.note(&format!("{} are under way in other processes", counted(elsewhere.len(), "run")));
    }
    let stop = match interruption::watch_patiently() {
        Ok(stop) => stop,
        Err(error) => {
            return no_signals(&error, terminal);
        }
    };
    let mut progress = Progress::new(list, states, (open.len() + elsewhere.len()) as u64, terminal);
    let pool = Pool::new(list, settings, (open, elsewhere), &stop);
    let end = pool.run(&mut |event| progress.event(&event));
    progress.clear();
    let end = match end {
        Ok(end) => end,
        Err(error) => return report_error(&error.into(), terminal),
    };
    conclude(list, end, terminal)
}

/// Prints how the batch stands, and what there is to do next.
fn conclude(list: &WorkList, end: PoolEnd, terminal: &Terminal) -> Outcome {
    let states = States::of(list);
    terminal.text(&status_text(list, &states, RunsShown::Noteworthy));
    let has_failed = states.runs.iter().any(|state| matches!(state, RunState::Failed(_)));
    match end {
        PoolEnd::StoreFailed(index) => {
            terminal.error(&format!(
                "the store cannot be written, so the batch stopped; what was said of it is in `{}`\n  help: once that is \
                 fixed, the same command goes on from there",
                list.log(index).display()
            ));
            Outcome::Wrong
        }
        PoolEnd::Stopped => {
            terminal.note("stopped; the same command goes on from there");
            Outcome::Stopped
        }
        PoolEnd::WorkersStopped(runs) => {
            terminal.ending(&format!(
                "the workers of {} were ended again and again by somebody's signal; the same command goes on from \
                 there",
                counted(runs, "run")
            ));
            if has_failed { Outcome::Wrong } else { Outcome::Stopped }
        }
        PoolEnd::Done if has_failed => Outcome::Wrong,
        PoolEnd::Done if states.runs.iter().any(RunState::is_open) => {
            terminal.error("some runs could not be begun\n  help: `elbo batch logs` with the manifest shows why; the same command tries again");
            Outcome::Wrong
        }
        PoolEnd::Done => {
            terminal.note(&format!("`elbo report {}` lays the runs side by side", list.store.root().display()));
            Outcome::Done
        }
    }
}

struct Progress<'p> {
    list: &'p WorkList,
    terminal: &'p Terminal,
    screen: Option<Screen>,
    glanced: Option<Instant>,
    total: u64,
    ended: u64,
}

/// What moves on a terminal.
struct Screen {
    lines: MultiProgress,
    whole: ProgressBar,
    runs: BTreeMap<usize, ProgressBar>,
    /// Steps of the runs that this pool has to do, by which the time left is told.
    work: Work,
}

/// Multiply-accumulates, which runs of unequal size have in common.
struct Work {
    total: f64,
    done: f64,
    began: Instant,
}

impl Work {
    fn left(&self) -> Option<Duration> {
        let seconds = self.began.elapsed().as_secs_f64() * (self.total - self.done) / self.done;
        Duration::try_from_secs_f64(seconds).ok().filter(|_| self.done > 0.0)
    }
}

impl<'p> Progress<'p> {
    fn new(list: &'p WorkList, states: &States, total: u64, terminal: &'p Terminal) -> Self {
        let screen = terminal.shows_progress().then(|| {
            let lines = MultiProgress::new();
            let style = ProgressStyle::with_template("{bar:24} {pos}/{len} runs  {msg}");
            let style = style.expect("the template is well formed").progress_chars("━╸ ");
            let whole = lines.add(ProgressBar::new(total).with_style(style));
            whole.enable_steady_tick(Duration::from_millis(200));
            let open = list.items.iter().zip(&states.runs);
            let open = open.filter(|(_, state)| !matches!(state, RunState::Finished(_) | RunState::Failed(_)));
            let total = open.map(|(item, _)| item.work).sum();
            let work = Work { total, done: 0.0, began: Instant::now() };
            Screen { lines, whole, runs: BTreeMap::new(), work }
        });
        Self { list, terminal, screen, glanced: None, total, ended: 0 }
    }

    fn line(&self, text: &str) {
        match &self.screen {
            // Where lines cannot be added above the table, there is no table either.
            Some(screen) => drop(screen.lines.println(escape::message(text))),
            None => self.terminal.note(text),
        }
    }

    fn event(&mut self, event: &PoolEvent<'_>) {
        match event {
            PoolEvent::Begun(item) => self.begun(item),
            PoolEvent::Ended(item, state) => self.ended(item, state),
            PoolEvent::Retried(item, problem) => {
                self.remove(item.index);
                self.line(&format!("{}: {problem}; it is started again", item.name()));
            }
            PoolEvent::Suspended(item, process) => self.line(&format!(
                "{}: its worker, process {process}, is suspended and waited for; `kill -CONT {process}` lets it go on, \
                 `kill -KILL {process}` gives its run to another",
                item.name()
            )),
            PoolEvent::NoMemory(item, available) => {
                let (needed, available) = (size(item.memory), size(*available));
                self.line(&format!(
                    "{} needs {needed} of memory, of which {available} is free: waiting until others give some back",
                    item.name()
                ));
            }
            PoolEvent::Stopping(0) => {}
            PoolEvent::Stopping(workers) => {
                self.line(&format!(
                    "stopping: {} being saved",
                    if *workers == 1 { "1 run is".to_owned() } else { format!("{workers} runs are") }
                ));
            }
            PoolEvent::Tick(under_way) => self.glance(under_way),
        }
    }

    fn begun(&mut self, item: &Item) {
        if let Some(screen) = &mut self.screen {
            let style = ProgressStyle::with_template("  {prefix}  {msg}").expect("the template is well formed");
            let bar = screen.lines.add(ProgressBar::new_spinner().with_style(style));
            bar.set_prefix(item.name().to_owned());
            screen.runs.insert(item.index, bar);
        }
    }

    fn remove(&mut self, index: usize) {
        if let Some(screen) = &mut self.screen
            && let Some(bar) = screen.runs.remove(&index)
        {
            bar.finish_and_clear();
            screen.lines.remove(&bar);
        }
    }

    fn ended(&mut self, item: &Item, state: &RunState) {
        self.remove(item.index);
        self.ended += u64::from(matches!(state, RunState::Finished(_) | RunState::Failed(_)));
        let width = self.total.to_string().len();
        let text = match state_text(state) {
            text if text.is_empty() => state.name().to_owned(),
            text => format!("{}: {text}", state.name()),
        };
        self.line(&format!("[{:>width$}/{}] {}  {text}", self.ended, self.total, item.name()));
        if let Some(screen) = &mut self.screen {
            screen.work.done += item.work;
            screen.whole.set_position(self.ended);
        }
    }

    /// Looks at how far the runs have come, now and then.
    fn glance(&mut self, under_way: &[usize]) {
        let Some(screen) = &self.screen else { return };
        if self.glanced.is_some_and(|last| last.elapsed() < GLANCE) {
            return;
        }
        self.glanced = Some(Instant::now());
        let clock = StoreClock::of(&self.list.directory);
        for index in under_way {
            if let Some(bar) = screen.runs.get(index) {
                let state = state_of(self.list, &self.list.items[*index], &clock);
                bar.set_message(escape::message(&state_text(&state)));
            }
        }
        if let Some(left) = screen.work.left() {
            screen.whole.set_message(format!("{} left", about(left.as_secs_f64())));
        }
    }

    fn clear(&mut self) {
        if let Some(screen) = self.screen.take() {
            screen.runs.values().for_each(ProgressBar::finish_and_clear);
            screen.whole.finish_and_clear();
        }
    }
}
