#!/usr/bin/env bash
# Brings the cluster of docker-compose.yml up, appends receipts, kills a node with SIGKILL and sees it catch up, then takes all of it down.
# Needs a Docker engine. COMPOSE names the command (default: docker compose), such as COMPOSE=docker-compose.
set -euo pipefail
cd "$(dirname "$0")/.."

# A project and a port of its own: a cluster that is in use is not touched.
export COMPOSE_PROJECT_NAME=${COMPOSE_PROJECT_NAME:-tessrax-smoke}
export TESSRAX_API_PORT=${TESSRAX_API_PORT:-17420}
read -r -a compose <<<"${COMPOSE:-docker compose}"
nodes=(node1 node2 node3 node4 node5)
wait_seconds_max=90

say() { printf '[%3ds] %s\n' "$SECONDS" "$*"; }
fail() {
  say "FAILED: $*"
  "${compose[@]}" ps || true
  "${compose[@]}" logs --tail=20 || true
  exit 1
}
clean_up() { "${compose[@]}" down -v --remove-orphans >/dev/null 2>&1 || say 'could not take the cluster down'; }
trap clean_up EXIT

status() { "${compose[@]}" exec -T "$1" tessrax status --json </dev/null 2>/dev/null || true; }
text_of() { sed -n "s/.*\"$1\": *\"\([^\"]*\)\".*/\1/p"; }
number_of() { sed -n "s/.*\"$1\": *\([0-9]*\).*/\1/p"; }

# One request to the published port, without any tool beside bash: METHOD PATH [TOKEN] [BODY].
request() {
  local method=$1 path=$2 token=${3:-} body=${4:-}
  exec 3<>"/dev/tcp/127.0.0.1/$TESSRAX_API_PORT"
  printf '%s %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: %d\r\n' \
    "$method" "$path" "$(printf %s "$body" | wc -c)" >&3
  [ -z "$token" ] || printf 'Authorization: Bearer %s\r\n' "$token" >&3
  printf '\r\n%s' "$body" >&3
  cat <&3
  exec 3>&-
}

# Waits until every node given holds HEIGHT entries under one root.
expect_equal() {
  local height=$1 node answer root seen deadline=$((SECONDS + wait_seconds_max))
  shift
  while :; do
    seen='' root=''
    for node in "$@"; do
      answer=$(status "$node")
      [ "$(number_of height <<<"$answer")" = "$height" ] || { seen="$node: ${answer:-no answer}"; break; }
      root=${root:-$(text_of root <<<"$answer")}
      [ "$(text_of root <<<"$answer")" = "$root" ] || { seen="$node has another root: $answer"; break; }
    done
    [ -n "$seen" ] || break
    [ "$SECONDS" -lt "$deadline" ] || fail "no equal ledgers of $height entries after ${wait_seconds_max}s; $seen"
    sleep 0.5
  done
  say "$* hold $height entries, root $root"
}

expect_peers() {
  local count=$1 node deadline=$((SECONDS + wait_seconds_max))
  for node in "${nodes[@]}"; do
    until [ "$(status "$node" | number_of peers)" = "$count" ]; do
      [ "$SECONDS" -lt "$deadline" ] || fail "$node has not $count peers after ${wait_seconds_max}s"
      sleep 0.5
    done
  done
  say "each node is connected to $count others"
}

say "starting with: ${compose[*]}"
"${compose[@]}" up -d --build >/dev/null
expect_peers 4
expect_equal 0 "${nodes[@]}"
federation=$(status node1 | text_of id)

# The published API: reading is open, writing needs the token.
request GET /v1/status | grep -q '"height":0' || fail 'the published API does not answer'
request POST /v1/receipts '' '{"payload":{"n":0}}' | grep -q '^HTTP/1.1 401' || fail 'the API takes a receipt without the token'
token=$("${compose[@]}" exec -T node1 cat /data/api.token </dev/null)
request POST /v1/receipts "$token" '{"payload":{"n":1}}' | grep -q '^HTTP/1.1 201' || fail 'the API takes no receipt with the token'
expect_equal 1 "${nodes[@]}"

"${compose[@]}" exec -T node2 tessrax import /dev/stdin <examples/receipts.jsonl >/dev/null || fail 'tessrax import on node2'
height=$((1 + $(wc -l <examples/receipts.jsonl)))
expect_equal "$height" "${nodes[@]}"

# A node that dies without a word comes back with what it had, and catches up.
"${compose[@]}" kill -s SIGKILL node3 >/dev/null
for n in 1 2 3; do
  "${compose[@]}" exec -T node4 tessrax append - <<<"{\"while_node3_was_dead\":$n}" >/dev/null || fail 'tessrax append on node4'
done
height=$((height + 3))
expect_equal "$height" node1 node2 node4 node5
"${compose[@]}" start node3 >/dev/null
expect_equal "$height" "${nodes[@]}"

# Stopping is quick, because the nodes heed SIGTERM, and a second start finds keys, federation and ledger as they were.
before=$SECONDS
"${compose[@]}" stop >/dev/null
[ $((SECONDS - before)) -lt 20 ] || fail "stopping took $((SECONDS - before))s: SIGTERM is not heeded"
say "stopped in $((SECONDS - before))s"
"${compose[@]}" up -d >/dev/null
expect_equal "$height" "${nodes[@]}"
expect_peers 4
[ "$(status node1 | text_of id)" = "$federation" ] || fail 'the second start made another federation'

say 'passed'
