"""Writes torch_metrics.json: predictions and what torchmetrics and torch-uncertainty make of them.

Run it in this folder with a Python that has both: python3 torch_metrics.py. The predictions are draws of probabilities,
T x N x C, in whole multiples of 2^-20, so that every reader has the same ones to the bit. The first TEST inputs are the
test split, the others play another distribution; its labels do not matter.

Where the two libraries define a score as elbo does, its value is stored under elbo's name. What they define otherwise
keeps their name, and torch_metrics.rs says how it follows from elbo's:

* AURC (torch-uncertainty) is the trapezoidal area under the risks at coverages 1/N ... 1, over 1 - 1/N; elbo's is their
  mean.
* FPR95 is taken from both: torch-uncertainty's of this version is elbo's (older ones took the threshold whose recall is
  nearest to 95 %), torchmetrics' specificity at sensitivity 0.95 is elbo's counted from 1.
* AdaptiveCalibrationError (torch-uncertainty) and elbo's differ only where equally confident inputs are cut apart, and
  CalibrationError (torchmetrics) and elbo's only for a confidence that is the end of a bin. The predictions have
  neither; main() checks that.

Their AUGRC, CovAtxRisk, VariationRatio and GroupingLoss have no counterpart in a report.
"""

import json
import math
import sys
from importlib.metadata import version

import numpy as np
import torch
from torch_uncertainty.metrics.classification import (
    AURC,
    FPR95,
    AdaptiveCalibrationError,
    BrierScore,
    CategoricalNLL,
    Entropy,
    MutualInformation,
    RiskAt80Cov,
)
from torchmetrics import classification as tm

SAMPLES, TEST, OTHER, CLASSES, BINS, UNIT = 4, 200, 100, 4, 15, 1 << 20


def make():
    random = np.random.default_rng(20260118)
    inputs = TEST + OTHER
    labels = random.integers(0, CLASSES, inputs)
    centre = random.normal(0, 1.0, (inputs, CLASSES))
    centre[np.arange(TEST), labels[:TEST]] += 2.0
    spread = np.where(np.arange(inputs) < TEST, 0.5, 1.2)[:, None]
    scores = centre[None] + spread * random.normal(0, 1, (SAMPLES, inputs, CLASSES))
    p = np.exp(scores - scores.max(axis=-1, keepdims=True))
    p /= p.sum(axis=-1, keepdims=True)
    # Whole units, at least one each; the largest takes what rounding leaves.
    units = np.maximum(np.floor(p * UNIT), 1).astype(int)
    largest = units.argmax(axis=-1)[..., None]
    np.put_along_axis(
        units, largest, np.take_along_axis(units, largest, -1) + UNIT - units.sum(axis=-1, keepdims=True), -1
    )
    return units, labels


def value(metric, *arguments):
    metric.set_dtype(torch.float64)
    metric.update(*arguments)
    return float(metric.compute())


def test_scores(p, labels):
    """p: T x N x C"""
    mean, draws = p.mean(dim=0), p.transpose(0, 1)
    return {
        "torchmetrics": {
            "accuracy": value(tm.MulticlassAccuracy(CLASSES, average="micro"), mean, labels),
            "expected_calibration_error": value(tm.MulticlassCalibrationError(CLASSES, BINS, "l1"), mean, labels),
            "confusion": tm.MulticlassConfusionMatrix(CLASSES)(mean, labels).tolist(),
            "precision": tm.MulticlassPrecision(CLASSES, average="none")(mean, labels).tolist(),
            "recall": tm.MulticlassRecall(CLASSES, average="none")(mean, labels).tolist(),
            "f1": tm.MulticlassF1Score(CLASSES, average="none")(mean, labels).tolist(),
        },
        "torch_uncertainty": {
            "negative_log_likelihood": value(CategoricalNLL(), mean, labels),
            "brier": value(BrierScore(CLASSES), mean, labels),
            "adaptive_calibration_error": value(
                AdaptiveCalibrationError("multiclass", num_bins=BINS, norm="l1", num_classes=CLASSES), mean, labels
            ),
            "entropy": value(Entropy(), mean),
            "expected_entropy": value(Entropy(), draws),
            "mutual_information": value(MutualInformation(), draws),
            "risk_at_80_percent_coverage": value(RiskAt80Cov(), mean, labels),
            "aurc": value(AURC(), mean, labels),
        },
    }


def detection(p):
    """Each score turned so that more speaks for another distribution, and brought into [0, 1], where torchmetrics leaves
    scores as they are."""
    mean = p.mean(dim=0)
    entropy = torch.special.entr(mean).sum(dim=-1)
    expected = torch.special.entr(p).sum(dim=-1).mean(dim=0)
    scores = {
        "max_probability": 1 - mean.max(dim=-1).values,
        "entropy": entropy / math.log(CLASSES),
        "mutual_information": (entropy - expected) / math.log(CLASSES),
        "epistemic": p.var(dim=0, correction=0).sum(dim=-1),
    }
    other = (torch.arange(TEST + OTHER) >= TEST).long()
    found = []
    for name, score in scores.items():
        assert len(score.unique()) == len(score), f"{name} has ties"
        specificity = tm.BinarySpecificityAtSensitivity(min_sensitivity=0.95)
        specificity.update(score, other)
        found.append(
            {
                "score": name,
                "area_under_roc": value(tm.BinaryAUROC(), score, other),
                "area_under_precision_recall": value(tm.BinaryAveragePrecision(), score, other),
                "false_positive_rate_at_95_recall": 1 - float(specificity.compute()[0]),
                "torch_uncertainty_fpr95": value(FPR95(pos_label=1), score, other),
            }
        )
    return found


def main():
    torch.set_default_dtype(torch.float64)
    units, labels = make()
    p = torch.from_numpy(units / UNIT)
    confidence = np.sort((units[:, :TEST].mean(axis=0) / UNIT).max(axis=-1))
    assert (np.diff(confidence) > 0).all(), "confidences have ties"
    assert not np.isin(confidence, np.linspace(0, 1, BINS + 1)).any(), "a confidence is the end of a bin"
    stored = {
        "origin": f"torch_metrics.py with Python {sys.version.split()[0]}, torch {version('torch')}, "
        f"torchmetrics {version('torchmetrics')}, torch-uncertainty {version('torch-uncertainty')}",
        "samples": SAMPLES,
        "classes": CLASSES,
        "test": TEST,
        "bins": BINS,
        "labels": labels.tolist(),
        "probabilities_times_1048576": units.reshape(SAMPLES, -1).tolist(),
        **test_scores(p[:, :TEST], torch.from_numpy(labels[:TEST])),
        "detection": detection(p),
    }
    with open("torch_metrics.json", "w") as file:
        json.dump(stored, file, indent=None, separators=(",", ":"))
        file.write("\n")


main()
