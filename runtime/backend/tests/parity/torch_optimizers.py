"""Writes torch_optimizers.json: weights after each of a few steps of PyTorch's optimizers, in f64.

Run with `python3 torch_optimizers.py > torch_optimizers.json`; needs torch. The gradient of step t (from 0) at element i is
sin(1.3 * i + 0.7 * t) + 0.5 * w_i, the starting weight cos(i).
"""

import json
import math
import torch

torch.set_default_dtype(torch.float64)

BETAS = [0.8, 0.95]
CASES = [
    ({"adam": {"learning_rate": 0.05, "betas": BETAS, "epsilon": 1e-8, "weight_decay": 0.0}}, torch.optim.Adam),
    ({"adam": {"learning_rate": 0.05, "betas": BETAS, "epsilon": 1e-3, "weight_decay": 0.1}}, torch.optim.Adam),
    ({"adam_w": {"learning_rate": 0.05, "betas": BETAS, "epsilon": 1e-8, "weight_decay": 0.1}}, torch.optim.AdamW),
    ({"sgd": {"learning_rate": 0.05, "momentum": 0.0, "nesterov": False, "weight_decay": 0.1}}, torch.optim.SGD),
    ({"sgd": {"learning_rate": 0.05, "momentum": 0.9, "nesterov": False, "weight_decay": 0.1}}, torch.optim.SGD),
    ({"sgd": {"learning_rate": 0.05, "momentum": 0.9, "nesterov": True, "weight_decay": 0.1}}, torch.optim.SGD),
    ({"sgd": {"learning_rate": 0.05, "momentum": 0.9, "nesterov": True, "weight_decay": 0.0}}, torch.optim.SGD),
]


def trajectory(method, optimizer):
    (settings,) = method.values()
    arguments = {"eps" if k == "epsilon" else k: v for k, v in settings.items() if k != "learning_rate"}
    w = torch.tensor([math.cos(i) for i in range(6)], requires_grad=True)
    opt = optimizer([w], lr=settings["learning_rate"], **arguments)
    weights = []
    for step in range(4):
        w.grad = torch.tensor([math.sin(1.3 * i + 0.7 * step) for i in range(6)]) + 0.5 * w.detach()
        opt.step()
        weights.append(w.detach().tolist())
    return {"optimizer": method, "weights": weights}


print(json.dumps({"origin": f"torch_optimizers.py, torch {torch.__version__}", "cases": [trajectory(*c) for c in CASES]}))
