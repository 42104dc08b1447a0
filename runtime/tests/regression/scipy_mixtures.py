"""Scores of mixtures of normal distributions by scipy, for runtime/src/uncertainty/regression/tests.rs.

    python scipy_mixtures.py > scipy_mixtures.json
"""

import json

import numpy as np
import scipy
from scipy.optimize import brentq
from scipy.special import logsumexp
from scipy.stats import norm

LEVELS = [0.5, 0.9, 0.95]


def mixture(means, deviations, p):
    """The quantile of an equally weighted mixture."""
    cdf = lambda x: norm.cdf(x, means, deviations).mean() - p
    low, high = (means - 12 * deviations).min(), (means + 12 * deviations).max()
    return brentq(cdf, low, high, xtol=1e-14, rtol=1e-15)


def case(rng, inputs, targets, samples):
    means = rng.normal(0, 2, (samples, inputs, targets)).astype(np.float32).astype(float)
    log_variances = rng.normal(-1, 1, (samples, inputs, targets)).astype(np.float32).astype(float)
    values = rng.normal(0, 2, (inputs, targets)).astype(np.float32).astype(float)
    deviations = np.exp(0.5 * log_variances)
    log_density = norm.logpdf(values, means, deviations).sum(2)
    mean = means.mean(0)
    coverage, widths = [], []
    for level in LEVELS:
        tail = 0.5 * (1 - level)
        ends = [
            [[mixture(means[:, i, j], deviations[:, i, j], p) for j in range(targets)] for i in range(inputs)]
            for p in (tail, 1 - tail)
        ]
        low, high = np.array(ends)
        coverage.append(float(((values >= low) & (values <= high)).mean()))
        widths.append(float((high - low).mean()))
    ones = np.ones(inputs)
    spread = ((values - values.mean(0)) ** 2).sum(0)
    return {
        "samples": samples,
        "means": means.tolist(),
        "log_variances": log_variances.tolist(),
        "values": values.tolist(),
        "root_mean_squared_error": float(np.sqrt(((values - mean) ** 2).mean())),
        "mean_absolute_error": float(np.abs(values - mean).mean()),
        "negative_log_likelihood": float(-(logsumexp(log_density, axis=0) - np.log(samples)).mean()),
        "r_squared": float((1 - ((values - mean) ** 2).sum(0) / spread).mean()),
        "aleatoric": float((deviations**2).mean(0).sum(1).mean()),
        "epistemic": float(means.var(0).sum(1).mean()) if samples > 1 else None,
        "epistemic_unbiased": float(means.var(0, ddof=1).sum(1).mean()) if samples > 1 else None,
        "coverage": coverage,
        "widths": widths,
    }


rng = np.random.default_rng(5)
cases = [case(rng, 6, 1, 4), case(rng, 5, 2, 7), case(rng, 4, 1, 1)]
print(json.dumps({"made_by": f"scipy {scipy.__version__}, numpy {np.__version__}", "cases": cases}))
