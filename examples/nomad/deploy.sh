#!/bin/sh
# Submits the job with $ROLLPIN_VERSION, if nobody changed it since it was looked at, and waits for the deployment.
set -eu
export NOMAD_CLI_NO_COLOR=1

# Exit 0: nothing would change. 1: allocations would. Anything else is an error.
code=0
plan=$(nomad job plan -var "version=$ROLLPIN_VERSION" "$JOB_FILE") || code=$?
if [ "$code" -gt 1 ]; then
  echo "nomad job plan ended with $code" >&2
  exit 1
fi

# A run that was held up finds another index than a newer run left, and Nomad refuses it. 0: there is no such job yet.
index=$(printf '%s\n' "$plan" | sed -n 's/^Job Modify Index: \([0-9][0-9]*\)$/\1/p')
if [ -z "$index" ]; then
  echo "nomad job plan names no job modify index" >&2
  exit 1
fi
nomad job run -check-index "$index" -var "version=$ROLLPIN_VERSION" "$JOB_FILE"
[ "${ROLLPIN_RESTART:-}" != true ] || nomad job restart -yes -on-error=fail "$JOB"
