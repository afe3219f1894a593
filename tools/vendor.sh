#!/bin/sh
# Copies the browser files and fonts that package.json pins into the repository. Needs npm, and apt for one font; run it
# only to change a version.
set -eu
cd "$(dirname "$0")/.."
root=$PWD
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# take PACKAGE TARGET FILE... : copies FILEs of the pinned PACKAGE, and its licence, into TARGET.
take() {
    package=$1 target=$root/$2
    shift 2
    version=$(sed -n "s|^ *\"$package\": \"\(.*\)\".*|\1|p" "$root/package.json")
    archive=$(cd "$work" && npm pack --silent "$package@$version")
    rm -rf "$work/package"
    tar -xzf "$work/$archive" -C "$work"
    mkdir -p "$target"
    for file in "$@"; do
        cp "$work/package/$file" "$target/"
    done
    cp "$work"/package/LICENSE* "$target/"
    if [ -f "$work/package/NOTICE" ]; then cp "$work/package/NOTICE" "$target/"; fi
    echo "$package $version -> ${target#"$root"/}"
}

static=marketplace/static/vendor
take @picocss/pico "$static/pico" css/pico.min.css
take htmx.org "$static/htmx" dist/htmx.min.js
take swagger-ui-dist "$static/swagger-ui" swagger-ui.css swagger-ui-bundle.js swagger-ui-bundle.js.LICENSE.txt favicon-32x32.png
take axe-core tests/vendor axe.min.js

fonts=marketplace/statements/fonts
take dejavu-fonts-ttf "$fonts" ttf/DejaVuSans.ttf ttf/DejaVuSans-Bold.ttf
mv "$root/$fonts/LICENSE" "$root/$fonts/LICENSE-DejaVu"
(cd "$work" && apt-get download --quiet fonts-droid-fallback=1:6.0.1r16-1.1 && dpkg-deb -x fonts-droid-fallback_*.deb droid)
cp "$work/droid/usr/share/fonts-droid-fallback/truetype/DroidSansFallback.ttf" "$root/$fonts/"
cp "$work/droid/usr/share/doc/fonts-droid-fallback/copyright" "$root/$fonts/LICENSE-Droid"
