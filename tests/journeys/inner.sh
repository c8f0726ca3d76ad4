#!/bin/bash
# On a private display and a private bus: program and journey, each with a hard limit. $1 folder, $2 Python of the program.
set -u
here=$(dirname "$(readlink -f "$0")")
export QT_QPA_PLATFORM=xcb QT_LINUX_ACCESSIBILITY_ALWAYS_ON=1
XDG_RUNTIME_DIR=$(mktemp -d)
export XDG_RUNTIME_DIR
/usr/libexec/at-spi-bus-launcher --launch-immediately &
bus=$!
timeout -k 1 100 "$2" "$here/program.py" "$1" &
program=$!
timeout -k 1 90 /usr/bin/python3 "$here/journey.py" "$1/seen.json"
code=$?
kill $program $bus 2>/dev/null
rm -rf "$XDG_RUNTIME_DIR"
exit $code
