"""Writes schedules.json: learning rates as PyTorch's own schedulers give them.

Run it in this folder: python3 schedules.py. The base rate is 0.1. `rates` holds one rate a step for
`cosine` and one an epoch for the others; `figures` are what plateau is told at the end of each epoch.
"""

import json

import torch
from torch.optim import lr_scheduler


def rates(scheduler_of, steps, figures=None):
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.1)
    scheduler = scheduler_of(optimizer)
    out = []
    for step in range(steps):
        out.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step() if figures is None else scheduler.step(figures[step])
    return out


def plateau(mode, factor, patience, minimum):
    return lambda optimizer: lr_scheduler.ReduceLROnPlateau(
        optimizer, mode=mode, factor=factor, patience=patience, threshold=0, min_lr=minimum * 0.1, eps=0
    )


FALLING = [2.0, 1.5, 1.5, 1.6, 1.4, 1.4, 1.4, 1.4, 1.3999, 1.5, 1.5, 1.5, 1.5, 1.5, 1.5, 1.5, 1.2, 1.3, 1.3, 1.3]
RISING = [0.1, 0.3, 0.3, 0.2, 0.5, 0.5, 0.5, 0.6, 0.5, 0.5, 0.5, 0.5, 0.5, 0.7, 0.7, 0.7, 0.7, 0.7, 0.7, 0.7]

cases = [
    {"form": "constant", "rates": rates(lambda o: lr_scheduler.ConstantLR(o, factor=1.0), 10)},
    {"form": {"step": {"every": 3, "factor": 0.1}}, "rates": rates(lambda o: lr_scheduler.StepLR(o, 3, 0.1), 20)},
    {"form": {"step": {"every": 1, "factor": 0.9}}, "rates": rates(lambda o: lr_scheduler.StepLR(o, 1, 0.9), 20)},
]
for final in (0.0, 0.05):
    cosine = lambda o: lr_scheduler.CosineAnnealingLR(o, T_max=37, eta_min=final * 0.1)
    cases.append({"form": {"cosine": {"final_factor": final}}, "steps": 37, "rates": rates(cosine, 37)})
for monitor, mode, figures in (
    ("validation_negative_log_likelihood", "min", FALLING),
    ("train_loss", "min", FALLING),
    ("validation_accuracy", "max", RISING),
):
    for factor, patience, minimum in ((0.5, 2, 0.0), (0.1, 0, 0.002), (0.5, 1, 0.3)):
        form = {"plateau": {"monitor": monitor, "factor": factor, "patience": patience, "minimum": minimum}}
        found = rates(plateau(mode, factor, patience, minimum), len(figures), figures)
        cases.append({"form": form, "figures": figures, "rates": found})

with open("schedules.json", "w") as file:
    origin = f"schedules.py with PyTorch {torch.__version__}"
    json.dump({"origin": origin, "base": 0.1, "cases": cases}, file, separators=(",", ":"))
    file.write("\n")
