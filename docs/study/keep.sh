#!/bin/sh
# Copies what is kept of the finished runs of a store, all but weights, predictions and lines of steps.
#
#     sh docs/study/keep.sh STORE
set -eu
store=$1
kept=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)/results
for report in "$store"/??/*/evaluations/*/report.json; do
  [ -f "$report" ] || continue
  evaluation=$(dirname "$report")
  run=$(dirname "$(dirname "$evaluation")")
  key=${run#"$store"/}
  to=$kept/$key/evaluations/$(basename "$evaluation")
  # A run that a former store gave has no more than what is kept already.
  [ -f "$evaluation/predictions.csv" ] || continue
  mkdir -p "$kept/$key/training" "$to"
  for file in run.toml ir.json spec.elbo training.json; do
    cp "$run/training/$file" "$kept/$key/training/$file"
  done
  grep '"event":"epoch"' "$run/training/metrics.jsonl" > "$kept/$key/training/metrics.jsonl"
  cp "$report" "$evaluation/evaluation.toml" "$to"
  cut -d, -f1-10 "$evaluation/predictions.csv" |
    awk -F, 'BEGIN { OFS = "," } NR > 1 { for (i = 4; i <= NF; i++) $i = sprintf("%.5g", $i) } { print }' |
    gzip -9n > "$to/inputs.csv.gz"
done
