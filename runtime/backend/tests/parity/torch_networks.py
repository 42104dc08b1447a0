"""Writes torch_networks.json: gradients of AlexNet and VGG16, and a step of Adam, computed by PyTorch in f64.

Run with `python3 torch_networks.py > torch_networks.json`; needs torch and numpy. Parameters, images and noise are the
random numbers of `runtime/random/src` and `runtime/kernels/src/random`, worked out here to the same bits, so that no file
has to hold them. Of each gradient its norm, its largest absolute value, its products with two vectors of signs and a few
elements are kept: an element that is wrong by more than the tolerance times the norm shows in the products.
"""

import hashlib
import json
import math
import numpy
import torch
import torch.nn.functional as F

INITIALIZATION, TRAINING_NOISE, AUGMENTATION = 0, 1, 7
RUN_SEED, IMAGE_SEED = 7, 99
CLASSES = 10
ROUNDS = 10
BETAS = [0.9, 0.999]


def stream(seed, purpose, name):
    """The two words of a stream's key."""
    digest = hashlib.sha256(seed.to_bytes(8, "little") + bytes([purpose]) + name.encode()).digest()
    return [int.from_bytes(digest[at : at + 4], "little") for at in (0, 4)]


def words(key, step, sample, count):
    """The first blocks of Philox 4x32-10, an array a word."""
    number = numpy.arange(count, dtype=numpy.uint64)
    low, c1 = number & 0xFFFFFFFF, number >> 32
    c = [low, c1, numpy.full_like(number, sample), numpy.full_like(number, step)]
    k0, k1 = key
    for _ in range(ROUNDS):
        first, second = c[0] * numpy.uint64(0xD2511F53), c[2] * numpy.uint64(0xCD9E8D57)
        c = [
            (second >> 32) ^ c[1] ^ numpy.uint64(k0),
            second & 0xFFFFFFFF,
            (first >> 32) ^ c[3] ^ numpy.uint64(k1),
            first & 0xFFFFFFFF,
        ]
        k0, k1 = (k0 + 0x9E3779B9) & 0xFFFFFFFF, (k1 + 0xBB67AE85) & 0xFFFFFFFF
    return [word.astype(numpy.uint32) for word in c]


def polynomial(x, *coefficients):
    """Horner's rule in f32, every operation rounded."""
    value = numpy.float32(coefficients[0])
    for coefficient in coefficients[1:]:
        value = value * x + numpy.float32(coefficient)
    return value


def pair(radius_word, angle_word):
    """Two arrays of standard normal numbers, operation by operation as `normal.rs` has them."""
    f32 = numpy.float32
    u = ((radius_word >> 1).astype(numpy.int32).astype(f32) + f32(0.5)) * f32(2.0**-31)
    bits = u.view(numpy.uint32)
    exponent = (bits - numpy.uint32(0x3F3504F3)).view(numpy.int32) >> 23
    x = (bits - (exponent << 23).view(numpy.uint32)).view(f32) - f32(1.0)
    z = x * x
    p = polynomial(
        x, 7.0376836e-2, -1.151461e-1, 1.1676999e-1, -1.2420141e-1, 1.4249323e-1, -1.6668058e-1, 2.0000715e-1, -2.4999994e-1, 3.333333e-1
    )
    e = exponent.astype(f32)
    tail = p * x * z - e * f32(2.1219444e-4) - f32(0.5) * z
    radius = numpy.sqrt(f32(-2.0) * (tail + x + e * f32(0.6933594)))

    x = (angle_word << 2).view(numpy.int32).astype(f32) * (f32(math.pi / 4) / f32(2.0**31))
    z = x * x
    sine = polynomial(z, -1.9515296e-4, 8.332161e-3, -1.6666655e-1) * z * x + x
    cosine = polynomial(z, 2.4433157e-5, -1.3887316e-3, 4.1666646e-2) * z * z - f32(0.5) * z + f32(1.0)
    quadrant = angle_word >> 30
    odd = quadrant & 1 == 1
    cosine, sine = numpy.where(odd, sine, cosine), numpy.where(odd, cosine, sine)
    cosine = numpy.where((quadrant + 1) & 2 == 2, -cosine, cosine)
    sine = numpy.where(quadrant & 2 == 2, -sine, sine)
    return [radius * cosine, radius * sine]


def normals(key, step, sample, *shape):
    """Standard normal numbers of a stream, exact f32 in f64."""
    count = math.prod(shape)
    a, b, c, d = words(key, step, sample, -(-count // 4))
    numbers = numpy.stack(pair(a, b) + pair(c, d), 1).reshape(-1)[:count]
    return torch.from_numpy(numbers.astype(numpy.float64)).reshape(shape)


def rounded(values):
    """Rounded to f32, as parameters are kept."""
    return values.float().double()


def mix(at):
    """32 bits that look random, of an array of numbers."""
    h = at.astype(numpy.uint32) * numpy.uint32(0x9E3779B1)
    h ^= h >> 15
    h *= numpy.uint32(0x85EBCA77)
    return h ^ (h >> 13)


def summary(gradient, after):
    """What is kept of a parameter."""
    gradient, after = gradient.flatten().numpy(), after.detach().flatten().numpy()
    h = mix(numpy.arange(gradient.size))
    signs = [numpy.where(h >> bit & 1 == 1, -1.0, 1.0) for bit in (31, 30)]
    places = mix(numpy.arange(16)) % numpy.uint32(gradient.size)
    short = lambda values: [float(f"{value:.9g}") for value in values]
    norm, largest = numpy.linalg.norm(gradient), abs(gradient).max()
    products = [signs @ gradient for signs in signs]
    (norm, largest), products = short([norm, largest]), short(products)
    return {
        "norm": norm,
        "largest": largest,
        "products": products,
        "elements": short(gradient[places]),
        "after": short(after[places]),
    }


ALEXNET = [
    ("conv1", 64, 11, 4, 5, "pool"),
    ("conv2", 192, 5, 1, 2, "pool"),
    ("conv3", 384, 3, 1, 1, None),
    ("conv4", 256, 3, 1, 1, None),
    ("conv5", 128, 3, 1, 1, "pool"),
    ("head", 10),
]
VGG16 = [
    (f"conv{at + 1}", channels, 3, 1, 1, "pool" if at + 1 in (2, 4, 7, 10, 13) else None)
    for at, channels in enumerate([64, 64, 128, 128, 256, 256, 256, 512, 512, 512, 512, 512, 512])
] + [("fc1", 512), ("fc2", 512), ("head", 10)]


class Case:
    """A network with its parameters and its batch."""

    def __init__(self, network, start, bayes, draw, examples, samples, epsilon):
        self.network, self.start, self.bayes, self.draw, self.examples = network, start, bayes, draw, examples
        self.layers = {"alexnet": ALEXNET, "vgg16": VGG16}[network]
        self.samples, self.epsilon = samples, epsilon
        self.step, self.kl_weight, self.learning_rate = 3, 1e-5 if bayes else 0.0, 1e-3
        self.labels = [(7 * at + 3) % CLASSES for at in range(examples)]
        # How close to another choice the rectifiers and pools come, over the size of their inputs.
        self.margin = math.inf
        self.parameters = {}
        channels = 3
        for name, out, *window in self.layers:
            shape = (out, channels, window[0], window[0]) if window else (out, channels)
            channels = out
            gain = math.sqrt(2.0) if start == "kaiming_normal" else 1.0
            deviation = gain * (1.0 / math.sqrt(math.prod(shape[1:])))
            for kind, shape, spread in [("weight", shape, deviation), ("bias", (out,), 0.05)]:
                tensor = f"{name}.{kind}"
                centre = rounded(normals(stream(RUN_SEED, INITIALIZATION, tensor), 0, 0, *shape) * spread)
                if not bayes:
                    self.parameters[tensor] = centre.requires_grad_()
                    continue
                self.parameters[f"{tensor}.mu"] = centre.requires_grad_()
                rho = rounded(normals(stream(RUN_SEED, INITIALIZATION, f"{tensor}.rho"), 0, 0, *shape) * 0.3 - 5.0)
                self.parameters[f"{tensor}.rho"] = rho.requires_grad_()

    def images(self):
        return normals(stream(IMAGE_SEED, AUGMENTATION, "test images"), 0, self.draw, self.examples, 3, 32, 32)

    def deviations(self, tensor):
        return F.softplus(self.parameters[f"{tensor}.rho"], threshold=1e9)

    def affine(self, x, name, window, sample):
        apply = (lambda x, w, b: F.conv2d(x, w, b, window[1], window[2])) if window else F.linear
        if not self.bayes:
            return apply(x, self.parameters[f"{name}.weight"], self.parameters[f"{name}.bias"])
        mean = apply(x, self.parameters[f"{name}.weight.mu"], self.parameters[f"{name}.bias.mu"])
        variance = apply(x * x, self.deviations(f"{name}.weight") ** 2, self.deviations(f"{name}.bias") ** 2)
        noise = normals(stream(RUN_SEED, TRAINING_NOISE, name), self.step, sample, *mean.shape)
        return mean + variance.sqrt() * noise

    def observe(self, x, pools, rectifies):
        with torch.no_grad():
            size = x.square().mean().sqrt()
            if pools:
                windows = F.unfold(x, 2, stride=2).unflatten(1, (x.shape[1], 4))
                first, second = windows.topk(2, 2).values.unbind(2)
                gaps = (first - second)[first > 0] if rectifies else first - second
                self.margin = min(self.margin, (gaps.min() / size).item())
                x = first
            if rectifies:
                self.margin = min(self.margin, (x.abs().min() / size).item())

    def forward(self, sample):
        x = self.images()
        rectifies = self.network == "vgg16"
        for name, _, *window in self.layers:
            if not window:
                x = x.flatten(1)
            x = self.affine(x, name, window, sample)
            if name == "head":
                return x
            pools = bool(window) and window[3] == "pool"
            self.observe(x, pools, rectifies)
            x = F.relu(x) if rectifies else F.softplus(x, threshold=1e9)
            if pools:
                x = F.max_pool2d(x, 2, 2)

    def objective(self):
        labels = torch.tensor(self.labels)
        losses = [F.cross_entropy(self.forward(sample), labels) for sample in range(self.samples)]
        return sum(losses) / self.samples

    def kl(self):
        total = torch.zeros(())
        for name, mu in self.parameters.items():
            if name.endswith(".mu"):
                sigma = self.deviations(name.removesuffix(".mu"))
                total = total + ((0.1 / sigma).log() + (sigma**2 + mu**2) / (2 * 0.1**2) - 0.5).sum()
        return total

    def mark(self):
        if not self.bayes:
            return {"point": {"initialization": self.start}}
        return {
            "bayes": {
                "prior": {"normal": {"mean": 0.0, "std": 0.1}},
                "posterior": {"mean": self.start, "rho": -5.0},
                "estimator": "local_reparameterization",
            }
        }

    def numbers(self):
        likelihood, kl = self.objective(), self.kl()
        (likelihood + self.kl_weight * kl).backward()
        gradients = {name: value.grad.clone() for name, value in self.parameters.items()}
        optimizer = torch.optim.Adam(self.parameters.values(), self.learning_rate, BETAS, self.epsilon)
        optimizer.step()
        return {
            "network": self.network,
            "mark": self.mark(),
            "draw": self.draw,
            "labels": self.labels,
            "samples": self.samples,
            "step": self.step,
            "kl_weight": self.kl_weight,
            "adam": {"learning_rate": self.learning_rate, "betas": BETAS, "epsilon": self.epsilon, "weight_decay": 0.0},
            "margin": float(f"{self.margin:.2g}"),
            "negative_log_likelihood": likelihood.item(),
            "kl": kl.item(),
            "parameters": {k: summary(gradient, self.parameters[k]) for k, gradient in gradients.items()},
        }


# Single precision decides a rectifier or a pool otherwise than double where it is close, and then gradients differ: the
# draws of images are those of the first twenty (of the first ten for AlexNet) that leave the widest margin.
CASES = [
    ("alexnet", "lecun_normal", False, 8, 4, 1, 1e-8),
    ("alexnet", "lecun_normal", True, 3, 4, 2, 1e-3),
    ("vgg16", "kaiming_normal", False, 4, 2, 1, 1e-8),
    ("vgg16", "kaiming_normal", True, 9, 2, 1, 1e-3),
]

if __name__ == "__main__":
    torch.set_default_dtype(torch.float64)
    origin = f"torch_networks.py, torch {torch.__version__}, python3 torch_networks.py > torch_networks.json"
    print(json.dumps({"origin": origin, "cases": [Case(*case).numbers() for case in CASES]}))
