#!/usr/bin/env python3
"""Passes the output of `cargo test` on and says at its end which test programs and which ten tests took longest.

    cargo test --workspace 2>&1 | .ci/slowest.py

Stable Rust prints no times. They follow from the moments at which the lines arrive: a test program begins its tests in
the order of their names, as many at once as it has threads, and the next one when one ends.
"""
import os
import re
import sys
import time

PROGRAM = re.compile(r"^\s*Running (?:unittests )?(\S+) \(|^\s*Doc-tests (\S+)")
BEGIN = re.compile(r"^running \d+ tests?$")
TEST = re.compile(r"^test (.+?) \.\.\. (?:ok|FAILED|ignored.*)$")


def durations(began, ended, threads):
    """Seconds of each test, from the moment its program began and (name, moment) of every end."""
    waiting = sorted(name for name, _ in ended)
    start = {name: began for name in waiting[:threads]}
    waiting = waiting[threads:]
    seconds = {}
    for name, moment in ended:
        seconds[name] = moment - start.get(name, began)
        if waiting:
            start[waiting.pop(0)] = moment
    return seconds


def main():
    threads = int(os.environ.get("RUST_TEST_THREADS") or os.cpu_count() or 1)
    programs, tests = [], []
    program, began, ended = "?", time.monotonic(), []

    def close():
        if ended:
            programs.append((ended[-1][1] - began, program))
            tests.extend((seconds, program, name) for name, seconds in durations(began, ended, threads).items())

    for line in iter(sys.stdin.readline, ""):
        sys.stdout.write(line)
        sys.stdout.flush()
        now, text = time.monotonic(), line.rstrip("\n")
        if match := PROGRAM.match(text):
            close()
            program, began, ended = match[1] or f"doc tests of {match[2]}", now, []
        elif BEGIN.match(text):
            began = now
        elif match := TEST.match(text):
            ended.append((match[1], now))
    close()
    print("\nslowest test programs")
    for seconds, name in sorted(programs, reverse=True)[:10]:
        print(f"{seconds:8.1f} s  {name}")
    print("\nslowest tests")
    for seconds, home, name in sorted(tests, reverse=True)[:10]:
        print(f"{seconds:8.1f} s  {home}  {name}")


main()
