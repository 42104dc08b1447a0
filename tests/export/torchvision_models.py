"""Makes and compares networks of torchvision.

`make MODEL FOLDER` writes a state dict with random weights and statistics, images, and PyTorch's logits of them;
`compare MODEL FOLDER PREDICTIONS EXPORT` prints, as JSON, how far elbo's are from those, up to a constant for each image,
and what a strict `load_state_dict` of the exported file says.
"""

import csv
import json
import sys
from pathlib import Path

import numpy
import torch
import torchvision
from safetensors.torch import load_file, save_file

CLASSES, IMAGES = 10, 8
mode, name, folder = sys.argv[1], sys.argv[2], Path(sys.argv[3])


def model():
    torch.manual_seed(3)
    return getattr(torchvision.models, name)(weights=None, num_classes=CLASSES).eval()


if mode == "make":
    network = model()
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            torch.nn.init.uniform_(module.weight, 0.5, 1.5)
            torch.nn.init.normal_(module.bias, std=0.2)
            torch.nn.init.normal_(module.running_mean, std=0.2)
            torch.nn.init.uniform_(module.running_var, 0.5, 1.5)
    images = torch.randn(IMAGES, 3, 32, 32)
    with torch.no_grad():
        logits = network(images)
    save_file({key: value.contiguous() for key, value in network.state_dict().items()}, folder / f"{name}.safetensors")
    labels = numpy.arange(IMAGES) % CLASSES
    # Training changes nothing; its images only must not be those of the test.
    for split, shown in (("training", torch.randn(IMAGES, 3, 32, 32)), ("test", images)):
        numpy.save(folder / f"{split}_images.npy", shown.numpy())
        numpy.save(folder / f"{split}_labels.npy", labels.astype(numpy.int64))
    numpy.save(folder / "logits.npy", logits.numpy())
    json.dump({"spread": float(logits.std())}, sys.stdout)
else:
    predictions, exported = Path(sys.argv[4]), Path(sys.argv[5])
    rows = list(csv.DictReader(predictions.open()))
    found = numpy.log([[float(row[f"p{number}"]) for number in range(CLASSES)] for row in rows])
    expected = numpy.load(folder / "logits.npy").astype(numpy.float64)
    centred = [logits - logits.mean(axis=1, keepdims=True) for logits in (found, expected)]
    network = model()
    tensors = load_file(exported)
    loaded = network.load_state_dict(tensors, strict=True)
    with torch.no_grad():
        again = network(torch.from_numpy(numpy.load(folder / "test_images.npy"))).double().numpy()
    result = {
        "difference": float(abs(centred[0] - centred[1]).max()),
        "missing": loaded.missing_keys,
        "unexpected": loaded.unexpected_keys,
        "difference_of_exported": float(abs(again - expected).max()),
    }
    json.dump(result, sys.stdout)
