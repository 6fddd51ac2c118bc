#!/bin/sh
# Put kube-apiserver, etcd, kubectl, the controllers of workloads, and the judges of aws-auth and of audit logs into a cache
# outside the repository, and print the cache folder. The first three are downloaded prebuilt if setup-envtest is installed
# and finds them; otherwise all are built, in the versions of go.mod. A cache that was made from the same source files is
# reused.
set -eu
cd "$(dirname "$0")"

version=$(sed -n 's|^[[:space:]]*k8s\.io/kubernetes \(v[0-9.]*\).*|\1|p' go.mod)
minor=${version#v1.}
minor=${minor%%.*}
cache=${XDG_CACHE_HOME:-$HOME/.cache}/leastway/kube-assets/$version
if command -v go > /dev/null; then has_go=yes; else has_go=no; fi
source="$(cat build.sh go.mod go.sum controllers/main.go judge/main.go log-judge/* | cksum) with Go: $has_go"
mkdir -p "$cache"
if command -v flock > /dev/null; then # a second build waits for the first, and has nothing left to do
    exec 9> "$cache/lock"
    flock 9
fi
if [ "$(cat "$cache/source" 2> /dev/null)" = "$source" ]; then echo "$cache"; exit; fi

say() { echo "kube-assets: $1" >&2; }

prebuilt() {
    command -v setup-envtest > /dev/null || return 1
    say "asking setup-envtest for Kubernetes 1.$minor"
    found=$(timeout 300 setup-envtest use "1.$minor.x" --bin-dir "$cache/envtest" -p path) || return 1
    for name in kube-apiserver etcd kubectl; do
        cp "$found/$name" "$cache/$name.new" && mv -f "$cache/$name.new" "$cache/$name" || return 1
    done
}

build() { # build NAME PACKAGE [LDFLAGS]
    say "building $1"
    CGO_ENABLED=0 nice go build -p 2 -trimpath -buildvcs=false -ldflags "-s -w ${3-}" -o "$cache/$1.new" "$2"
    mv -f "$cache/$1.new" "$cache/$1"
}

if ! prebuilt; then
    if [ $has_go = no ]; then
        say "needs Go $(sed -n 's/^go //p' go.mod) or newer, or setup-envtest with network access"
        exit 2
    fi
    say "building Kubernetes $version, about five minutes on two cores"
    release=k8s.io/component-base/version
    stamp="-X $release.gitVersion=$version -X $release.gitMajor=1 -X $release.gitMinor=$minor"
    build kube-apiserver k8s.io/kubernetes/cmd/kube-apiserver "$stamp"
    build kubectl k8s.io/kubernetes/cmd/kubectl "$stamp"
    build etcd go.etcd.io/etcd/server/v3
fi
if [ $has_go = yes ]; then
    build workload-controllers ./controllers
    build aws-auth-judge ./judge
    (cd log-judge && build audit-log-judge .)
else
    say "the controllers and the judges are not built without Go, and their tests skip"
fi
echo "$source" > "$cache/source"
echo "$cache"
