#!/usr/bin/env bash
# Quantizes and fine-tunes digits.onnx by every method and puts the manifests beside it. Needs `rowsmith` on PATH, or in ROWSMITH.
set -euo pipefail
cd "$(dirname "$0")"
rowsmith=${ROWSMITH:-rowsmith}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

quantize() { # name, method and shares
  local name=$1 method=$2
  shift 2
  "$rowsmith" quantize digits.onnx --calib calib.npz --test test.npz --train train.npz --epochs 5 --rate 2e-3 \
    --target xc7z020 --method "$method" "$@" --out "$work/$name"
  sed -e "s/^name = \"digits\"/name = \"$name\"/" -e "s/digits\.safetensors/$name.safetensors/" \
    "$work/$name/model.toml" > "$name.toml"
  cp "$work/$name/digits.safetensors" "$name.safetensors"
}

quantize msq msq --lut-share 0.75
quantize rmsmp rmsmp --lut-share 0.625 --wide-share 0.0625
quantize ausn ausn
quantize fixed4 'fixed(4)'
