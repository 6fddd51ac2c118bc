#!/bin/sh
# Install the packages of npm.txt into the folder $1, if their archives have the hashes that stand there.
set -eu
list=$(cd "$(dirname "$0")" && pwd)/npm.txt
mkdir -p "$1"
cd "$1"
grep -v '^#' "$list" | while read -r package digest; do
    archive=$(npm pack --silent "$package")
    echo "$digest  $archive" | sha512sum --check --quiet
    npm install --silent --no-package-lock --no-save --no-audit --no-fund --ignore-scripts "./$archive"
    rm "$archive"
done
