#!/bin/sh
# Build kube-apiserver, etcd and the judge of aws-auth into a cache outside of the tree, and print its folder.
# The versions are those of go.mod. What was built from the same files stays.
set -eu
cd "$(dirname "$0")"

command -v go > /dev/null || { echo "kube-assets: needs Go $(sed -n 's/^go //p' go.mod) or newer" >&2; exit 2; }
version=$(go list -m -f '{{.Version}}' k8s.io/kubernetes)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/leastway/kube-assets/$version
source=$(cat build.sh go.mod go.sum judge/main.go | cksum)
if [ "$(cat "$cache/source" 2> /dev/null)" = "$source" ]; then echo "$cache"; exit; fi
mkdir -p "$cache"

build() { # build NAME PACKAGE LDFLAGS
    echo "kube-assets: building $1 for Kubernetes $version" >&2
    CGO_ENABLED=0 nice go build -p 2 -trimpath -buildvcs=false -ldflags "-s -w $3" -o "$cache/$1.new" "$2"
    mv "$cache/$1.new" "$cache/$1"
}

minor=${version#v1.}
release=k8s.io/component-base/version
build kube-apiserver k8s.io/kubernetes/cmd/kube-apiserver \
    "-X $release.gitVersion=$version -X $release.gitMajor=1 -X $release.gitMinor=${minor%%.*}"
build etcd go.etcd.io/etcd/server/v3 ""
build aws-auth-judge ./judge ""
echo "$source" > "$cache/source"
echo "$cache"
