#!/bin/sh
# The key vault's own commands: init, serve, status, verify-log, fsck, backup.
exec /usr/bin/node /usr/lib/holdfast-vault/vault.js "$@"
