#!/bin/sh
# Builds greet for every target: build.sh VERSION
set -e
for target in linux musl; do
    mkdir -p "out/$target"
    sed "s/@VERSION@/$1/" greet.in > "out/$target/greet"
done
