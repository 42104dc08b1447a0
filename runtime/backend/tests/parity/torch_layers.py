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
    if x.dim() == 3:
        return {"sequence": {"channels": x.shape[1], "length": x.shape[2]}}
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
    """PyTorch modules in order of execution with their IR."""

    def __init__(self, name, x, labels, link="softmax", likelihood=None, clip=None):
        self.name, self.x, self.labels, self.link = name, x, labels, link
        self.likelihood, self.clip = likelihood, clip
        self.steps, self.parameters, self.buffers = [], {}, {}
        self.shapes = x
        # Outputs of the present run by the layers' names.
        self.values = {"input": x}

    def add(self, name, operation, function, mark=None, source=None):
        with torch.no_grad():
            before = self.shapes if source is None else self.values[source]
            after = function(before, True)
        layer = {"name": name, "operation": operation, "mark": mark, "input": shape_of(before), "output": shape_of(after)}
        if source is not None:
            layer["from"] = source
        self.shapes = self.values[name] = after
        self.steps.append((layer, function))
        return self

    def run(self, x, training):
        """The outputs of all layers."""
        self.values = {"input": x}
        outputs, h = [], x
        for layer, function in self.steps:
            h = function(self.values[layer["from"]] if "from" in layer else h, training)
            self.values[layer["name"]] = h
            outputs.append(h)
        return outputs

    def plus(self, name, other):
        return self.add(name, {"add": {"other": other}}, lambda x, _: x + self.values[other])

    def concat(self, name, *before):
        """The channels of earlier outputs, then those of its input."""
        run = lambda x, _: torch.cat([self.values[layer] for layer in before] + [x], 1)
        return self.add(name, {"concat": {"before": list(before)}}, run)

    def upsample(self, factor, mode):
        sizes = list(factor) if self.shapes.dim() == 4 else [1, factor]
        how = {"nearest": "nearest", "bilinear": "bilinear" if self.shapes.dim() == 4 else "linear"}[mode]
        corners = None if how == "nearest" else False
        run = lambda x, _: F.interpolate(x, scale_factor=factor, mode=how, align_corners=corners)
        return self.add(f"upsample#{len(self.steps)}", {"upsample": {"factor": sizes, "mode": mode}}, run)

    def conv_transpose(self, name, out, kernel, groups=1, output_padding=(0, 0), source=None, **rest):
        w = window(kernel, **rest)
        channels = (self.shapes if source is None else self.values[source]).shape[1]
        weight = self.parameter(f"{name}.weight", channels, out // groups, *kernel)
        bias = self.parameter(f"{name}.bias", out)
        operation = {
            "out_channels": out,
            "window": w,
            "output_padding": list(output_padding),
            "groups": groups,
            "bias": True,
        }
        run = lambda x, _: F.conv_transpose2d(
            x, weight, bias, w["stride"], w["padding"], output_padding, groups, w["dilation"]
        )
        return self.add(name, {"conv_transpose2d": operation}, run, POINT, source)

    def conv1d(self, name, out, kernel, groups=1, stride=1, padding=0, dilation=1, source=None):
        channels = (self.shapes if source is None else self.values[source]).shape[1]
        weight = self.parameter(f"{name}.weight", out, channels // groups, kernel)
        bias = self.parameter(f"{name}.bias", out)
        w = window((1, kernel), (1, stride), (0, padding), (1, dilation))
        operation = {"conv1d": {"out_channels": out, "window": w, "groups": groups, "bias": True}}
        run = lambda x, _: F.conv1d(x, weight, bias, stride, padding, dilation, groups)
        return self.add(name, operation, run, POINT, source)

    def groupnorm(self, name, groups):
        weight = self.parameter(f"{name}.weight", self.shapes.shape[1], offset=1.0)
        bias = self.parameter(f"{name}.bias", self.shapes.shape[1])
        run = lambda x, _: F.group_norm(x, groups, weight, bias, 1e-5)
        return self.add(name, {"group_norm": {"groups": groups, "epsilon": 1e-5}}, run)

    def layernorm(self, name):
        sizes = list(self.shapes.shape[1:])
        weight = self.parameter(f"{name}.weight", *sizes, offset=1.0)
        bias = self.parameter(f"{name}.bias", *sizes)
        run = lambda x, _: F.layer_norm(x, sizes, weight, bias, 1e-5)
        return self.add(name, {"layer_norm": {"epsilon": 1e-5}}, run)

    def maxpool1d(self, kernel, stride, padding=0):
        w = window((1, kernel), (1, stride), (0, padding))
        run = lambda x, _: F.max_pool1d(x, kernel, stride, padding)
        return self.add(f"maxpool#{len(self.steps)}", {"max_pool": {"window": w}}, run)

    def avgpool1d(self, kernel, stride, padding=0):
        w = window((1, kernel), (1, stride), (0, padding))
        run = lambda x, _: F.avg_pool1d(x, kernel, stride, padding)
        return self.add(f"avgpool#{len(self.steps)}", {"avg_pool": {"window": w}}, run)

    def adaptive1d(self, size):
        run = lambda x, _: F.adaptive_avg_pool1d(x, size)
        return self.add(f"adaptive#{len(self.steps)}", {"adaptive_avg_pool": {"size": [1, size]}}, run)

    def parameter(self, name, *shape, scale=0.4, offset=0.0):
        self.parameters[name] = (torch.randn(*shape) * scale + offset).requires_grad_()
        return self.parameters[name]

    def conv(self, name, out, kernel, groups=1, source=None, **rest):
        w = window(kernel, **rest)
        channels = (self.shapes if source is None else self.values[source]).shape[1]
        weight = self.parameter(f"{name}.weight", out, channels // groups, *kernel)
        bias = self.parameter(f"{name}.bias", out)
        operation = {"conv2d": {"out_channels": out, "window": w, "groups": groups, "bias": True}}
        run = lambda x, _: F.conv2d(x, weight, bias, w["stride"], w["padding"], w["dilation"], groups)
        return self.add(name, operation, run, POINT, source)

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
        outputs = self.run(x, True)
        h = outputs[-1]
        scores = F.softplus(h, threshold=1e9).log() if self.link == "softplus" else h
        likelihood = self.likelihood or {"label_smoothing": 0.0, "class_weights": None}
        weights = likelihood["class_weights"] and torch.tensor(likelihood["class_weights"])
        loss = F.cross_entropy(scores, self.labels, weights, label_smoothing=likelihood["label_smoothing"])
        loss.backward()
        outputs = [numbers(output) for output in outputs]
        with torch.no_grad():
            h = self.run(self.x, False)[-1]
        gradients = {k: numbers(v.grad) for k, v in self.parameters.items()}
        further = {}
        if self.likelihood:
            further["likelihood"] = likelihood
        if self.clip:
            torch.nn.utils.clip_grad_norm_(self.parameters.values(), self.clip)
            clipped = {k: numbers(v.grad) for k, v in self.parameters.items()}
            further["clip"] = {"maximum": self.clip, "gradients": clipped}
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
            "gradients": gradients,
            "input_gradient": numbers(x.grad),
            "statistics_after": {k: numbers(v) for k, v in getattr(self, "trained_buffers", {}).items()},
            "prediction": numbers(h),
            **further,
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
    Network("residuals and normalisations of each example", torch.randn(3, 4, 6, 5), labels)
    .conv("conv1", 6, (3, 3), padding=(1, 1), stride=(2, 1))
    .groupnorm("norm1", 3)
    .act("relu")
    .conv("conv2", 6, (3, 3), padding=(1, 1))
    .layernorm("norm2")
    .conv("shortcut", 6, (1, 1), stride=(2, 1), source="input")
    .plus("add#1", "norm2")
    .act("silu")
    .plus("add#2", "norm1")
    .plus("add#3", "add#2")
    .flatten()
    .groupnorm("norm3", 5)
    .linear("fc1", 6)
    .layernorm("norm4")
    .plus("add#4", "fc1")
    .linear("head", 3),
    Network("sequences", torch.randn(3, 4, 17), labels, clip=0.05)
    .conv1d("conv1", 6, 3, groups=2, stride=2, padding=1)
    .layernorm("norm1")
    .act("tanh")
    .maxpool1d(3, 2, 1)
    .conv1d("conv2", 4, 2, dilation=2, padding=2)
    .batchnorm("norm2")
    .avgpool1d(2, 1, 1)
    .groupnorm("norm3", 2)
    .act("gelu")
    .adaptive1d(3)
    .flatten()
    .linear("head", 3),
    Network("smoothed labels", torch.randn(3, 6) * 2, labels, likelihood={"label_smoothing": 0.1, "class_weights": None}, clip=1e3)
    .linear("head", 3),
    Network(
        "class weights",
        torch.randn(3, 6) * 2,
        torch.tensor([2, 0, 2]),
        likelihood={"label_smoothing": 0.0, "class_weights": [0.5, 3.0, 1.7]},
        clip=0.3,
    )
    .linear("fc1", 4)
    .act("tanh")
    .linear("head", 3),
    Network(
        "both, softplus link",
        torch.randn(3, 6) * 2,
        labels,
        "softplus",
        likelihood={"label_smoothing": 0.25, "class_weights": [0.5, 3.0, 1.7]},
    )
    .linear("head", 3),
    Network("concatenations of images and vectors", torch.randn(3, 3, 5, 4), labels)
    .conv("stem", 5, (3, 3), padding=(1, 1))
    .act("tanh")
    .conv("left", 4, (3, 3), padding=(1, 1))
    .conv("right", 2, (1, 1), source="activation#1")
    .concat("concat#1", "left", "activation#1")
    .concat("concat#2", "concat#1", "input")
    .conv("conv2", 3, (2, 2))
    .flatten()
    .linear("fc1", 5)
    .act("tanh")
    .linear("fc2", 4)
    .concat("concat#3", "activation#9")
    .linear("head", 3),
    Network("concatenations of sequences", torch.randn(3, 3, 7), labels)
    .conv1d("conv1", 4, 3, padding=1)
    .concat("concat#1", "input")
    .act("gelu")
    .flatten()
    .linear("head", 3),
    Network("upsampling of images", torch.randn(3, 2, 4, 3), labels)
    .conv("conv1", 3, (2, 2), padding=(1, 1))
    .upsample((2, 3), "nearest")
    .act("tanh")
    .upsample((3, 2), "bilinear")
    .conv("conv2", 2, (3, 3), stride=(2, 2))
    .upsample((1, 4), "bilinear")
    .flatten()
    .linear("head", 3),
    Network("upsampling of sequences", torch.randn(3, 2, 5), labels)
    .conv1d("conv1", 3, 2)
    .upsample(3, "nearest")
    .act("tanh")
    .upsample(2, "bilinear")
    .flatten()
    .linear("head", 3),
    Network("transposed convolutions", torch.randn(3, 4, 3, 4), labels)
    .conv_transpose("up1", 6, (3, 2), stride=(2, 3), padding=(1, 0), output_padding=(1, 2), groups=2)
    .act("tanh")
    .conv_transpose("up2", 3, (3, 3), padding=(1, 2), dilation=(2, 1))
    .act("gelu")
    .conv_transpose("up3", 4, (2, 3), stride=(1, 2), padding=(0, 1), dilation=(1, 2), output_padding=(0, 1))
    .conv("conv1", 2, (3, 3), stride=(3, 3))
    .flatten()
    .linear("head", 3),
]
print(json.dumps({"origin": f"torch_layers.py, torch {torch.__version__}", "cases": [n.case() for n in cases]}))
