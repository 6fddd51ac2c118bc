#!/bin/sh
# Write Mermaid's script for browsers to the file $1, from its npm package, if that has this hash.
set -eu
package=mermaid@11.17.2
digest=57a2b70bc101744b0f1595d228c25eea9a50384371b87011afd1af1d7e21878ee501b84c443f6a7f8a042bb2e869143150b31af34feab798073bbdda0a578106

command -v npm > /dev/null || { echo "the documentation site needs npm, to get $package" >&2; exit 1; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
archive=$folder/$(cd "$folder" && npm pack --silent "$package")
echo "$digest  $archive" | sha512sum --check --quiet
mkdir -p "$(dirname "$1")"
tar --extract --gzip --file "$archive" --to-stdout package/dist/mermaid.min.js > "$folder/mermaid.min.js"
mv "$folder/mermaid.min.js" "$1"
