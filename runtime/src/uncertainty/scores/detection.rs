//! Telling inputs of another distribution from those of the test split by a score.

use crate::uncertainty::InputScores;
use crate::uncertainty::bootstrap::{Resamples, percentile_interval};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

/// What an input is told by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DetectionScore {
    /// The probability of the most probable class; a small one speaks for another distribution (Hendrycks & Gimpel
    /// 2017).
    MaxProbability,
    /// H(p̄).
    Entropy,
    /// H(p̄) less the mean entropy of the draws.
    MutualInformation,
    /// The trace of the epistemic covariance.
    Epistemic,
}

impl DetectionScore {
    /// Every score.
    pub const ALL: [Self; 4] = [Self::MaxProbability, Self::Entropy, Self::MutualInformation, Self::Epistemic];

    /// Its value; `None` for the epistemic ones of a single draw.
    pub fn of(self, input: &InputScores) -> Option<f64> {
        match self {
            Self::MaxProbability => Some(input.confidence),
            Self::Entropy => Some(input.entropy),
            Self::MutualInformation => input.mutual_information(),
            Self::Epistemic => input.epistemic,
        }
    }

    /// Its value, turned so that a larger one speaks for another distribution.
    fn suspicion(self, input: &InputScores) -> Option<f64> {
        let value = self.of(input)?;
        Some(if self == Self::MaxProbability { -value } else { value })
    }
}

/// How well a score tells the two apart; inputs of the other distribution are the positive class.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Detection {
    /// The score.
    pub score: DetectionScore,
    /// The probability that an input of the other distribution scores above one of the test split, where equal scores
    /// count ½.
    pub area_under_roc: f64,
    /// Average precision, Σ (R_n − R_{n−1})·P_n over the distinct thresholds from the largest (as scikit-learn's).
    pub area_under_precision_recall: f64,
    /// The share of the test split at or above the largest threshold that finds 95 % of the other distribution
    /// (Hendrycks & Gimpel 2017 and after).
    pub false_positive_rate_at_95_recall: f64,
    /// 95 % percentile bootstrap of the area under the ROC curve, over the inputs of both.
    pub interval_of_area_under_roc: [f64; 2],
}

/// How well each score tells `other` from `test`; without the epistemic ones for a single draw, and nothing at all if
/// one of the two is empty.
pub fn detection(test: &[InputScores], other: &[InputScores]) -> Vec<Detection> {
    if test.is_empty() || other.is_empty() {
        return Vec::new();
    }
    let suspicions = |score: DetectionScore, inputs: &[InputScores]| -> Option<Vec<f64>> {
        inputs.iter().map(|input| score.suspicion(input)).collect()
    };
    let rankings: Vec<(DetectionScore, Ranking)> = DetectionScore::ALL
        .into_iter()
        .filter_map(|score| Some((score, Ranking::new(&suspicions(score, test)?, &suspicions(score, other)?))))
        .collect();
    let areas: Vec<Vec<f64>> = (0..Resamples::COUNT)
        .into_par_iter()
        .map(|resample| {
            let tests = Resamples::of("inputs").indices(resample, test.len());
            let others = Resamples::of("others").indices(resample, other.len());
            rankings.iter().map(|(_, ranking)| ranking.counts(&tests, &others).area_under_roc()).collect()
        })
        .collect();
    let all: [Vec<u32>; 2] = [(0..test.len() as u32).collect(), (0..other.len() as u32).collect()];
    let detections = rankings.iter().enumerate().map(|(place, (score, ranking))| {
        let counts = ranking.counts(&all[0], &all[1]);
        Detection {
            score: *score,
            area_under_roc: counts.area_under_roc(),
            area_under_precision_recall: counts.area_under_precision_recall(),
            false_positive_rate_at_95_recall: counts.false_positive_rate_at_95_recall(),
            interval_of_area_under_roc: percentile_interval(areas.iter().map(|areas| areas[place]).collect()),
        }
    });
    detections.collect()
}

/// The place of each input's score among all distinct scores, from the smallest.
struct Ranking {
    distinct: usize,
    test: Vec<u32>,
    other: Vec<u32>,
}

impl Ranking {
    fn new(test: &[f64], other: &[f64]) -> Self {
        let value = |index: usize| if index < test.len() { test[index] } else { other[index - test.len()] };
        let mut order: Vec<usize> = (0..test.len() + other.len()).collect();
        order.sort_unstable_by(|&left, &right| value(left).total_cmp(&value(right)));
        let mut places = vec![0; order.len()];
        let mut distinct = 0;
        for (at, &index) in order.iter().enumerate() {
            // Unlike the order, equality does not tell −0 from 0.
            if at > 0 && value(index) != value(order[at - 1]) {
                distinct += 1;
            }
            places[index] = distinct as u32;
        }
        let other = places.split_off(test.len());
        Self { distinct: distinct + 1, test: places, other }
    }

    /// How many of the inputs numbered so have each distinct score.
    fn counts(&self, test: &[u32], other: &[u32]) -> Counts {
        let mut counts = vec![[0; 2]; self.distinct];
        test.iter().for_each(|&index| counts[self.test[index as usize] as usize][0] += 1);
        other.iter().for_each(|&index| counts[self.other[index as usize] as usize][1] += 1);
        Counts { counts, totals: [test.len() as u64, other.len() as u64] }
    }
}

/// How many inputs of the test split and of the other set have each distinct score, from the smallest.
struct Counts {
    counts: Vec<[u32; 2]>,
    totals: [u64; 2],
}

impl Counts {
    fn area_under_roc(&self) -> f64 {
        let (mut below, mut twice) = (0_u64, 0_u64);
        for &[test, other] in &self.counts {
            twice += u64::from(other) * (2 * below + u64::from(test));
            below += u64::from(test);
        }
        twice as f64 / 2.0 / (self.totals[0] as f64 * self.totals[1] as f64)
    }

    fn area_under_precision_recall(&self) -> f64 {
        let (mut found, mut mistaken, mut area) = (0_u64, 0_u64, 0.0);
        for &[test, other] in self.counts.iter().rev() {
            found += u64::from(other);
            mistaken += u64::from(test);
            if other > 0 {
                area += f64::from(other) * found as f64 / (found + mistaken) as f64;
            }
        }
        area / self.totals[1] as f64
    }

    fn false_positive_rate_at_95_recall(&self) -> f64 {
        let (mut found, mut mistaken) = (0_u64, 0_u64);
        for &[test, other] in self.counts.iter().rev() {
            found += u64::from(other);
            mistaken += u64::from(test);
            if 100 * found >= 95 * self.totals[1] {
                break;
            }
        }
        mistaken as f64 / self.totals[0] as f64
    }
}
