#!/usr/bin/env bash
# Compiles the three .in files into hashed .txt files; run after changing one of them. Arguments go to uv.
set -euo pipefail
cd "$(dirname "$0")/.."
for name in requirements-build requirements requirements-dev; do
    .venv/tools/bin/uv pip compile --quiet --universal --generate-hashes --python-version 3.11 \
        --no-emit-index-url --no-emit-find-links --custom-compile-command 'make lock' \
        "$name.in" --output-file "$name.txt" "$@"
done
