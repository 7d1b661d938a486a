#!/bin/sh
# Points $ROOT/current at $ROLLPIN_VERSION and restarts the unit. Being there already is success.
set -eu

# Unpinned, or going back to before the first version: whatever runs may run.
[ -n "$ROLLPIN_VERSION" ] || exit 0

wanted="releases/$ROLLPIN_VERSION"
if [ ! -d "$ROOT/$wanted" ]; then
  echo "$ROOT/$wanted is not there" >&2
  exit 1
fi

if [ "$(readlink "$ROOT/current" || true)" = "$wanted" ] && [ "${ROLLPIN_RESTART:-}" != true ] && systemctl is-active --quiet "$UNIT"; then
  exit 0
fi

# One rename, so that the link is never missing.
ln -sfn "$wanted" "$ROOT/current.new"
mv -T "$ROOT/current.new" "$ROOT/current"
systemctl restart "$UNIT"
systemctl is-active --quiet "$UNIT"
