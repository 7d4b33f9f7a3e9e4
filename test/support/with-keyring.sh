#!/bin/sh
# usage: with-keyring.sh COMMAND [ARGUMENT...]
# Runs a command with a private D-Bus session and an unlocked, throw-away login keyring, so that tests of the keyring
# neither need a desktop nor touch the person's own secrets. Ends with the command's exit code and leaves nothing.
set -eu

if [ -z "${HOLDFAST_KEYRING_HOME:-}" ]; then
  for program in dbus-run-session dbus-send gnome-keyring-daemon; do
    command -v "$program" >/dev/null || { echo "with-keyring: $program is missing; npm run setup says how to install it" >&2; exit 127; }
  done
  HOLDFAST_KEYRING_HOME=$(mktemp -d)
  export HOLDFAST_KEYRING_HOME
  trap 'rm -rf "$HOLDFAST_KEYRING_HOME"' EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM
  export XDG_DATA_HOME="$HOLDFAST_KEYRING_HOME/data" XDG_CONFIG_HOME="$HOLDFAST_KEYRING_HOME/config"
  export XDG_CACHE_HOME="$HOLDFAST_KEYRING_HOME/cache" XDG_RUNTIME_DIR="$HOLDFAST_KEYRING_HOME/run"
  mkdir -p -m 700 "$XDG_DATA_HOME/keyrings" "$XDG_CONFIG_HOME" "$XDG_CACHE_HOME" "$XDG_RUNTIME_DIR"
  code=0
  # The bus is noisy on stderr; the command gets the real one through descriptor 3.
  dbus-run-session -- "$0" "$@" 3>&2 2>"$HOLDFAST_KEYRING_HOME/bus.log" || code=$?
  exit "$code"
fi

printf 'throw-away' | gnome-keyring-daemon --unlock --components=secrets --daemonize >/dev/null 2>&1

ask() { dbus-send --session --print-reply "$@" 2>/dev/null; }
# The daemon must own its name first: asking for a property would make the bus start a second, locked daemon.
owned() {
  ask --dest=org.freedesktop.DBus /org/freedesktop/DBus org.freedesktop.DBus.NameHasOwner \
    string:org.freedesktop.secrets | grep -q 'boolean true'
}
unlocked() {
  ask --dest=org.freedesktop.secrets /org/freedesktop/secrets/aliases/default org.freedesktop.DBus.Properties.Get \
    string:org.freedesktop.Secret.Collection string:Locked | grep -q 'boolean false'
}
tries=0
until owned && unlocked; do
  tries=$((tries + 1))
  [ "$tries" -lt 100 ] || { echo 'with-keyring: the keyring did not unlock within 10 s' >&3; exit 1; }
  sleep 0.1 # the daemon sends no signal that dbus-send could wait for
done
# A test that itself calls this script gets a keyring of its own.
unset HOLDFAST_KEYRING_HOME
exec "$@" 2>&3 3>&-
