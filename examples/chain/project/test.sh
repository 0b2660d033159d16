#!/bin/sh
# Tests the build of the target that .target names.
set -e
target=$(cat .target)
mkdir -p results
sh "out/$target/greet" | grep -q hello
echo "$target passed" > "results/$target.txt"
