#!/bin/sh
# The command line of Holdfast: the app's own program with --cli. It opens no window and needs no display.
# What follows the -- are words for Holdfast alone; Chromium, which the program is built on, reads none of them.
here=$(dirname "$(readlink -f "$0")")
program=$here/../holdfast
[ -x "$program" ] || program=/opt/Holdfast/holdfast
if [ ! -x "$program" ]; then
  echo 'holdfast: the program that belongs to this command is missing. Install Holdfast again.' >&2
  exit 127
fi
# --log-level=3: what Chromium has to say about buses and graphics concerns no command line.
# Chromium refuses to start as root with the sandbox of its pages on. There are no pages here.
if [ "$(id -u)" = 0 ]; then
  exec "$program" --no-sandbox --log-level=3 --cli -- "$@"
fi
exec "$program" --log-level=3 --cli -- "$@"
