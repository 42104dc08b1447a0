"""Scores of mixtures of normal distributions by scipy, for runtime/src/uncertainty/regression/tests.rs.

    python scipy_mixtures.py > scipy_mixtures.json
"""

import json

import numpy as np
import scipy
from scipy.integrate import quad
from scipy.optimize import brentq
from scipy.special import logsumexp
from scipy.stats import norm

LEVELS = [0.5, 0.9, 0.95]


def mixture(means, deviations, p):
    """The quantile of an equally weighted mixture."""
    cdf = lambda x: norm.cdf(x, means, deviations).mean() - p
    low, high = (means - 12 * deviations).min(), (means + 12 * deviations).max()
    return brentq(cdf, low, high, xtol=1e-14, rtol=1e-15)


def ranked_probability(means, deviations, value):
    """The integral of the squared distance between the distribution function and that of the value."""
    low, high = min((means - 12 * deviations).min(), value), max((means + 12 * deviations).max(), value)
    square = lambda x, step: (norm.cdf(x, means, deviations).mean() - step) ** 2
    below, above = [np.append(means[(means > a) & (means < b)], [a, b]) for a, b in ((low, value), (value, high))]
    total = 0
    for ends, step in ((np.sort(below), 0), (np.sort(above), 1)):
        for a, b in zip(ends[:-1], ends[1:]):
            total += quad(square, a, b, args=(step,), epsabs=1e-13, epsrel=1e-13, limit=500)[0]
    return total


def case(rng, inputs, targets, samples):
    means = rng.normal(0, 2, (samples, inputs, targets)).astype(np.float32).astype(float)
    log_variances = rng.normal(-1, 1, (samples, inputs, targets)).astype(np.float32).astype(float)
    values = rng.normal(0, 2, (inputs, targets)).astype(np.float32).astype(float)
    deviations = np.exp(0.5 * log_variances)
    log_density = norm.logpdf(values, means, deviations).sum(2)
    mean = means.mean(0)
    coverage, widths, interval_scores = [], [], []
    for level in LEVELS:
        tail = 0.5 * (1 - level)
        ends = [
            [[mixture(means[:, i, j], deviations[:, i, j], p) for j in range(targets)] for i in range(inputs)]
            for p in (tail, 1 - tail)
        ]
        low, high = np.array(ends)
        coverage.append(((values >= low) & (values <= high)).mean(0).tolist())
        widths.append((high - low).mean(0).tolist())
        outside = np.maximum(np.maximum(low - values, values - high), 0)
        interval_scores.append((high - low + 2 / (1 - level) * outside).mean(0).tolist())
    ranked = [
        [ranked_probability(means[:, i, j], deviations[:, i, j], values[i, j]) for j in range(targets)]
        for i in range(inputs)
    ]
    transform = norm.cdf(values, means, deviations).mean(0)
    spread = ((values - values.mean(0)) ** 2).sum(0)
    return {
        "samples": samples,
        "means": means.tolist(),
        "log_variances": log_variances.tolist(),
        "values": values.tolist(),
        "root_mean_squared_error": np.sqrt(((values - mean) ** 2).mean(0)).tolist(),
        "mean_absolute_error": np.abs(values - mean).mean(0).tolist(),
        "continuous_ranked_probability_score": np.mean(ranked, axis=0).tolist(),
        "transform": transform.tolist(),
        "negative_log_likelihood": float(-(logsumexp(log_density, axis=0) - np.log(samples)).mean()),
        "r_squared": (1 - ((values - mean) ** 2).sum(0) / spread).tolist(),
        "aleatoric": (deviations**2).mean(0).mean(0).tolist(),
        "epistemic_unbiased": means.var(0, ddof=1).mean(0).tolist() if samples > 1 else None,
        "coverage": coverage,
        "widths": widths,
        "interval_scores": interval_scores,
    }


rng = np.random.default_rng(5)
cases = [case(rng, 6, 1, 4), case(rng, 5, 2, 7), case(rng, 4, 1, 1)]
print(json.dumps({"made_by": f"scipy {scipy.__version__}, numpy {np.__version__}", "cases": cases}))
