#!/bin/sh
# What rollpin asks of nginx, as the user that nginx's master runs as. Linux: workers are told apart by /proc.
#
#   nginx.sh check <candidate>   whether the whole configuration is good with that file as rollpin's part
#   nginx.sh reload              ends when no former worker takes new connections any more
#   nginx.sh drained             ends when no former worker has anything in flight
set -eu
nginx=${NGINX_PROGRAM:-nginx}
conf=${NGINX_CONF:-/etc/nginx/nginx.conf}
pid=${NGINX_PID:-/run/nginx.pid}

# Workers of that kind, by what nginx calls them.
workers() {
  for worker in $(cat "/proc/$1/task/$1/children"); do
    if [ "$(tr -d '\000' < "/proc/$worker/cmdline" 2>/dev/null)" = "nginx: worker process$2" ]; then echo "$worker"; fi
  done
}

# Its process, if that is what the pid file still names.
find_master() {
  master=$(cat "$pid") && case "$(tr -d '\000' < "/proc/$master/cmdline" 2>/dev/null)" in "nginx: master process"*) return 0 ;; esac
  echo "nginx doesn't run: $pid names no master of it" >&2
  exit 1
}

# Whether one of the first is among the others.
share_one() {
  for one in $1; do
    for other in $2; do if [ "$one" = "$other" ]; then return 0; fi; done
  done
  return 1
}

case ${1-} in
check)
  # Beside the real one, because what it includes is relative to it.
  copy=$(dirname "$conf")/.rollpin-check.$$.conf
  trap 'rm -f "$copy"' EXIT
  sed "s#include  *[^ ]*/rollpin/\*\.conf;#include $2;#" "$conf" > "$copy"
  if cmp -s "$conf" "$copy"; then
    echo "$conf has no line \"include .../rollpin/*.conf;\", so nothing of rollpin's would be read" >&2
    exit 1
  fi
  "$nginx" -q -t -c "$copy"
  ;;
reload)
  find_master
  before=$(workers "$master" "")
  kill -HUP "$master"
  tries=0
  while [ "$tries" -lt 500 ]; do
    now=$(workers "$master" "")
    if [ -n "$now" ] && ! share_one "$before" "$now"; then exit 0; fi
    sleep 0.02
    tries=$((tries + 1))
  done
  echo "nginx goes on with its former workers: its error log says why" >&2
  exit 1
  ;;
drained)
  find_master
  while [ -n "$(workers "$master" " is shutting down")" ]; do sleep 0.05; done
  ;;
*)
  echo "usage: nginx.sh check <candidate> | reload | drained" >&2
  exit 2
  ;;
esac
