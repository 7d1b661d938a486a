#!/bin/sh
# Sets the image of one Deployment to $ROLLPIN_VERSION and waits until that runs. Running it twice is no different from
# running it once, and a run that comes late refuses to undo a newer one.
set -eu

target="deployment/$DEPLOYMENT"
annotation=rollpin.generation
fields='{.metadata.resourceVersion}{"|"}{.metadata.annotations.rollpin\.generation}'
fields="$fields"'{"|"}{.metadata.annotations.argocd\.argoproj\.io/tracking-id}{"|"}{.metadata.labels.argocd\.argoproj\.io/instance}'
fields="$fields"'{"|"}{.metadata.labels.kustomize\.toolkit\.fluxcd\.io/name}{"|"}{.metadata.annotations.kustomize\.toolkit\.fluxcd\.io/reconcile}'
fields="$fields"'{"|"}{.metadata.labels.helm\.toolkit\.fluxcd\.io/name}'

look() {
  state=$(kubectl get "$target" -o "jsonpath=$fields")
  IFS='|' read -r index generation argo_id argo_app kustomization reconcile helm_release <<EOF
$state
EOF
}

refuse() {
  echo "refused: $1" >&2
  exit 3
}

look

# A GitOps controller puts the version that stands in Git back within minutes: the bad one, after a rollback here.
if [ "${GITOPS:-refuse}" != ignore ]; then
  [ -z "$argo_id$argo_app" ] || refuse "$target belongs to Argo CD (${argo_id:-$argo_app}), which would put Git's version back: roll back in Git, or turn its automatic sync off and set GITOPS: ignore"
  [ -z "$kustomization" ] || [ "$reconcile" = disabled ] || refuse "$target belongs to Flux (Kustomization $kustomization), which would put Git's version back: roll back in Git, or run \"flux suspend kustomization $kustomization\" and set GITOPS: ignore"
  [ -z "$helm_release" ] || refuse "$target belongs to Flux (HelmRelease $helm_release), which would put its chart's version back: roll back in Git, or run \"flux suspend helmrelease $helm_release\" and set GITOPS: ignore"
fi

# The generation is written by compare-and-set. A rollout under way changes the Deployment too, so that is tried a few times.
tries=0
while [ "${generation:-0}" -ne "$ROLLPIN_GENERATION" ]; do
  [ "${generation:-0}" -lt "$ROLLPIN_GENERATION" ] || refuse "generation $generation was deployed to $target already, and this is $ROLLPIN_GENERATION (after Consul was restored from a backup: kubectl annotate $target $annotation-)"
  kubectl annotate "$target" "$annotation=$ROLLPIN_GENERATION" --overwrite --resource-version="$index" && break
  tries=$((tries + 1))
  [ "$tries" -lt 5 ] || exit 1
  sleep 1
  look
done

kubectl set image "$target" "$CONTAINER=$IMAGE:$ROLLPIN_VERSION"
[ "${ROLLPIN_RESTART:-}" != true ] || kubectl rollout restart "$target"
kubectl rollout status "$target" --timeout="$ROLLOUT_TIMEOUT"
