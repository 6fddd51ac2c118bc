#!/bin/sh
# Put kwok, which plays the nodes and pods of a cluster, into a cache outside the repository, built with Go in the version
# of go.mod, and print the cache folder. It is a Go module of its own, because it needs other versions of Kubernetes' libraries
# than kube-apiserver. A cache that was made from the same source files is reused.
set -eu
cd "$(dirname "$0")"

version=$(sed -n 's|^[[:space:]]*sigs\.k8s\.io/kwok \(v[0-9.]*\).*|\1|p' go.mod)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/leastway/kwok/$version
source=$(cat build.sh go.mod go.sum | cksum)
mkdir -p "$cache"
if command -v flock > /dev/null; then # a second build waits for the first, and has nothing left to do
    exec 9> "$cache/lock"
    flock 9
fi
if [ "$(cat "$cache/source" 2> /dev/null)" = "$source" ]; then echo "$cache"; exit; fi

if ! command -v go > /dev/null; then
    echo "kwok: needs Go $(sed -n 's/^go //p' go.mod) or newer" >&2
    exit 2
fi
echo "kwok: building kwok $version, about two minutes on two cores" >&2
CGO_ENABLED=0 nice go build -p 2 -trimpath -buildvcs=false -ldflags "-s -w" -o "$cache/kwok.new" sigs.k8s.io/kwok/cmd/kwok
mv -f "$cache/kwok.new" "$cache/kwok"
echo "$source" > "$cache/source"
echo "$cache"
