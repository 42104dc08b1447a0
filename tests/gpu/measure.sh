#!/usr/bin/env bash
# What a graphics processor computes with elbo, and how fast: one table on standard output and one JSON file.
#
#   tests/gpu/measure.sh ELBO [DEVICE] [JSON]
#
# ELBO is the program, DEVICE `gpu` (the default), `gpu:N` or `gpu:cpu`. Needs no network and about ten minutes at most on
# a card. On `gpu:cpu`, a driver in software, networks that would take hours are skipped, which the table says, and the
# others take few steps on few images (five minutes). `TIMES=1` makes it short on a card, too. Images are those in
# ELBO_DATA where it has CIFAR-10, else made up, which changes no speed. PyTorch is measured beside it where `python3`
# has it with CUDA.
set -uo pipefail
elbo=$(realpath "${1:?usage: tests/gpu/measure.sh ELBO [DEVICE] [JSON]}")
device=${2:-gpu}
json=$(realpath -m "${3:-gpu-measurement.json}")
times=${TIMES:-5}
software=
if [[ $device == gpu:cpu ]]; then software=1; fi
cd "$(dirname "$0")/../.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
rows=$work/rows
: > "$rows"

# NAME VALUE UNIT: a line of the table and an entry of the JSON.
row() {
    printf '%-58s %14s %s\n' "$1" "$2" "$3"
    printf '%s\t%s\t%s\n' "$1" "$2" "$3" >> "$rows"
}

# Bytes 0 to 9 alone, so that those in the places of labels are labels of CIFAR-10's ten classes.
made_up() { head -c "$1" /dev/urandom | tr '\000-\377' '[\000*26][\001*26][\002*26][\003*26][\004*26][\005*26][\006*25][\007*25][\010*25][\011*25]'; }
data=${ELBO_DATA:-}
if [[ -n $software || ! -f $data/cifar-10/data_batch_1.bin ]]; then
    data=$work/data
    mkdir -p "$data/cifar-10"
    # A file of CIFAR-10 holds 10,000 images of 3,073 bytes; a driver in software gets fewer.
    images=10000
    if [[ -n $software ]]; then images=40; fi
    for part in data_batch_1 data_batch_2 data_batch_3 data_batch_4 data_batch_5 test_batch; do
        made_up $((3073 * images)) > "$data/cifar-10/$part.bin"
    done
    echo "the images are made up: $images a file"
fi

"$elbo" doctor --device "$device" | sed -n '/^graphics/,/^$/p'

echo "== self-test"
if "$elbo" doctor --selftest --device "$device" > "$work/selftest" 2>&1; then state=passed; else state=failed; fi
tail -3 "$work/selftest"
row "self-test against the processor" "$state" ""

echo "== kernels"
"$elbo" doctor --kernels --device "$device" --format json > "$work/kernels.json" 2> "$work/errors" || cat "$work/errors"
# An object a kernel, whose keys stand in the order of the alphabet.
tr '{' '\n' < "$work/kernels.json" | tr -d '"}]' | awk '
    /gigaflops:/ { split($0, part, /gigaflops:|,kernel:|,least/); speed = part[2]; kernel = part[3] }
    /,shape:/ { sub(/.*shape:/, ""); sub(/,$/, ""); printf "%-26s %-20s %10.1f GFLOP/s\n", $0, kernel, speed }'

# SPEC#RUN STEPS BATCH STORE: trains so many steps; the images per second of its last epoch.
trained() {
    "$elbo" run "$1" --device "$device" --set "train.max_steps=$2" --set "train.batch=$3" --set "report.samples=2" \
        --data-root "$data" --store "$4" --ignore-memory --force --quiet > "$work/out" 2>&1 || { tail -4 "$work/out" >&2; return 1; }
    find "$4" -name metrics.jsonl -newer "$work/mark" -exec cat {} + |
        grep -o '"images_per_second":[0-9.e+]*' | tail -1 | cut -d: -f2 | xargs -r printf '%.1f\n'
}

steps=5 batch=32
if [[ -n $software ]]; then steps=2 batch=8; fi
echo "== $steps steps of each network, batch $batch"
touch "$work/mark"
for spec in specs/digits.elbo#digits_bayes specs/alexnet.elbo#alexnet_cifar10_{point,dropout,bayes} \
    specs/vgg16.elbo#vgg16_cifar10_{point,dropout,bayes} specs/lenet5.elbo#lenet5_cifar10_bayes; do
    if [[ -n $software && $spec == *vgg16*bayes ]]; then
        row "$steps steps: ${spec#specs/}" "skipped" "(too slow in software)"
        continue
    fi
    if trained "$spec" $steps $batch "$work/few" > /dev/null; then state=ran; else state=FAILED; fi
    row "$steps steps: ${spec#specs/}" "$state" ""
done

echo "== training"
for network in alexnet vgg16; do
    for mark in point bayes; do
        run=specs/$network.elbo#${network}_cifar10_$mark
        for batch in 64 256; do
            if [[ -n $software && ($network == vgg16 || $batch == 256) ]]; then
                row "training, $network $mark, batch $batch" "skipped" "(too slow in software)"
                continue
            fi
            steps=$((times * 20))
            if [[ -n $software ]]; then steps=2; fi
            touch "$work/mark"
            speed=$(trained "$run" $steps $batch "$work/speed-$network-$mark-$batch") || speed=failed
            row "training, $network $mark, batch $batch" "${speed:-none}" "images/s"
        done
    done
done

echo "== the same bits twice"
steps=10 batch=64
if [[ -n $software ]]; then steps=2 batch=8; fi
for time in 1 2; do
    touch "$work/mark"
    trained specs/alexnet.elbo#alexnet_cifar10_bayes $steps $batch "$work/twice-$time" > /dev/null
    find "$work/twice-$time" -name weights.safetensors -exec sha256sum {} + | cut -d' ' -f1 > "$work/bits-$time"
done
if [[ -s $work/bits-1 ]] && cmp -s "$work/bits-1" "$work/bits-2"; then same=equal; else same=DIFFERENT; fi
row "weights after $steps steps, twice" "$same" ""

if python3 -c 'import torch, sys; sys.exit(not torch.cuda.is_available())' 2> /dev/null && [[ -n ${TORCH_REFERENCE:-} ]]; then
    echo "== PyTorch on the same card"
    for tf32 in 0 1; do
        NVIDIA_TF32_OVERRIDE=$tf32 python3 "$TORCH_REFERENCE" --device cuda | sed "s/^/TF32 $tf32: /"
    done
fi

{
    printf '{"device": "%s", "program": "%s", "kernels": ' "$device" "$("$elbo" --version)"
    if [[ -s $work/kernels.json ]]; then cat "$work/kernels.json"; else printf null; fi
    printf ', "rows": ['
    awk -F'\t' '{ printf "%s{\"name\": \"%s\", \"value\": \"%s\", \"unit\": \"%s\"}", (NR > 1 ? ", " : ""), $1, $2, $3 }' "$rows"
    printf ']}\n'
} > "$json"
echo "kept in $json"
