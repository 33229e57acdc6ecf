#!/bin/sh
# Starts the runtime, and starts it again when its process dies: the program that a deployment runs
# instead of "bulkhead start" (docs/adr/0009-guardian.md).
#
# Only what every POSIX shell has built in, so that the smallest image can run it. What it knows of
# a dead process is its wait status, and the line that it has written into the journal: a file that
# both hold open and that has no name any more, so that no handler can remove it.

# Deaths in a row without an answered invocation, and lives in one environment; as core/limits.ts.
deaths_max=3
lives_max=256

say() {
  printf 'bulkhead: %s\n' "$1" >&2
}

# Prints nothing, sets $runtime. Without a tool that reads symbolic links, the places where the
# package lies are looked at: from this file, from node_modules/.bin, beside a copy of this file,
# from a global installation, and where Lambda has code and layers.
find_runtime() {
  case $0 in
    */*) here=${0%/*} ;;
    *) here=. ;;
  esac
  if [ -f "$here/../guardian/bootstrap.sh" ]; then
    for runtime in "$here/../cli.js" "$here/../cli.ts"; do
      [ ! -f "$runtime" ] || return 0
    done
  fi
  for modules in "$here/.." "$here/node_modules" "$here/../lib/node_modules" \
    "${LAMBDA_TASK_ROOT:-/var/task}/node_modules" ./node_modules /opt/nodejs/node_modules; do
    runtime=$modules/lambda-bulkhead/dist/src/cli.js
    [ ! -f "$runtime" ] || return 0
  done
  say "Cannot start: lambda-bulkhead is not where $0 looks for it: beside it, above it, in \
node_modules of ${LAMBDA_TASK_ROOT:-/var/task}, of ${PWD:-.} and of /opt/nodejs. Name this script by the \
path it has in the package, or copy it next to node_modules"
  exit 2
}

# Sets $journal to a file that did not exist before, and that is this user's alone to replace.
create_journal() {
  set -C
  for number in 0 1 2 3 4 5 6 7 8 9; do
    journal=${TMPDIR:-/tmp}/bulkhead-$$-$number.journal
    if { true >"$journal"; } 2>/dev/null; then
      set +C
      return 0
    fi
  done
  set +C
  return 1
}

# Told to stop: the runtime is told, and not started again.
stop() {
  told=$1
  signals=$((signals + 1))
  exec 7<&9
  [ -z "$running" ] || kill -s "$told" "$!"
}

# The new process is a copy of this shell at first, and forgets the signals that come to it then:
# before it becomes Node.js, it looks for the descriptor by which it can see what it has missed.
start() {
  running=yes
  {
    [ ! -e "/proc/$$/fd/7" ] || exit 143
    export BULKHEAD_JOURNAL="9 $line $status $journal"
    exec "$node" $young "$runtime" start "$@"
  } <&8 2>&6 8<&- 6>&- &
}

# Sets $status to how the process ended. A signal to this shell ends a wait early; a wait for a
# process that an earlier wait has seen out is answered with 127, by some shells with no number.
await_end() {
  status=
  while :; do
    seen=$signals
    wait "$!"
    code=$?
    case $code in
      '' | *[!0-9]*) code=127 ;;
    esac
    if [ -z "$status" ] || [ "$code" -ne 127 ]; then status=$code; fi
    [ "$seen" -ne "$signals" ] || break
  done
  running=
}

# Reads the line of the process that has ended: sets $state, and $detail, which is the exit code it
# meant to end with, or else whether it has answered an invocation. No line: it had not come so far.
read_line() {
  state= detail=
  if IFS=' ' read -r mark number state detail <&9; then
    [ "$mark $number" = "bulkhead $line" ] || state=
    line=$((line + 1))
  fi
}

# The modules that NODE_OPTIONS has Node load first are for the handler's thread, not for the one
# that watches it: the process starts without them and hands them on. What is in quotes stays whole;
# with escapes in them, everything is left as it is.
withhold_preloads() {
  case $NODE_OPTIONS in
    *\\*) return 0 ;;
  esac
  kept='' word='' quotes=even awaits_value='' withheld=''
  set -f
  for part in $NODE_OPTIONS; do
    word=${word:+$word }$part
    while :; do
      case $part in
        *\"*) part=${part#*\"} ;;
        *) break ;;
      esac
      if [ "$quotes" = even ]; then quotes=odd; else quotes=even; fi
    done
    [ "$quotes" = even ] || continue
    case $awaits_value$word in
      yes*) awaits_value='' ;;
      -r | --require | --import) awaits_value=yes withheld=yes ;;
      --require=* | --import=*) withheld=yes ;;
      *) kept="$kept${kept:+ }$word" ;;
    esac
    word=
  done
  set +f
  [ "$quotes$withheld" = evenyes ] || return 0
  export BULKHEAD_NODE_OPTIONS="$NODE_OPTIONS"
  NODE_OPTIONS=$kept
}

# Ends this script with how the process has ended.
give_up() {
  [ "$status" -ne 0 ] || status=1
  say 2>&6 "Cannot go on: Node.js $1, at last with $(describe "$status"); the environment ends"
  exit "$status"
}

describe() {
  if [ "$1" -gt 128 ]; then
    printf 'signal %s' "$(kill -l "$(($1 - 128))" || printf '%s' "$(($1 - 128))")"
  else
    printf 'exit code %s' "$1"
  fi
}

guard() {
  running='' told='' signals=0
  trap 'stop TERM' TERM
  trap 'stop INT' INT
  line=0 lives=0 deaths=0 status=-
  while [ -z "$told" ]; do
    lives=$((lives + 1))
    start "$@"
    await_end
    read_line
    case $state in
      ended)
        case $detail in
          '' | *[!0-9]*) exit "$status" ;;
          *) exit "$detail" ;;
        esac
        ;;
      starting | restored | polled | serving | restart) ;;
      # It had not begun. Only a signal is worth another try: what a program says with its exit
      # code, it will say again.
      *) [ "$status" -gt 128 ] || exit "$status" ;;
    esac
    [ -z "$told" ] || break
    if [ "$detail" = 1 ]; then deaths=0; else deaths=$((deaths + 1)); fi
    [ "$deaths" -lt "$deaths_max" ] ||
      give_up "has ended $deaths times in a row without an answered invocation"
    [ "$lives" -lt "$lives_max" ] || give_up "has ended $lives times in this environment"
  done
  # Told when there was no process to tell: as one that has no use for the signal would end.
  case $status in
    - | 127) status=143 ;;
  esac
  exit "$status"
}

node=${NODE:-node}
unset BULKHEAD_JOURNAL BULKHEAD_NODE_OPTIONS
# Left to itself glibc keeps what a worker held outside its heap after the worker's end, in each of
# its arenas: soon more than the function has (docs/adr/0012-memory.md).
export MALLOC_ARENA_MAX="${MALLOC_ARENA_MAX-1}"
# The thread that serves no handler needs no large young generation, and V8 would give it one in the
# course of time (docs/adr/0012-memory.md). Threads with handlers have limits of their own, where the
# memory is known.
young=--max-semi-space-size=8
case ${AWS_LAMBDA_FUNCTION_MEMORY_SIZE:-none}${BULKHEAD_ISOLATION-}${NODE_OPTIONS-} in
  *none* | *semi[-_]space[-_]size*) young='' ;;
esac
find_runtime
case ${NODE_OPTIONS-} in
  *-r*|*--import*) [ "${BULKHEAD_ISOLATION-}" = none ] || withhold_preloads ;;
esac
case ${BULKHEAD_GUARDIAN:-on} in
  on) ;;
  off) exec "$node" $young "$runtime" start "$@" ;;
  *)
    say "Cannot use BULKHEAD_GUARDIAN=\"$BULKHEAD_GUARDIAN\": it accepts \"on\" or \"off\""
    exit 2
    ;;
esac
if ! create_journal; then
  say "Cannot guard the runtime: no file can be made in ${TMPDIR:-/tmp}; it runs without a guardian"
  exec "$node" $young "$runtime" start "$@"
fi
# What a shell starts in the background gets no input unless it is handed over: 8 is that. What the
# shell itself has to say of a process that was killed is said by the next process; 6 is for the rest.
{ true 8<&0; } 2>/dev/null || exec </dev/null
true 6>&2 || exec 2>/dev/null
guard "$@" 9<>"$journal" 8<&0 6>&2 2>/dev/null
