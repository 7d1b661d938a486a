#!/bin/sh
# The tag of the image that the Deployment asks for. The names are those of rollpin.yaml.
set -eu
image=$(kubectl get deployment/checkout -o 'jsonpath={.spec.template.spec.containers[?(@.name=="checkout")].image}')
echo "${image##*:}"
