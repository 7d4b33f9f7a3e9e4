#!/bin/sh
# Runs $HOLDFAST_TEST_EXECUTABLE with the arguments given, as root without the right to read and write past file modes,
# so that what an ordinary user cannot read is unreadable to it too.
exec setpriv --bounding-set=-dac_override,-dac_read_search --inh-caps=-dac_override,-dac_read_search \
  -- "$HOLDFAST_TEST_EXECUTABLE" "$@"
