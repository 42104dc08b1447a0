"""Writes torch_rmsprop.json: weights after each of 50 steps of PyTorch's RMSprop, in f64.

Run with `python3 torch_rmsprop.py > torch_rmsprop.json`; needs torch. Gradients and starting weights are those of
torch_optimizers.py: sin(1.3 * i + 0.7 * t) + 0.5 * w_i in step t (from 0) at element i, from cos(i).
"""

import json
import math
import torch

torch.set_default_dtype(torch.float64)

PLAIN = {"learning_rate": 0.01, "beta": 0.99, "epsilon": 1e-8, "momentum": 0.0, "centered": False, "weight_decay": 0.0}
CASES = [
    PLAIN,
    {**PLAIN, "beta": 0.9, "epsilon": 1e-3, "weight_decay": 0.1},
    {**PLAIN, "momentum": 0.9},
    {**PLAIN, "centered": True},
    {**PLAIN, "learning_rate": 0.003, "momentum": 0.5, "centered": True, "weight_decay": 0.05},
]


def trajectory(settings):
    w = torch.tensor([math.cos(i) for i in range(6)], requires_grad=True)
    opt = torch.optim.RMSprop(
        [w],
        lr=settings["learning_rate"],
        alpha=settings["beta"],
        eps=settings["epsilon"],
        momentum=settings["momentum"],
        centered=settings["centered"],
        weight_decay=settings["weight_decay"],
    )
    weights = []
    for step in range(50):
        w.grad = torch.tensor([math.sin(1.3 * i + 0.7 * step) for i in range(6)]) + 0.5 * w.detach()
        opt.step()
        weights.append(w.detach().tolist())
    return {"optimizer": {"rms_prop": settings}, "weights": weights}


print(json.dumps({"origin": f"torch_rmsprop.py, torch {torch.__version__}", "cases": [trajectory(c) for c in CASES]}))
