#!/usr/bin/env bash
# Makes .venv from the hashed requirements: `bootstrap.sh [run|dev]`. A second run with nothing changed takes no time.
set -euo pipefail
cd "$(dirname "$0")/.."
unset PYTHONDONTWRITEBYTECODE          # without bytecode every Airflow process takes three times as long to start
unset VIRTUAL_ENV PYTHONPATH PYTHONHOME

kind=${1:-run}
venv=.venv
missing() { echo "milepost: $1" >&2; exit 1; }

command -v git >/dev/null || missing "git is missing: install it (Debian: apt-get install git)."
find_python() {
    local candidate
    for candidate in ${PYTHON:-} python3 python3.14 python3.13 python3.12 python3.11; do
        if command -v "$candidate" >/dev/null &&
           "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            command -v "$candidate"; return
        fi
    done
}
if [ -x $venv/bin/python ]; then python=$venv/bin/python; else python=$(find_python); fi
[ -n "$python" ] || missing "Python 3.11 or newer is missing: install it, or name it: make install PYTHON=/path/to/python3."

# Two at once on one folder would tear each other's installation: the second waits.
if command -v flock >/dev/null; then exec 9<scripts/bootstrap.sh; flock 9; fi

[ "$kind" = run ] && [ -e $venv/.dev ] && kind=dev      # never take the development tools away by a plain install
files=(requirements.txt)
[ "$kind" = dev ] && files+=(requirements-dev.txt)
state=$(cat requirements-build.txt "${files[@]}" pyproject.toml scripts/bootstrap.sh | git hash-object --stdin)
if [ "$(cat $venv/.stamp 2>/dev/null)" = "$kind $state" ] && $venv/bin/python -c '' 2>/dev/null; then exit 0; fi

"$python" -c 'import ensurepip, venv' 2>/dev/null ||
    missing "Python's venv module is missing: install it (Debian: apt-get install python3-venv)."
rm -f $venv/.stamp
if ! $venv/bin/python -c '' 2>/dev/null; then
    rm -rf $venv
    "$(find_python)" -m venv --without-pip $venv
fi
# uv installs the set in seconds where pip needs minutes. It lives in a corner of its own, pinned by hash like the rest.
if ! cmp -s requirements-build.txt $venv/tools/requirements-build.txt; then
    rm -rf $venv/tools
    $venv/bin/python -m venv $venv/tools
    $venv/tools/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-build.txt
    cp requirements-build.txt $venv/tools/
fi
uv() { $venv/tools/bin/uv "$@" --quiet --python $venv/bin/python; }
uv pip sync --require-hashes --build-constraints requirements-build.txt --compile-bytecode "${files[@]}"
uv pip install --no-deps --no-build-isolation --editable .
[ "$kind" = dev ] && touch $venv/.dev
echo "$kind $state" > $venv/.stamp
