#!/usr/bin/env bash
# Makes .venv and installs WHAT (`.` or `.[dev]`) into it with the exact versions of constraints.txt.
set -euo pipefail
cd "$(dirname "$0")/.."
what=$1

# Print the first Python that fits.
find_python() {
    local name
    for name in "${PYTHON:-python3}" python3.13 python3.12 python3.11; do
        if "$name" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null; then
            echo "$name"
            return
        fi
    done
    echo "Fairmatch needs Python 3.11, 3.12 or 3.13; name one by PYTHON=…" >&2
    return 1
}

# A folder made by an interrupted run or an older Python is made anew.
if ! .venv/bin/python -c 'import pip, sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null; then
    python=$(find_python)
    echo "Making .venv with $("$python" --version) …"
    if ! said=$("$python" -m venv --clear .venv 2>&1); then
        echo "$said" >&2
        echo "On Debian and Ubuntu: sudo apt install python3-venv" >&2
        exit 1
    fi
fi

echo "Installing $what: about 2 GB at the first time, some minutes. The whole story is in .venv/install.log."
export PIP_ROOT_USER_ACTION=ignore PIP_DISABLE_PIP_VERSION_CHECK=1
# One line that grows in a terminal, a few lines elsewhere.
progress='
    /^(Collecting|Processing)/ { found++; if (tty) printf "\r  %d packages found", found; else if (found % 50 == 0) print "  " found " packages found" }
    /^Installing collected/ && found { if (tty) printf "\r"; print "  " found " packages found, now unpacking them …" }
    { fflush() }'
tty=0; [ -t 1 ] && tty=1
if ! .venv/bin/python -m pip install --progress-bar off -c constraints.txt -e "$what" 2>&1 \
    | tee .venv/install.log | awk -v tty="$tty" "$progress"; then
    tail -n 20 .venv/install.log >&2
    echo "The installation failed; .venv/install.log tells more." >&2
    exit 1
fi
