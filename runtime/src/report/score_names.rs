//! What scores that tell sets apart are called.

use crate::uncertainty::scores::DetectionScore;

/// A score's name in words.
pub fn score_in_words(score: DetectionScore) -> &'static str {
    match score {
        DetectionScore::MaxProbability => "largest probability",
        DetectionScore::Entropy => "entropy",
        DetectionScore::MutualInformation => "mutual information",
        DetectionScore::Epistemic => "epistemic",
    }
}
