#!/usr/bin/env bash
# Runs pytest with the given options. Installs Chromium first where it is missing; without it the browser tests are left out.
set -euo pipefail
cd "$(dirname "$0")/.."
if tools/install-chromium.sh; then
    exec .venv/bin/pytest "$@"
fi
.venv/bin/pytest -m "not browser" "$@"
echo "NOTE: the browser tests did not run, because there is no Chromium (see above)." >&2
