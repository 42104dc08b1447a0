"""Prints, as JSON, what TensorBoard makes of a folder with an event file: by its reader, and by its server over HTTP."""

import json
import re
import subprocess
import sys
import time
from urllib.parse import urlencode

import requests
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator


def read(folder):
    kinds = ("scalars", "histograms", "images", "tensors")
    events = EventAccumulator(folder, size_guidance={kind: 0 for kind in kinds})
    events.Reload()
    tags = events.Tags()
    texts = [tag for tag in tags["tensors"] if events.SummaryMetadata(tag).plugin_data.plugin_name == "text"]
    return {
        "scalars": {tag: [[e.wall_time, e.step, e.value] for e in events.Scalars(tag)] for tag in tags["scalars"]},
        "histograms": sorted(tags["histograms"]),
        "images": sorted(tags["images"]),
        "texts": sorted(texts),
        "spec": events.Tensors("spec")[0].tensor_proto.string_val[0].decode(),
    }


def serve(folder):
    """What the dashboards ask for. Port 0 lets the server choose one, which it prints."""
    command = [sys.executable, "-m", "tensorboard.main", "--logdir", folder, "--port", "0", "--load_fast", "false"]
    server = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    try:
        address = None
        for line in server.stderr:
            found = re.search(r"http://\S+?:(\d+)/", line)
            if found:
                address = f"http://localhost:{found[1]}"
                break
        assert address, "the server has not said where it listens"
        wait_for_runs(address)
        tags = {kind: ask(address, f"/data/plugin/{kind}/tags")["."] for kind in ("scalars", "histograms", "images", "text")}
        for kind, path in (("histograms", "histograms"), ("images", "images"), ("text", "text")):
            for tag in tags[kind]:
                assert ask(address, f"/data/plugin/{path}/{path}", run=".", tag=tag), tag
        first = next(iter(tags["images"]))
        listed = ask(address, "/data/plugin/images/images", run=".", tag=first)[0]
        image = requests.get(f"{address}/data/plugin/images/individualImage?{listed['query']}", timeout=60).content
        assert image.startswith(b"\x89PNG"), "the image is no PNG file"
        return {
            "scalars": {tag: ask(address, "/data/plugin/scalars/scalars", run=".", tag=tag) for tag in tags["scalars"]},
            "histograms": sorted(tags["histograms"]),
            "images": sorted(tags["images"]),
            "texts": sorted(tags["text"]),
            **hyperparameters(address),
        }
    finally:
        server.kill()
        server.wait()


def ask(address, path, **query):
    answer = requests.get(f"{address}{path}?{urlencode(query)}", timeout=60)
    assert answer.ok, f"{path} answers {answer.status_code}: {answer.text[:200]}"
    return answer.json() if "json" in answer.headers.get("content-type", "") else answer.text


def wait_for_runs(address):
    """The server loads in the background."""
    for _ in range(600):
        if ask(address, "/data/runs") == ["."] and ask(address, "/data/plugin/scalars/tags").get("."):
            return
        time.sleep(0.1)
    raise AssertionError("the server finds no run")


def hyperparameters(address):
    experiment = post(address, "/data/plugin/hparams/experiment", {"experimentName": ""})
    names = [info["name"] for info in experiment["hparamInfos"]]
    groups = post(
        address,
        "/data/plugin/hparams/session_groups",
        {
            "experimentName": "",
            "allowedStatuses": ["STATUS_UNKNOWN", "STATUS_SUCCESS", "STATUS_FAILURE", "STATUS_RUNNING"],
            "colParams": [{"hparam": name, "order": "ORDER_UNSPECIFIED"} for name in names],
            "startIndex": 0,
            "sliceSize": 10,
        },
    )["sessionGroups"]
    return {"hyperparameters": groups[0]["hparams"], "status": groups[0]["sessions"][0]["status"]}


def post(address, path, body):
    answer = requests.post(f"{address}{path}", json=body, timeout=60)
    assert answer.ok, f"{path} answers {answer.status_code}: {answer.text[:200]}"
    return answer.json()


folder = sys.argv[1]
json.dump({**read(folder), "served": serve(folder)}, sys.stdout)
