#!/usr/bin/env bash
# The Linux port of the driver against an engine in another process:
#   shared_memory_test.sh SOURCE_FOLDER SERVER_FRAGUA CLIENT_FRAGUA [quick]
# CLIENT_FRAGUA may be several words (qemu-arm .../fragua). Registers go over a socket, DDR is a file
# that both map. Every output is compared with the golden model's bytes. `quick` leaves out what
# does not depend on the client's processor. Exit code 77: skipped.
set -euo pipefail

source_folder=$1
server=$2
read -r -a client <<<"$3"
quick=${4:-}
export FRAGUA_CONFIGS="$source_folder/configs"
if ! [ -x "${client[-1]}" ]; then
  echo "skipped: there is no ${client[-1]}"
  exit 77
fi

work=$(mktemp -d)
server_pid=
client_pid=
finish() {
  for pid in $client_pid $server_pid; do kill -KILL "$pid" 2>/dev/null || true; done
  rm -rf "$work"
}
trap finish EXIT

fail() {
  echo "FAILED: $1"
  for log in "$work"/*.log; do
    echo "--- $log"
    tail -n 30 "$log"
  done
  exit 1
}

# wait_for TEXT FILE: until the file holds the text, at most 60 s.
wait_for() {
  local i
  for ((i = 0; i < 3000; ++i)); do
    if grep -q -- "$1" "$2" 2>/dev/null; then return 0; fi
    sleep 0.02
  done
  fail "no '$1' in $2"
}

# serve BACKEND [OPTION...]
serve() {
  : >"$work/serve.log"
  FRAGUA_CONFIGS="$FRAGUA_CONFIGS" "$server" serve --socket "$work/socket" --backend "$@" \
    2>"$work/serve.log" &
  server_pid=$!
  wait_for 'engine zybo-z7-10' "$work/serve.log"
}

# stop_server: Ctrl-C; nothing may be left behind.
stop_server() {
  kill -INT "$server_pid"
  local code=0
  wait "$server_pid" || code=$?
  server_pid=
  [ "$code" -eq 130 ] || fail "serve ended with $code after Ctrl-C"
  [ ! -e "$work/socket" ] || fail "the socket was left behind"
  [ ! -e "$work/socket.ddr" ] || fail "the memory file was left behind"
}

# Seeded weights; 3 x 64 x 64 raw pixels that use all byte values, and four times as many for the
# clients that something happens to in mid-inference.
for value in {0..255}; do
  # shellcheck disable=SC2059  # the format is the byte
  printf "\\$(printf '%03o' "$value")"
done >"$work/bytes"
for _ in {1..48}; do cat "$work/bytes"; done >"$work/in.bin"
for _ in {1..4}; do cat "$work/in.bin"; done >"$work/long.in.bin"
network=(--model squeezenet-1.1 --size 64 --input "$work/in.bin" --quiet)
long_network=(--model squeezenet-1.1 --size 128 --input "$work/long.in.bin" --quiet)
remote=(--backend linux --device "unix:$work/socket")
"$server" run "${network[@]}" --backend golden --output "$work/golden.bin" >/dev/null
"$server" run "${long_network[@]}" --backend golden --output "$work/long.golden.bin" >/dev/null
[ -s "$work/golden.bin" ] && [ -s "$work/long.golden.bin" ] || fail "no golden bytes"

cat >"$work/mixed.yaml" <<'YAML'
placement:
  default: fabric
  layers:
    fire3/*: arm
    fire7/expand3x3: arm
    conv10: arm
YAML

# run_client NAME [OPTION...]: the bytes must be golden's; the output stays in NAME.log.
run_client() {
  local name=$1
  shift
  rm -f "$work/out.bin"
  "${client[@]}" run "${network[@]}" "${remote[@]}" --output "$work/out.bin" "$@" \
    >"$work/$name.log" 2>&1 || fail "client '$name' failed"
  cmp "$work/golden.bin" "$work/out.bin" || fail "client '$name': other bytes than golden"
}
# examine NAME CODE [OPTION...]: the engine is looked over, which ends with CODE.
examine() {
  local name=$1 expected=$2 code=0
  shift 2
  "${client[@]}" doctor --device "unix:$work/socket" --quiet --json "$work/$name.json" "$@" \
    >"$work/$name.log" 2>&1 || code=$?
  [ "$code" -eq "$expected" ] || fail "doctor '$name' ended with $code, expected $expected"
  grep -q '"not_checkable"' "$work/$name.json" || fail "doctor '$name' wrote no JSON"
}
expect() { grep -q -- "$1" "$work/$2.log" || fail "no '$1' in $2.log"; }
expect_none() { ! grep -q -- "$1" "$work/$2.log" || fail "'$1' in $2.log"; }

# start_client NAME [OPTION...]: in the background, until it has rung the doorbell.
start_client() {
  local name=$1
  shift
  : >"$work/serve.log"
  "${client[@]}" run "${long_network[@]}" "${remote[@]}" --output "$work/$name.bin" "$@" \
    >"$work/$name.log" 2>&1 &
  client_pid=$!
  wait_for 'doorbell, TAIL' "$work/serve.log"
}

# The RTL: whole network on fabric, on ARM, mixed.
serve rtl
run_client fabric
expect 'cycles from doorbell to interrupt' fabric
run_client mixed --placement "$work/mixed.yaml"
expect 'cycles from doorbell to interrupt' mixed
run_client arm --placement arm
expect_none 'cycles from doorbell to interrupt' arm
examine good 0
expect '^data lines, write  ok  .*4096 equal bytes' good
expect '^convolution  *ok  ' good
expect '^HP0 width  *not checkable  the engine is in another process' good
expect ' 0 failed, ' good
examine other_engine 1 --engine tiny
expect "array.pc = 8" other_engine
"$server" run "${network[@]}" "${remote[@]}" --output "$work/out.bin" >/dev/null 2>&1 ||
  fail "a client after the examination"
cmp "$work/golden.bin" "$work/out.bin" || fail "other bytes after the examination"
echo "rtl: examined"
echo "rtl: fabric, mixed, arm: $(wc -c <"$work/golden.bin") bytes equal to golden's"

# Killed in the middle of an inference: the engine is found at work and the next result is right.
start_client killed
kill -KILL "$client_pid"
wait "$client_pid" 2>/dev/null || true
run_client after_kill
expect 'still at work for an earlier process; it has been reset' after_kill

# A second client is told who has the engine; the first one goes on undisturbed.
start_client first
kill -STOP "$client_pid"
code=0
"${client[@]}" run "${network[@]}" "${remote[@]}" --output "$work/second.bin" \
  >"$work/second.log" 2>&1 || code=$?
[ "$code" -eq 1 ] || fail "the second client ended with $code"
expect "is busy: process $client_pid" second
kill -CONT "$client_pid"
wait "$client_pid" || fail "the first client failed"
client_pid=
cmp "$work/long.golden.bin" "$work/first.bin" || fail "the first client was disturbed"
echo "rtl: killed client, second client: good"

# Ctrl-C in the middle. The client finds it when it wakes, perhaps with its result already there.
start_client interrupted --record "$work/interrupted.record"
kill -STOP "$client_pid"
kill -INT "$client_pid"
kill -CONT "$client_pid"
code=0
wait "$client_pid" || code=$?
client_pid=
[ "$code" -eq 130 ] || fail "the client ended with $code after Ctrl-C"
[ ! -e "$work/interrupted.bin" ] || fail "an interrupted client wrote its output"
[ ! -e "$work/interrupted.record" ] || fail "an interrupted client wrote its recording"

# A server that dies is noticed, and its socket does not stand in the next one's way.
start_client orphan
kill -KILL "$server_pid"
wait "$server_pid" 2>/dev/null || true
server_pid=
code=0
wait "$client_pid" || code=$?
client_pid=
[ "$code" -eq 1 ] || fail "the client ended with $code when its server died"
expect 'has gone (connection closed)' orphan
rm -f "$work/socket.ddr"
echo "rtl: Ctrl-C, dead server: good"

# No answer: time-out, reset, second attempt, then the processor; the next run is on the engine again.
serve functional --fault lost-doorbells:2
run_client silent
expect 'no answer from the engine' silent
expect 'reset, trying again' silent
expect 'run on the processor instead' silent
run_client after_silent
expect_none 'no answer' after_silent
stop_server
serve functional --fault lost-doorbells:1
examine deaf 1
expect '^interrupt  *failed  *the engine does not act on its doorbell' deaf
stop_server
echo "time-out, reset, fallback: good"
[ -n "$quick" ] && exit 0

# A bus that hangs for as long as the watchdog waits and a reset does not.
serve rtl --fault reads-hang:40:1010000
run_client hang
expect 'engine error WATCHDOG' hang
expect 'reset, trying again' hang
run_client after_hang
expect_none 'WATCHDOG' after_hang
stop_server
echo "hanging bus, watchdog, reset, second attempt: good"

code=0
"${client[@]}" doctor --device "unix:$work/socket" --engine absent >"$work/absent.log" 2>&1 || code=$?
[ "$code" -eq 2 ] || fail "doctor with an engine that is not there ended with $code"
code=0
"${client[@]}" run "${network[@]}" "${remote[@]}" >"$work/nobody.log" 2>&1 || code=$?
[ "$code" -eq 1 ] || fail "a client without a server ended with $code"
expect 'no engine at unix:' nobody
expect 'fragua serve' nobody
