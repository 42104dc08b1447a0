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
            }
        )
    return out


def likelihood(link, scores, labels, temperature):
    mean = LINKS[link](scores / temperature).mean(axis=0)
    return -np.log(mean[np.arange(len(labels)), labels]).mean()


def temperature(link, scores, labels):
    found = scipy.optimize.minimize_scalar(
        lambda logarithm: likelihood(link, scores, labels, np.exp(logarithm)),
        bounds=(-np.log(20), np.log(20)),
        method="bounded",
        options={"xatol": 1e-12, "maxiter": 1000},
    )
    value = float(np.exp(found.x))
    mean = LINKS[link](scores / value).mean(axis=0)
    return {
        "temperature": value,
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
