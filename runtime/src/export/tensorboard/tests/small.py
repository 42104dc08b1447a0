"""Writes small.json: what TensorBoard's own reader finds in small.tfevents.

Run it in this folder with a Python that has tensorboard: python3 small.py. The file itself is written by
`cargo test -p elbo-runtime --lib write_small -- --ignored`. The reader checks every checksum.
"""

import hashlib
import json
import shutil
import sys
import tempfile
from pathlib import Path

import tensorboard
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.plugins.hparams import plugin_data_pb2

FILE = Path("small.tfevents")


def text(proto):
    return [value.decode() for value in proto.string_val]


def main():
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(FILE, Path(folder) / "events.out.tfevents.0000001000.small")
        events = EventAccumulator(folder, size_guidance={name: 0 for name in ("scalars", "histograms", "images", "tensors")})
        events.Reload()
        tags = events.Tags()
    settings = {}
    for tag in ("_hparams_/session_start_info", "_hparams_/session_end_info"):
        content = events.SummaryMetadata(tag).plugin_data.content
        data = plugin_data_pb2.HParamsPluginData.FromString(content)
        if data.HasField("session_start_info"):
            start = data.session_start_info
            settings["start"] = start.start_time_secs
            settings["settings"] = {
                name: getattr(value, value.WhichOneof("kind")) for name, value in start.hparams.items()
            }
        else:
            settings["end"] = data.session_end_info.end_time_secs
            settings["status"] = data.session_end_info.status
    histogram = lambda value: {
        "min": value.min,
        "max": value.max,
        "num": value.num,
        "sum": value.sum,
        "sum_squares": value.sum_squares,
        "bucket_limit": list(value.bucket_limit),
        "bucket": list(value.bucket),
    }
    found = {
        "origin": f"small.py with Python {sys.version.split()[0]}, tensorboard {tensorboard.__version__}",
        "sha256": hashlib.sha256(FILE.read_bytes()).hexdigest(),
        "scalars": {tag: [[e.wall_time, e.step, e.value] for e in events.Scalars(tag)] for tag in tags["scalars"]},
        "histograms": {tag: histogram(events.Histograms(tag)[0].histogram_value) for tag in tags["histograms"]},
        "images": {
            tag: [[e.wall_time, e.step, e.width, e.height, len(e.encoded_image_string)] for e in events.Images(tag)]
            for tag in tags["images"]
        },
        "texts": {
            tag: [line for e in events.Tensors(tag) for line in text(e.tensor_proto)]
            for tag in tags["tensors"]
            if events.SummaryMetadata(tag).plugin_data.plugin_name == "text"
        },
        "hyperparameters": settings,
    }
    with open("small.json", "w") as file:
        json.dump(found, file, indent=None, separators=(",", ":"), sort_keys=True)
        file.write("\n")


main()
