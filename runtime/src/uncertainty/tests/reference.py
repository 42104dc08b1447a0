"""Writes reference.json: predictions and what numpy, scipy and scikit-learn make of them.

Run it in this folder: python3 reference.py. Nothing here is shared with the Rust code: covariances
come from numpy.cov, entropies from scipy, classification scores from scikit-learn, and calibration
and risk-coverage are written from the papers (Guo 2017, Nixon 2019, Geifman 2019), ties by
expectation over all orders. Scores are stored as multiples of 1/1024, exact in 32-bit floats.
"""

import json
import sys

import numpy as np
import scipy
import scipy.special
import scipy.stats
import sklearn
from sklearn import metrics

SAMPLES, INPUTS, CLASSES = 5, 200, 4


def make():
    random = np.random.default_rng(20260117)
    labels = random.integers(0, CLASSES, INPUTS)
    centre = random.normal(0, 1.5, (INPUTS, CLASSES))
    centre[np.arange(INPUTS), labels] += 1.5
    scores = centre[None] + random.normal(0, 0.7, (SAMPLES, INPUTS, CLASSES))
    scores[:, 10:20] = scores[:, 20:30]  # equally confident inputs, other labels
    scores[:, 30:34] = 0.0  # confidence exactly 1/4
    scores[:, 34:38] = [2.0, 2.0, -900.0, -900.0]  # exactly 1/2; exact zeros
    scores[:, 38:44] = [900.0, 0.0, 0.0, 0.0]  # exactly 1; ties; exact zeros at the label
    scores[:, 44] = -850.0 + scores[:, 44]  # softplus underflows
    return np.round(scores * 1024) / 1024, labels


def softmax(scores):
    return scipy.special.log_softmax(scores, axis=-1)


def softplus(scores):
    logarithm = np.where(scores > -30, np.log(np.logaddexp(0, np.maximum(scores, -30))), scores)
    return scipy.special.log_softmax(logarithm, axis=-1)


def calibration_error(confidence, correct, bins):
    edges = np.arange(bins + 1) / bins
    which = np.digitize(confidence, edges[1:-1], right=True)
    table, error = [], 0.0
    for b in range(bins):
        inside = which == b
        count = int(inside.sum())
        row = {"count": count, "confidence": None, "accuracy": None}
        if count:
            row["confidence"] = float(confidence[inside].mean())
            row["accuracy"] = float(correct[inside].mean())
            error += count / len(confidence) * abs(row["confidence"] - row["accuracy"])
        table.append(row)
    return float(error), table


def adaptive_calibration_error(confidence, correct, bins):
    _, group = np.unique(confidence, return_inverse=True)
    expected = np.array([correct[group == g].mean() for g in group])
    order = np.argsort(confidence, kind="stable")
    return float(
        sum(
            len(part) / len(order) * abs(confidence[part].mean() - expected[part].mean())
            for part in np.array_split(order, bins)
            if len(part)
        )
    )


def risks(confidence, correct):
    """Expected error rate among the k most confident, each input weighted by its chance to be one."""
    ordered = np.sort(confidence)[::-1]
    out = []
    for k in range(1, len(ordered) + 1):
        last = ordered[k - 1]
        above, tied = confidence > last, confidence == last
        chance = above + tied * (k - above.sum()) / tied.sum()
        out.append(float((chance * ~correct).sum() / k))
    return out


def costs(logs, labels):
    """-ln of the mean probability of each label, from logarithms: T x N x C."""
    own = logs[:, np.arange(len(labels)), labels]
    return np.log(len(own)) - scipy.special.logsumexp(own, axis=0)


def figures(logs, labels):
    """logs: ln p, T x N x C"""
    p = np.exp(logs)
    samples = len(p)
    mean = p.mean(axis=0)
    predicted, confidence = mean.argmax(axis=1), mean.max(axis=1)
    correct = predicted == labels
    truth = np.eye(CLASSES)[labels]
    entropy = scipy.stats.entropy(mean, axis=1).mean()
    expected_entropy = scipy.stats.entropy(p, axis=2).mean()
    out = {
        "accuracy": metrics.accuracy_score(labels, predicted),
        "negative_log_likelihood": costs(logs, labels).mean(),
        "brier": ((mean - truth) ** 2).sum(axis=1).mean(),
        "expected_calibration_error": calibration_error(confidence, correct, 15)[0],
        "adaptive_calibration_error": adaptive_calibration_error(confidence, correct, 15),
        "aleatoric": (p - p**2).sum(axis=2).mean(),
        "entropy": entropy,
        "expected_entropy": expected_entropy,
    }
    if samples > 1:
        traces = [np.trace(np.cov(p[:, i].T, bias=True)) for i in range(len(labels))]
        out["epistemic"] = np.mean(traces)
        out["epistemic_unbiased"] = np.mean([np.trace(np.cov(p[:, i].T)) for i in range(len(labels))])
        out["mutual_information"] = entropy - expected_entropy
        out["mutual_information_corrected"] = (entropy - expected_entropy) * samples / (samples - 1)
    return {name: float(value) for name, value in out.items()}


def standard_errors(logs, labels):
    p = np.exp(logs)
    mean = p.mean(axis=0)
    each = {
        "accuracy": (mean.argmax(axis=1) == labels).astype(float),
        "negative_log_likelihood": costs(logs, labels),
        "brier": ((mean - np.eye(CLASSES)[labels]) ** 2).sum(axis=1),
        "aleatoric": (p - p**2).sum(axis=2).mean(axis=0),
        "epistemic": ((p - mean) ** 2).sum(axis=2).mean(axis=0),
        "entropy": scipy.stats.entropy(mean, axis=1),
    }
    return {name: float(scipy.stats.sem(values)) for name, values in each.items()}


def jackknife(logs, labels):
    again = [figures(np.delete(logs, t, axis=0), labels) for t in range(len(logs))]
    t = len(logs)
    out = {}
    for name in again[0]:
        values = np.array([one[name] for one in again])
        out[name] = float(np.sqrt((t - 1) / t * ((values - values.mean()) ** 2).sum()))
    out["epistemic"] = out["epistemic_unbiased"] * (t - 1) / t
    out["mutual_information"] = out["mutual_information_corrected"] * (t - 1) / t
    return out


def case(link, logs, labels):
    p = np.exp(logs)
    mean = p.mean(axis=0)
    predicted, confidence = mean.argmax(axis=1), mean.max(axis=1)
    correct = predicted == labels
    risk = risks(confidence, correct)
    precision, recall, f1, support = metrics.precision_recall_fscore_support(
        labels, predicted, labels=range(CLASSES), zero_division=np.nan
    )
    trace = ((p - mean) ** 2).sum(axis=2).mean(axis=0)
    aleatoric = (p - p**2).sum(axis=2).mean(axis=0)
    return {
        "link": link,
        "figures": figures(logs, labels),
        "standard_errors": standard_errors(logs, labels),
        "monte_carlo_standard_errors": jackknife(logs, labels),
        "expected_calibration_error": {b: calibration_error(confidence, correct, b)[0] for b in (1, 10, 15, 20)},
        "adaptive_calibration_error": {b: adaptive_calibration_error(confidence, correct, b) for b in (1, 7, 15, 300)},
        "reliability_20": calibration_error(confidence, correct, 20)[1],
        "area_under_risk_coverage": float(np.mean(risk)),
        "accuracy_at_80_percent_coverage": 1 - risk[int(0.8 * INPUTS) - 1],
        "risk_at_every_5_percent": [risk[k * INPUTS // 20 - 1] for k in range(1, 21)],
        "confusion": metrics.confusion_matrix(labels, predicted, labels=range(CLASSES)).tolist(),
        "per_class": [
            {
                "precision": float(precision[c]),
                "recall": float(recall[c]),
                "f1": float(f1[c]),
                "support": int(support[c]),
                "aleatoric": float(aleatoric[labels == c].mean()),
                "epistemic": float(trace[labels == c].mean()),
                "aleatoric_component": float((p - p**2).mean(axis=(0, 1))[c]),
                "epistemic_component": float(p.var(axis=0).mean(axis=0)[c]),
            }
            for c in range(CLASSES)
        ],
    }


def main():
    scores, labels = make()
    origin = (
        f"reference.py with Python {sys.version.split()[0]}, numpy {np.__version__}, "
        f"scipy {scipy.__version__}, scikit-learn {sklearn.__version__}"
    )
    reference = {
        "origin": origin,
        "samples": SAMPLES,
        "classes": CLASSES,
        "labels": labels.tolist(),
        "scores_times_1024": (scores * 1024).astype(int).reshape(SAMPLES, -1).tolist(),
        "cases": [case("softmax", softmax(scores), labels), case("softplus", softplus(scores), labels)],
    }
    with open("reference.json", "w") as file:
        json.dump(reference, file, indent=None, separators=(",", ":"))
        file.write("\n")


main()
