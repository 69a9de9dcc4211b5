# Read by ./quickstart and ./run-tests: makes .venv with uv from a lock file, or finds it up to date.
# Usage: . config/environment.sh; environment requirements.txt

say() { printf 'gavel: %s\n' "$*"; }
fail() { printf 'gavel: %s\n' "$*" >&2; exit 1; }

# A Python from 3.11 on (the lock was tried with 3.11) that can make a virtual environment; GAVEL_PYTHON names another one.
find_python() {
    for name in ${GAVEL_PYTHON:-python3.11 python3.12 python3.13 python3 python}; do
        if "$name" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            command -v "$name"
            return
        fi
    done
    return 1
}

has_nvidia() { command -v nvidia-smi >/dev/null 2>&1 && nvidia-smi -L 2>/dev/null | grep -q GPU; }

# Spark's packages are of use only where Java is.
has_java() { command -v java >/dev/null 2>&1 || [ -x "${JAVA_HOME:-}/bin/java" ]; }

# uv does not read pip's settings: hand over those that say where packages come from.
pip_setting() { .venv/bin/python -m pip config get "global.$1" 2>/dev/null || :; }

adopt_pip_settings() {
    links="${PIP_FIND_LINKS:-$(pip_setting find-links)}"
    index="${PIP_INDEX_URL:-$(pip_setting index-url)}"
    extra="${PIP_EXTRA_INDEX_URL:-$(pip_setting extra-index-url)}"
    certificate="${PIP_CERT:-$(pip_setting cert)}"
    [ -n "${UV_FIND_LINKS:-}" ] || [ -z "$links" ] || UV_FIND_LINKS="$(echo $links | tr ' ' ',')"
    [ -n "${UV_DEFAULT_INDEX:-}" ] || [ -z "$index" ] || UV_DEFAULT_INDEX="$index"
    if [ -z "${UV_INDEX:-}" ] && [ -n "$extra" ]; then
        UV_INDEX="$(echo $extra)"
        UV_INDEX_STRATEGY="${UV_INDEX_STRATEGY:-unsafe-best-match}" # pip asks all its indexes alike; versions are pinned
    fi
    [ -n "${SSL_CERT_FILE:-}" ] || [ -z "$certificate" ] || SSL_CERT_FILE="$certificate"
    for name in UV_FIND_LINKS UV_DEFAULT_INDEX UV_INDEX UV_INDEX_STRATEGY SSL_CERT_FILE; do
        eval "[ -z \"\${$name:-}\" ] || export $name"
    done
}

# Without an NVIDIA GPU the CUDA build of torch is several useless gigabytes. A folder of local packages that has a
# CPU build is enough; otherwise torch's own index is asked for one.
choose_torch() {
    if has_nvidia; then
        export UV_TORCH_BACKEND="${UV_TORCH_BACKEND:-auto}"
        return
    fi
    for folder in $(echo "${UV_FIND_LINKS:-}" | tr ',' ' '); do
        for wheel in "$folder"/torch-*+cpu-*.whl; do [ ! -e "$wheel" ] || return 0; done
    done
    export UV_TORCH_BACKEND="${UV_TORCH_BACKEND:-cpu}"
}

# What the environment was made from: the lock files, the Python, the kind of torch.
stamp_of() {
    has_nvidia && kind=cuda || kind=cpu
    cat "$@" | "$PYTHON" -c 'import hashlib, sys; h = hashlib.sha256(sys.stdin.buffer.read())
print(h.hexdigest(), *sys.version_info[:2], sys.argv[1])' "$kind"
}

environment() {
    PYTHON="$(find_python)" || fail "Python 3.11 or newer with venv is needed (Debian: apt-get install python3-venv)"
    stamp="$(stamp_of "$@")"
    mark=".venv/.made-from-$(basename "$1")"
    [ -x .venv/bin/python ] && [ "$(cat "$mark" 2>/dev/null)" = "$stamp" ] && return
    say "installing packages into .venv (first time: some minutes)"
    [ -x .venv/bin/python ] || "$PYTHON" -m venv .venv || fail "the virtual environment could not be made"
    adopt_pip_settings
    choose_torch
    [ -x .venv/bin/uv ] || .venv/bin/python -m pip install --quiet --disable-pip-version-check "uv==0.13.9" ||
        fail "uv could not be installed"
    for lock in "$@"; do
        set -- "$@" --requirements "$lock"
        shift
    done
    VIRTUAL_ENV="$PWD/.venv" .venv/bin/uv pip install --quiet "$@" || fail "the packages could not be installed"
    printf '%s' "$stamp" >"$mark"
}
