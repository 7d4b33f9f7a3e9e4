#!/bin/sh
# After the files are gone (deb: $1 is remove, purge, upgrade...; rpm: the number of versions that stay).
set -e

profile='/etc/apparmor.d/${executable}'

case "$1" in
  remove | purge | 0)
    if [ -f "$profile" ]; then
      if apparmor_status --enabled >/dev/null 2>&1 && ! { [ -x /usr/bin/ischroot ] && /usr/bin/ischroot; }; then
        apparmor_parser --remove "$profile" || true
      fi
      rm -f "$profile"
    fi
    if command -v update-desktop-database >/dev/null 2>&1; then update-desktop-database -q /usr/share/applications || true; fi
    ;;
esac

# What belongs to people is never removed here: not on remove, and not on purge.
if [ "$1" = purge ]; then
  cat <<'END'
Holdfast is removed. These stay, because they belong to the people who used it:
  their backups, wherever they are kept;
  ~/.local/share/holdfast: settings, identity and history of this computer;
  ~/.config/autostart/holdfast.desktop, where it started at login (it does nothing now);
  entries named Holdfast in their keyrings.
Each person can delete them. A backup can be restored without them: its 64 digits or password are enough.
END
fi
