#!/bin/bash
# Builds the C floors of the benchmarks: Benchmarks/C/build.sh OUTDIR
set -euo pipefail
if [ $# -ne 1 ]; then
  echo "usage: $0 OUTDIR" >&2
  exit 125
fi
mkdir -p "$1"
for source in "$(dirname "$0")"/*.c; do
  cc -std=gnu11 -O2 -Wall -Wextra -Werror "$source" -o "$1/$(basename "$source" .c)"
done
