//! Whether a figure that is measured once an epoch still moves.

use serde::{Deserialize, Serialize};

/// The fewest epochs a trend is fitted to.
pub const WINDOW: usize = 5;

/// A smaller change, as a share of the figure, is called none: that of as many epochs again as were trained, at the slope of
/// the window. The window's own change says too little, for it is the smaller the more often a figure is measured.
pub const SMALLEST_CHANGE: f64 = 0.01;

/// Above this |t| a slope is more than noise whose autocorrelation from epoch to epoch is up to 0.9: on stationary
/// autoregressive noise at most 5 % of windows of 5 to 200 epochs go beyond it, either way (the tests simulate it).
pub const MOVES: f64 = 9.5;

/// The same of noise with an autocorrelation up to 0.8, downwards alone: the validation split is drawn again each epoch.
const FALLS: f64 = -5.5;

/// The least-squares line through the last epochs' figures: as many as a tenth of the epochs, and `WINDOW` at least.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trend {
    /// Epochs it is fitted to.
    pub epochs: usize,
    /// Epochs there were, up to the last of them.
    pub trained: usize,
    /// The figure of the first of them, as the line has it.
    pub first: f64,
    /// The last, as the line has it.
    pub last: f64,
    /// The slope over its standard error from the residuals, which assumes independent ones; 0 where nothing changes.
    pub t: f64,
}

impl Trend {
    /// Of a figure of each epoch in order; `None` below `WINDOW` epochs, and if one is not finite.
    pub fn of(figures: &[f64]) -> Option<Self> {
        let trained = figures.len();
        let window = trained.div_ceil(10).max(WINDOW);
        let figures = &figures[figures.len().checked_sub(window)?..];
        if !figures.iter().all(|figure| figure.is_finite()) {
            return None;
        }
        let count = window as f64;
        let middle = (count - 1.0) / 2.0;
        let mean = figures.iter().sum::<f64>() / count;
        let places = || figures.iter().enumerate().map(|(place, figure)| (place as f64 - middle, figure - mean));
        let squares: f64 = places().map(|(place, _)| place * place).sum();
        let slope = places().map(|(place, figure)| place * figure).sum::<f64>() / squares;
        let residuals: f64 = places().map(|(place, figure)| (figure - slope * place).powi(2)).sum();
        let error = (residuals / (count - 2.0) / squares).sqrt();
        // A line without residuals has no finite t; this one is beyond any threshold and can be written as JSON.
        let t = if slope == 0.0 { 0.0 } else { (slope / error).clamp(-MOST, MOST) };
        Some(Self { epochs: window, trained, first: mean - slope * middle, last: mean + slope * middle, t })
    }

    /// The change over the window as a share of the figure's mean size.
    pub fn relative_change(&self) -> f64 {
        let size = 0.5 * (self.first.abs() + self.last.abs());
        if size > 0.0 { (self.last - self.first) / size } else { 0.0 }
    }

    /// The change that as many epochs again would make at this slope, as a share of the figure's mean size.
    pub fn change_ahead(&self) -> f64 {
        self.relative_change() * self.trained as f64 / (self.epochs - 1) as f64
    }

    /// What it shows of a figure that may go either way.
    pub fn course(&self) -> Course {
        self.told(self.t.abs() > MOVES, self.change_ahead().abs(), MOVES)
    }

    /// What it shows of a figure that would fall if training went on; one that rises does not.
    pub fn fall(&self) -> Course {
        self.told(self.t < FALLS, -self.change_ahead(), -FALLS)
    }

    /// Whether the slope is one, and how large the change ahead is, whose error counts `errors` times.
    fn told(&self, is_slope: bool, ahead: f64, errors: f64) -> Course {
        let error = if self.t == 0.0 { 0.0 } else { (self.change_ahead() / self.t).abs() };
        if is_slope && ahead >= SMALLEST_CHANGE {
            Course::Moving
        } else if is_slope {
            Course::Slow
        } else if ahead + errors * error < SMALLEST_CHANGE {
            Course::Still
        } else {
            Course::Unknown
        }
    }
}

/// What a trend shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Course {
    /// The figure moves: its slope is more than autocorrelated noise makes, and takes it further by `SMALLEST_CHANGE` or more
    /// in as many epochs again.
    Moving,
    /// It moves, but as many epochs again would take it further by less: at rest, or held back by a small learning rate.
    Slow,
    /// It does not: with that noise allowed for, as many epochs again would take it further by less.
    Still,
    /// Neither can be told from noise.
    Unknown,
}

/// The largest |t| that is written.
const MOST: f64 = 1e6;
