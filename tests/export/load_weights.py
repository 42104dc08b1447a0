"""Prints, as JSON, how a torch model takes the two safetensors files of `elbo export`: the means, then the posterior."""

import json
import sys
from collections import OrderedDict

import torch
from safetensors.torch import load_file
from torch import nn


def model():
    """The network of tests/export.rs without random weights."""
    layers = OrderedDict(
        conv1=nn.Conv2d(1, 4, 3, padding=1),
        bn1=nn.BatchNorm2d(4),
        relu1=nn.ReLU(),
        conv2=nn.Conv2d(4, 8, 3, groups=4),
        relu2=nn.ReLU(),
        pool=nn.MaxPool2d(2),
        flatten=nn.Flatten(),
        fc1=nn.Linear(72, 16),
        tanh=nn.Tanh(),
        head=nn.Linear(16, 10),
    )
    return nn.Sequential(layers)


means, posterior = load_file(sys.argv[1]), load_file(sys.argv[2])
network = model()
# Strict, so that a name or a shape too many or too few is an error; the count of batches, which only training needs, is
# made by torch itself.
loaded = network.load_state_dict(means, strict=True)
network.eval()
gaussian = [name.removesuffix(".mu") for name in posterior if name.endswith(".mu")]
result = {
    "missing": loaded.missing_keys,
    "unexpected": loaded.unexpected_keys,
    "means_equal_mu": all(torch.equal(means[name], posterior[f"{name}.mu"]) for name in gaussian) and len(gaussian) == 6,
    "outputs": list(network(torch.zeros(2, 1, 8, 8)).shape),
    "mean_sigma_of_conv1_weight": nn.functional.softplus(posterior["conv1.weight.rho"].double()).mean().item(),
}
json.dump(result, sys.stdout)
