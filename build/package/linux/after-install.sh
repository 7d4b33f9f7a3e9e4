#!/bin/sh
# After the files are in place (deb, rpm).
set -e

folder='/opt/${sanitizedProductName}'
profile='/etc/apparmor.d/${executable}'

# The window's sandbox takes user namespaces; where the kernel has none for ordinary users, its helper has to be root's.
if [ -L /proc/self/ns/user ] && unshare --user true 2>/dev/null &&
  [ "$(cat /proc/sys/kernel/unprivileged_userns_clone 2>/dev/null || echo 1)" = 1 ]; then
  chmod 0755 "$folder/chrome-sandbox"
else
  chmod 4755 "$folder/chrome-sandbox"
fi

# Ubuntu 24.04 and newer give user namespaces only to programs that AppArmor knows.
if apparmor_status --enabled >/dev/null 2>&1; then
  if apparmor_parser --skip-kernel-load --debug "$folder/resources/apparmor-profile" >/dev/null 2>&1; then
    cp -f "$folder/resources/apparmor-profile" "$profile"
    if ! { [ -x /usr/bin/ischroot ] && /usr/bin/ischroot; }; then
      apparmor_parser --replace --write-cache --skip-read-cache "$profile" || true
    fi
  fi
fi

# Menus, links and icons. Debian's triggers do this as well; other systems may have none.
if command -v update-desktop-database >/dev/null 2>&1; then update-desktop-database -q /usr/share/applications || true; fi
if command -v gtk-update-icon-cache >/dev/null 2>&1; then gtk-update-icon-cache -q -t -f /usr/share/icons/hicolor || true; fi
