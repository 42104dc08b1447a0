"""Writes torch_likelihood.json: losses and gradients of PyTorch's cross entropy with label smoothing and class weights, and what
clip_grad_norm_ makes of gradients, in f64.

Run with `python3 torch_likelihood.py > torch_likelihood.json`; needs torch. Score j of example i is 2 * sin(1.7 * i + 0.9 * j); its
label is (2 * i) % 4.
"""

import json
import math
import torch

torch.set_default_dtype(torch.float64)

EXAMPLES, CLASSES = 5, 4
CASES = [(0.0, None), (0.1, None), (0.0, [0.5, 1.0, 2.0, 4.0]), (0.25, [3.0, 0.1, 1.0, 0.7])]


def loss_and_gradient(smoothing, weights):
    scores = torch.tensor(
        [[2 * math.sin(1.7 * i + 0.9 * j) for j in range(CLASSES)] for i in range(EXAMPLES)], requires_grad=True
    )
    labels = torch.tensor([(2 * i) % CLASSES for i in range(EXAMPLES)])
    weight = None if weights is None else torch.tensor(weights)
    loss = torch.nn.functional.cross_entropy(scores, labels, weight=weight, label_smoothing=smoothing)
    loss.backward()
    return {
        "label_smoothing": smoothing,
        "class_weights": weights,
        "loss": loss.item(),
        "gradient": scores.grad.flatten().tolist(),
    }


def clipped(maximum):
    parameters = [torch.zeros(3, requires_grad=True), torch.zeros(2, 2, requires_grad=True)]
    parameters[0].grad = torch.tensor([3.0, -1.0, 0.5])
    parameters[1].grad = torch.tensor([[2.0, 0.0], [-4.0, 1.0]])
    torch.nn.utils.clip_grad_norm_(parameters, maximum)
    return {"maximum": maximum, "gradients": [p.grad.flatten().tolist() for p in parameters]}


print(
    json.dumps(
        {
            "origin": f"PyTorch {torch.__version__}, torch_likelihood.py",
            "losses": [loss_and_gradient(*case) for case in CASES],
            "clipped": [clipped(maximum) for maximum in (1.0, 5.0, 100.0)],
        },
        indent=1,
    )
)
