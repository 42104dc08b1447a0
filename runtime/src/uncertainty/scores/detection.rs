//! Telling inputs of another distribution from those of the test split by a score.

use crate::uncertainty::InputScores;
use crate::uncertainty::NORMAL_97_5;
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
    /// The score that is named for use before any set is looked at: the entropy of p̄, which every network has and which
    /// counts both kinds of uncertainty. The best of several in hindsight would be better by chance.
    pub const STATED: Self = Self::Entropy;
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
    /// 95 % interval of the area under the ROC curve, over the inputs of both given the draws: DeLong's variance on the
    /// logit scale; where that variance is 0, as if all are told apart, Newcombe's (2006, method 5).
    pub interval_of_area_under_roc: [f64; 2],
}

impl Detection {
    /// Whether the score ranks backwards: whether the whole interval says that inputs of the other distribution look more
    /// ordinary than those of the test split.
    pub fn is_backwards(&self) -> bool {
        self.interval_of_area_under_roc[1] < 0.5
    }
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
    let detections = rankings.iter().map(|(score, ranking)| {
        let counts = ranking.counts();
        Detection {
            score: *score,
            area_under_roc: counts.area_under_roc(),
            area_under_precision_recall: counts.area_under_precision_recall(),
            false_positive_rate_at_95_recall: counts.false_positive_rate_at_95_recall(),
            interval_of_area_under_roc: counts.interval_of_area_under_roc(),
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

    /// How many inputs have each distinct score.
    fn counts(&self) -> Counts {
        let mut counts = vec![[0; 2]; self.distinct];
        self.test.iter().for_each(|&place| counts[place as usize][0] += 1);
        self.other.iter().for_each(|&place| counts[place as usize][1] += 1);
        Counts { counts, totals: [self.test.len() as u64, self.other.len() as u64] }
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

    /// DeLong's variance of the area (DeLong, DeLong & Clarke-Pearson 1988, equation 5): the variance over the inputs of
    /// each set of the share of the other set that an input is ranked rightly against; `None` for a set of one.
    fn variance_of_area_under_roc(&self) -> Option<f64> {
        let [tests, others] = self.totals.map(|total| total as f64);
        if self.totals.contains(&1) {
            return None;
        }
        let area = self.area_under_roc();
        let (mut below_tests, mut below_others) = (0.0, 0.0);
        let (mut over_tests, mut over_others) = (0.0, 0.0);
        for &[test, other] in &self.counts {
            let [test, other] = [test, other].map(f64::from);
            // Ties count one half.
            let of_other = (below_tests + 0.5 * test) / tests;
            let of_test = 1.0 - (below_others + 0.5 * other) / others;
            over_others += other * (of_other - area) * (of_other - area);
            over_tests += test * (of_test - area) * (of_test - area);
            below_tests += test;
            below_others += other;
        }
        Some(over_others / (others - 1.0) / others + over_tests / (tests - 1.0) / tests)
    }

    fn interval_of_area_under_roc(&self) -> [f64; 2] {
        let area = self.area_under_roc();
        let variance = self.variance_of_area_under_roc().filter(|variance| *variance > 0.0 && area > 0.0 && area < 1.0);
        let Some(variance) = variance else { return self.newcombe_interval(area) };
        // The delta method on ln(A/(1 − A)) (Pepe 2003, section 5.2.5) keeps the ends between 0 and 1.
        let half = NORMAL_97_5 * variance.sqrt() / (area * (1.0 - area));
        let logit = (area / (1.0 - area)).ln();
        [logit - half, logit + half].map(|end| 1.0 / (1.0 + (-end).exp()))
    }

    /// The areas A with |A − area| ≤ 1.96·√V(A), where V is Hanley & McNeil's variance with both sets taken to be of their
    /// mean size (Newcombe 2006, "Confidence intervals for an effect size measure based on the Mann–Whitney statistic",
    /// part 2, method 5).
    fn newcombe_interval(&self, area: f64) -> [f64; 2] {
        let [tests, others] = self.totals.map(|total| total as f64);
        let size = 0.5 * (tests + others) - 1.0;
        let within = |a: f64| {
            let variance =
                a * (1.0 - a) / (tests * others) * (1.0 + size * (1.0 - a) / (2.0 - a) + size * a / (1.0 + a));
            (a - area).abs() <= NORMAL_97_5 * variance.sqrt()
        };
        let end = |outside: f64| {
            if within(outside) {
                return outside;
            }
            let (mut inner, mut outer) = (area, outside);
            for _ in 0..60 {
                let middle = 0.5 * (inner + outer);
                if within(middle) { inner = middle } else { outer = middle }
            }
            inner
        };
        // At 0 and 1 the variance is 0, so that only an area there reaches them.
        [end(0.0), end(1.0)]
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
