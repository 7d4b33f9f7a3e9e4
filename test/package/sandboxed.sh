#!/bin/sh
# Playwright starts every program on Linux with --no-sandbox, which an installed Holdfast refuses. Takes it away again.
for word in "$@"; do
  shift
  [ "$word" = --no-sandbox ] || set -- "$@" "$word"
done
exec /opt/Holdfast/holdfast "$@"
