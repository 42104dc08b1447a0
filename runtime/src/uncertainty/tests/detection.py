"""Writes detection.json: detection scores and temperatures of reference.json's predictions by scikit-learn and scipy.

Run it in this folder after reference.py. Inputs whose draws agree exactly are left out: their mutual information is 0 but
for rounding, so that their order would be chance. Every third of the others plays the other distribution.
"""

import json
import sys

import numpy as np
import scipy
import scipy.optimize
import scipy.special
import scipy.stats
import sklearn
from sklearn import metrics


def softplus(scores):
    values = np.logaddexp(0, scores)
    return values / values.sum(axis=-1, keepdims=True)


LINKS = {"softmax": lambda scores: scipy.special.softmax(scores, axis=-1), "softplus": softplus}


def delong(values, other):
    """DeLong's 95 % interval on the logit scale, by its definition over all pairs."""
    pairs = np.sign(values[other][:, None] - values[~other][None, :]) * 0.5 + 0.5
    area = pairs.mean()
    error = np.sqrt(pairs.mean(1).var(ddof=1) / pairs.shape[0] + pairs.mean(0).var(ddof=1) / pairs.shape[1])
    reach = scipy.stats.norm.ppf(0.975) * error / (area * (1 - area))
    return [float(scipy.special.expit(scipy.special.logit(area) + side * reach)) for side in (-1, 1)]


def detection(p, other):
    mean = p.mean(axis=0)
    entropy = scipy.stats.entropy(mean, axis=1)
    scores = {
        "max_probability": -mean.max(axis=1),
        "entropy": entropy,
        "mutual_information": entropy - scipy.stats.entropy(p, axis=2).mean(axis=0),
        "epistemic": p.var(axis=0).sum(axis=1),
    }
    out = []
    for name, values in scores.items():
        false, true, _ = metrics.roc_curve(other, values, drop_intermediate=False)
        out.append(
            {
                "score": name,
                "area_under_roc": metrics.roc_auc_score(other, values),
                "area_under_precision_recall": metrics.average_precision_score(other, values),
                "false_positive_rate_at_95_recall": false[true >= 0.95].min(),
                "interval_of_area_under_roc": delong(values, other),
            }
        )
    return out


def likelihood(link, scores, labels, temperature):
    mean = LINKS[link](scores / temperature).mean(axis=0)
    return -np.log(mean[np.arange(len(labels)), labels]).mean()


def costs(link, scores, labels, logarithm):
    """-ln p of the label, and its mean over the other classes."""
    logs = -np.log(LINKS[link](scores / np.exp(logarithm)).mean(axis=0))
    label = logs[np.arange(len(labels)), labels]
    return label, (logs.sum(axis=1) - label) / (logs.shape[1] - 1)


def fit(link, scores, labels, share):
    """The temperature of the largest posterior: ln T ~ N(0, 1), labels smoothed by Platt's share."""

    def loss(logarithm):
        label, rest = costs(link, scores, labels, logarithm)
        return ((1 - share) * label + share * rest).sum() + logarithm**2 / 2

    options = {"xatol": 1e-12, "maxiter": 1000}
    found = scipy.optimize.minimize_scalar(loss, bounds=(-np.log(20), np.log(20)), method="bounded", options=options)
    bend = (loss(found.x + 0.02) - 2 * loss(found.x) + loss(found.x - 0.02)) / 0.02**2
    return found.x, scipy.stats.norm.ppf(0.975) / np.sqrt(bend)


def crossed(link, scores, labels, share):
    """The improvement of examples by a temperature of the other folds, with smoothed labels, and its standard error."""
    fold = np.arange(len(labels)) % 5
    label, rest = np.zeros((2, len(labels)))
    for number in range(5):
        out = fold == number
        logarithm = fit(link, scores[:, ~out], labels[~out], share)[0]
        before, after = [costs(link, scores[:, out], labels[out], at) for at in (0, logarithm)]
        label[out], rest[out] = before[0] - after[0], before[1] - after[1]
    mean = ((1 - share) * label + share * rest).mean()
    variance = ((1 - share) * label**2 + share * rest**2).mean() - mean**2
    return {"improvement": mean, "standard_error": np.sqrt(variance / (len(labels) - 1))}


def temperature(link, scores, labels):
    share = 1 / (len(labels) + 2)
    logarithm, reach = fit(link, scores, labels, share)
    value = float(np.exp(logarithm))
    mean = LINKS[link](scores / value).mean(axis=0)
    return {
        "temperature": value,
        "interval": [float(np.exp(logarithm + side * reach)) for side in (-1, 1)],
        **crossed(link, scores, labels, share),
        "negative_log_likelihood": [likelihood(link, scores, labels, 1.0), likelihood(link, scores, labels, value)],
        "accuracy": metrics.accuracy_score(labels, mean.argmax(axis=1)),
        "brier": ((mean - np.eye(mean.shape[1])[labels]) ** 2).sum(axis=1).mean(),
    }


def main():
    with open("reference.json") as file:
        reference = json.load(file)
    chosen = [i for i in range(len(reference["labels"])) if not 30 <= i < 45]
    samples, classes = reference["samples"], reference["classes"]
    scores = np.array(reference["scores_times_1024"]).reshape(samples, -1, classes)[:, chosen] / 1024
    labels = np.array(reference["labels"])[chosen]
    other = np.arange(len(chosen)) % 3 == 0
    origin = f"detection.py with Python {sys.version.split()[0]}, scipy {scipy.__version__}, scikit-learn {sklearn.__version__}"
    result = {
        "origin": origin,
        "inputs": chosen,
        "cases": [
            {
                "link": link,
                "detection": detection(LINKS[link](scores), other),
                "temperature": temperature(link, scores, labels),
            }
            for link in LINKS
        ],
    }
    with open("detection.json", "w") as file:
        json.dump(result, file, separators=(",", ":"))
        file.write("\n")


main()
