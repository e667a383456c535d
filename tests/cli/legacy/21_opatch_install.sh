#!/bin/sh
opatch apply -silent
rc=$?
echo "opatch: $rc"
exit $rc
