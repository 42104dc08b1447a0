"""Writes torch_layers.json: outputs, losses and gradients of small networks, computed by PyTorch in f64.

Run with `python3 torch_layers.py > torch_layers.json`; needs torch. Networks are written in the form of the IR, so that
the test builds exactly what was computed here.
"""

import json
import torch
import torch.nn.functional as F

torch.set_default_dtype(torch.float64)


def numbers(tensor):
    """Shape and values; 12 digits are more than any comparison needs."""
    return {"shape": list(tensor.shape), "values": [float(f"{v:.12g}") for v in tensor.detach().flatten().tolist()]}


def window(kernel, stride=(1, 1), padding=(0, 0), dilation=(1, 1)):
    return {"kernel": list(kernel), "stride": list(stride), "padding": list(padding), "dilation": list(dilation)}


def shape_of(x):
    if x.dim() == 4:
        return {"image": {"channels": x.shape[1], "height": x.shape[2], "width": x.shape[3]}}
    return {"vector": {"features": x.shape[1]}}


POINT = {"point": {"initialization": "default"}}

ACTIVATIONS = {
    "relu": F.relu,
    "softplus": lambda x: F.softplus(x, threshold=1e9),
    "gelu": F.gelu,
    "silu": F.silu,
    "tanh": torch.tanh,
    "sigmoid": torch.sigmoid,
}


class Network:
    """A chain of PyTorch modules with its IR."""

    def __init__(self, name, x, labels, link="softmax"):
        self.name, self.x, self.labels, self.link = name, x, labels, link
        self.steps, self.parameters, self.buffers = [], {}, {}
        self.shapes = x

    def add(self, name, operation, function, mark=None):
        with torch.no_grad():
            before, after = self.shapes, function(self.shapes, True)
        layer = {"name": name, "operation": operation, "mark": mark, "input": shape_of(before), "output": shape_of(after)}
        self.shapes = after
        self.steps.append((layer, function))
        return self

    def parameter(self, name, *shape, scale=0.4, offset=0.0):
        self.parameters[name] = (torch.randn(*shape) * scale + offset).requires_grad_()
        return self.parameters[name]

    def conv(self, name, out, kernel, groups=1, **rest):
        w = window(kernel, **rest)
        weight = self.parameter(f"{name}.weight", out, self.shapes.shape[1] // groups, *kernel)
        bias = self.parameter(f"{name}.bias", out)
        operation = {"conv2d": {"out_channels": out, "window": w, "groups": groups, "bias": True}}
        run = lambda x, _: F.conv2d(x, weight, bias, w["stride"], w["padding"], w["dilation"], groups)
        return self.add(name, operation, run, POINT)

    def linear(self, name, out):
        weight = self.parameter(f"{name}.weight", out, self.shapes.shape[1])
        bias = self.parameter(f"{name}.bias", out)
        operation = {"linear": {"out_features": out, "bias": True}}
        return self.add(name, operation, lambda x, _: F.linear(x, weight, bias), POINT)

    def batchnorm(self, name):
        channels = self.shapes.shape[1]
        weight = self.parameter(f"{name}.weight", channels, offset=1.0)
        bias = self.parameter(f"{name}.bias", channels)
        mean, var = torch.randn(channels) * 0.2, torch.rand(channels) + 0.5
        self.buffers[f"{name}.running_mean"], self.buffers[f"{name}.running_var"] = mean, var
        trained = [mean.clone(), var.clone()]
        self.trained_buffers = getattr(self, "trained_buffers", {})
        self.trained_buffers[f"{name}.running_mean"], self.trained_buffers[f"{name}.running_var"] = trained

        def run(x, training):
            if training:
                trained[0].copy_(mean)
                trained[1].copy_(var)
                return F.batch_norm(x, trained[0], trained[1], weight, bias, True, 0.1, 1e-5)
            return F.batch_norm(x, mean, var, weight, bias, False, 0.1, 1e-5)

        return self.add(name, {"batch_norm": {"epsilon": 1e-5, "momentum": 0.1}}, run)

    def act(self, name, **arguments):
        if name == "leaky_relu":
            function, run = {name: arguments}, lambda x: F.leaky_relu(x, arguments["slope"])
        elif name == "elu":
            function, run = {name: arguments}, lambda x: F.elu(x, arguments["alpha"])
        else:
            function, run = name, ACTIVATIONS[name]
        return self.add(f"activation#{len(self.steps)}", {"activation": {"function": function}}, lambda x, _: run(x))

    def maxpool(self, kernel, **rest):
        w = window(kernel, **rest)
        run = lambda x, _: F.max_pool2d(x, w["kernel"], w["stride"], w["padding"], w["dilation"])
        return self.add(f"maxpool#{len(self.steps)}", {"max_pool": {"window": w}}, run)

    def avgpool(self, kernel, **rest):
        w = window(kernel, **rest)
        run = lambda x, _: F.avg_pool2d(x, w["kernel"], w["stride"], w["padding"])
        return self.add(f"avgpool#{len(self.steps)}", {"avg_pool": {"window": w}}, run)

    def adaptive(self, *size):
        run = lambda x, _: F.adaptive_avg_pool2d(x, size)
        return self.add(f"adaptive#{len(self.steps)}", {"adaptive_avg_pool": {"size": list(size)}}, run)

    def flatten(self):
        return self.add(f"flatten#{len(self.steps)}", "flatten", lambda x, _: x.flatten(1))

    def case(self):
        x = self.x.clone().requires_grad_()
        outputs, h = [], x
        for _, function in self.steps:
            h = function(h, True)
            outputs.append(numbers(h))
        scores = F.softplus(h, threshold=1e9).log() if self.link == "softplus" else h
        loss = F.cross_entropy(scores, self.labels)
        loss.backward()
        with torch.no_grad():
            h = self.x
            for _, function in self.steps:
                h = function(h, False)
        return {
            "name": self.name,
            "network": {
                "input": shape_of(self.x),
                "layers": [layer for layer, _ in self.steps],
                "output": {"categorical": {"link": self.link}},
            },
            "input": numbers(self.x),
            "labels": self.labels.tolist(),
            "parameters": {k: numbers(v) for k, v in {**self.parameters, **self.buffers}.items()},
            "layer_outputs": outputs,
            "loss": loss.item(),
            "gradients": {k: numbers(v.grad) for k, v in self.parameters.items()},
            "input_gradient": numbers(x.grad),
            "statistics_after": {k: numbers(v) for k, v in getattr(self, "trained_buffers", {}).items()},
            "prediction": numbers(h),
        }


torch.manual_seed(20)
labels = torch.tensor([2, 0, 1])
cases = [
    Network("windows of every kind", torch.randn(3, 3, 9, 8), labels)
    .conv("conv1", 4, (3, 2), stride=(2, 1), padding=(1, 1), dilation=(1, 2))
    .batchnorm("norm1")
    .act("leaky_relu", slope=0.1)
    .maxpool((3, 3), stride=(2, 2), padding=(1, 1))
    .conv("conv2", 6, (3, 3), padding=(1, 1), groups=2)
    .act("gelu")
    .avgpool((2, 2), stride=(1, 1), padding=(1, 1))
    .adaptive(2, 3)
    .act("elu", alpha=0.7)
    .flatten()
    .linear("head", 3),
    Network("overlapping pools, global average, softplus link", torch.randn(3, 2, 7, 7) * 2, labels, "softplus")
    .conv("conv1", 4, (3, 3), padding=(1, 1))
    .act("softplus")
    .maxpool((3, 3), stride=(2, 2))
    .act("silu")
    .maxpool((2, 2), dilation=(2, 1))
    .adaptive(1, 1)
    .flatten()
    .linear("head", 3),
    Network("vectors", torch.randn(3, 6), labels)
    .linear("fc1", 5)
    .batchnorm("norm1")
    .act("tanh")
    .linear("fc2", 5)
    .act("sigmoid")
    .linear("fc3", 4)
    .act("relu")
    .linear("head", 3),
    Network("equal maxima", torch.randint(0, 2, (3, 2, 5, 5)).double(), labels)
    .maxpool((3, 3), stride=(2, 2), padding=(1, 1))
    .maxpool((2, 2), stride=(1, 1))
    .flatten()
    .linear("head", 3),
]
print(json.dumps({"origin": f"torch_layers.py, torch {torch.__version__}", "cases": [n.case() for n in cases]}))
