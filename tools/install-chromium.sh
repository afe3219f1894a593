#!/usr/bin/env bash
# Sees to it that there is a Chromium for the browser tests: by apt where it is missing and this user may install.
# Ends with 1 and says what to do where it cannot. CHROMIUM=/path/to/one names a browser of your own.
set -euo pipefail

for name in ${CHROMIUM:+"$CHROMIUM"} chromium chromium-browser google-chrome google-chrome-stable; do
    if command -v "$name" >/dev/null; then exit 0; fi
done

advice="Install it (Debian: sudo apt install chromium) or name a browser by CHROMIUM=/path/to/chromium."
if ! command -v apt-get >/dev/null; then
    echo "The browser tests need Chromium, which is not installed. $advice" >&2
    exit 1
fi
if [ "$(id -u)" = 0 ]; then
    become=()
elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
    become=(sudo -n)
else
    echo "The browser tests need Chromium, which is not installed, and this user may not install it. $advice" >&2
    exit 1
fi

echo "Installing Chromium by apt for the browser tests (about 400 MB) …"
log=$(mktemp)
apt="${become[*]} env DEBIAN_FRONTEND=noninteractive apt-get -y"
if ! { $apt update && $apt install --no-install-recommends chromium; } >"$log" 2>&1; then
    tail -n 20 "$log" >&2
    echo "Chromium could not be installed; the whole story is in $log. $advice" >&2
    exit 1
fi
rm -f "$log"
