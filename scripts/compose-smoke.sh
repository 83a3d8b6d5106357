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
log=$(mktemp)

say() { printf '[%3ds] %s\n' "$SECONDS" "$*"; }
fail() {
  say "FAILED: $*"
  tail -n 20 "$log"
  "${compose[@]}" ps || true
  "${compose[@]}" logs --tail=20 || true
  exit 1
}
quietly() { "${compose[@]}" "$@" >>"$log" 2>&1 </dev/null || fail "${compose[*]} $*"; }
clean_up() {
  "${compose[@]}" down -v --remove-orphans >>"$log" 2>&1 || say 'could not take the cluster down'
  rm -f "$log"
}
trap clean_up EXIT

# Waits until every node named holds HEIGHT entries under one root and is connected to all the others named. Asks from within the cluster.
wait_script='
const [secondsMax, height, ...nodes] = process.argv.slice(1);
const deadline = performance.now() + 1000 * Number(secondsMax);
const ask = async (node) => (await fetch(`http://${node}:7420/v1/status`, { signal: AbortSignal.timeout(2000) })).json();
for (;;) {
  const answers = await Promise.allSettled(nodes.map(ask));
  const views = answers.map(({ value, reason }) => (value ? `${value.height} ${value.root} ${value.peers}` : String(reason)));
  if (views.every((view) => view === views[0]) && views[0].startsWith(`${height} `) && views[0].endsWith(` ${nodes.length - 1}`)) {
    console.log(`height, root, peers: ${views[0]}`);
    process.exit(0);
  }
  if (performance.now() > deadline) {
    for (const [i, view] of views.entries()) console.log(`${nodes[i]}: ${view}`);
    process.exit(1);
  }
  await new Promise((resolve) => setTimeout(resolve, 250));
}'
expect_equal() {
  local answer deadline=$((SECONDS + wait_seconds_max))
  # Again when node1 itself is not up yet, or starts anew.
  until answer=$("${compose[@]}" exec -T node1 node --input-type=module -e "$wait_script" 10 "$@" </dev/null 2>>"$log"); do
    [ "$SECONDS" -lt "$deadline" ] || fail "no equal ledgers of $1 entries after ${wait_seconds_max}s: $answer"
    sleep 1
  done
  say "${*:2} agree; $answer"
}

federation_of() { "${compose[@]}" exec -T "$1" tessrax status --json </dev/null | sed -n 's/.*"id": *"\([0-9a-f]\{64\}\)".*/\1/p'; }

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

say "starting with: ${compose[*]}"
quietly up -d --build
expect_equal 0 "${nodes[@]}"
federation=$(federation_of node5)
[ -n "$federation" ] || fail 'tessrax status on node5 names no federation'

# The published API: reading is open, writing needs the token.
[[ $(request GET /v1/status) == *'"height":0'* ]] || fail 'the published API does not answer'
[[ $(request POST /v1/receipts '' '{"payload":{"n":0}}') == 'HTTP/1.1 401 '* ]] || fail 'the API takes a receipt without the token'
token=$("${compose[@]}" exec -T node1 cat /data/api.token </dev/null)
[[ $(request POST /v1/receipts "$token" '{"payload":{"n":1}}') == 'HTTP/1.1 201 '* ]] || fail 'the API takes no receipt with the token'
expect_equal 1 "${nodes[@]}"

quietly exec -T node2 tessrax import /app/examples/receipts.jsonl
height=$((1 + $(wc -l <examples/receipts.jsonl)))
expect_equal "$height" "${nodes[@]}"

# A node that dies without a word comes back with what it had, and catches up.
quietly kill -s SIGKILL node3
for n in 1 2 3; do
  "${compose[@]}" exec -T node4 tessrax append - <<<"{\"while_node3_was_dead\":$n}" >/dev/null || fail 'tessrax append on node4'
done
height=$((height + 3))
expect_equal "$height" node1 node2 node4 node5
quietly start node3
expect_equal "$height" "${nodes[@]}"

# Stopping is quick, because the nodes heed SIGTERM, and a second start finds keys, federation and ledger as they were.
before=$SECONDS
quietly stop
[ $((SECONDS - before)) -lt 15 ] || fail "stopping took $((SECONDS - before))s: SIGTERM is not heeded"
say "stopped in $((SECONDS - before))s"
quietly up -d
expect_equal "$height" "${nodes[@]}"
[ "$(federation_of node5)" = "$federation" ] || fail 'the second start made another federation'

say 'passed'
