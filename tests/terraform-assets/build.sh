#!/bin/sh
# Put OpenTofu and a mirror with the provider hashicorp/time into a cache outside the repository, both built with Go in
# the versions of their go.mod, and print the cache folder: `tofu`, and `providers` for filesystem_mirror. A cache that
# was made from the same source files is reused.
set -eu
cd "$(dirname "$0")"

version=$(sed -n 's|^[[:space:]]*github.com/opentofu/opentofu v\([0-9.]*\).*|\1|p' tofu/go.mod)
time=$(sed -n 's|^[[:space:]]*github.com/hashicorp/terraform-provider-time v\([0-9.]*\).*|\1|p' time/go.mod)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/leastway/terraform-assets/$version
source=$(cat build.sh tofu/go.mod tofu/go.sum time/go.mod time/go.sum | cksum)
mkdir -p "$cache"
if command -v flock > /dev/null; then # a second build waits for the first, and has nothing left to do
    exec 9> "$cache/lock"
    flock 9
fi
if [ "$(cat "$cache/source" 2> /dev/null)" = "$source" ]; then echo "$cache"; exit; fi

say() { echo "terraform-assets: $1" >&2; }

if ! command -v go > /dev/null; then
    say "needs Go $(sed -n 's/^go //p' tofu/go.mod) or newer"
    exit 2
fi

build() { # build FOLDER FILE PACKAGE [LDFLAGS]
    say "building $(basename "$2")"
    mkdir -p "$(dirname "$2")"
    (cd "$1" && CGO_ENABLED=0 nice go build -p 2 -trimpath -buildvcs=false -ldflags "-s -w ${4-}" -o "$2.new" "$3")
    mv -f "$2.new" "$2"
}

target=$(go env GOOS)_$(go env GOARCH)
build tofu "$cache/tofu" github.com/opentofu/opentofu/cmd/tofu "-X github.com/opentofu/opentofu/version.dev=no"
for host in registry.terraform.io registry.opentofu.org; do
    package=$cache/providers/$host/hashicorp/time/$time/$target
    program=$package/terraform-provider-time_v$time
    if [ $host = registry.terraform.io ]; then
        build time "$program" github.com/hashicorp/terraform-provider-time
        built=$program
    else
        mkdir -p "$package"
        cp "$built" "$program.new" && mv -f "$program.new" "$program"
    fi
done
echo "$source" > "$cache/source"
echo "$cache"
