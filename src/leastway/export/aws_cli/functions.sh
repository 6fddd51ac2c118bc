set -eu
umask 077
export AWS_PAGER='' AWS_CLI_AUTO_PROMPT=off
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

say() { printf '%s\n' "$*"; }

stop() {
  printf 'stopped: %s\n' "$*" >&2
  exit 1
}

# asked COMMAND...: asks AWS for $thing; the answer is in $answer. False where AWS says that there is no such thing; any
# other error ends the script, for what cannot be read is not absent.
asked() {
  if answer=$("$@" --output text 2>"$work/error"); then return 0; fi
  if grep -q -e '(NoSuchEntity)' -e '(ResourceNotFoundException)' "$work/error"; then return 1; fi
  cat "$work/error" >&2
  stop "AWS did not say whether $thing is there"
}

# ours THING COMMAND...: COMMAND asks for the mark of THING. True where it is this grant's, false where there is no such
# thing; where it is somebody else's, the script ends.
ours() {
  thing=$1
  shift
  if ! asked "$@"; then
    say "make   $thing"
    return 1
  fi
  if [ "$answer" != "$grant" ]; then
    stop "$thing is there and is not marked as this grant's; 'leastway apply' shows it, and can take it over"
  fi
  say "keep   $thing"
}

# there THING COMMAND...: whether COMMAND finds THING.
there() {
  thing=$1
  shift
  if asked "$@" && [ -n "$answer" ] && [ "$answer" != None ]; then
    say "keep   $thing"
    return 0
  fi
  say "make   $thing"
  return 1
}

# tagged VALUE THING COMMAND...: COMMAND asks for the value of a tag of THING and for its mark.
tagged() {
  value=$1 thing=$2
  shift 2
  asked "$@" || stop "$thing is not there"
  case $answer in
    "$(printf '%s\t%s' "$value" "$grant")") say "keep   tag of $thing" ;;
    "$(printf 'None\tNone')")
      say "make   tag of $thing"
      return 1
      ;;
    *) stop "$thing has this tag from somebody else; 'leastway apply' shows it, and can take it over" ;;
  esac
}

# patiently COMMAND...: AWS takes some seconds to know everywhere what was made a moment ago; tries for a minute.
patiently() {
  tries=0
  until "$@" >/dev/null 2>"$work/error"; do
    tries=$((tries + 1))
    if [ "$tries" -ge 12 ] || ! grep -q -e '(NoSuchEntity)' -e '(ResourceNotFoundException)' \
      -e 'Invalid principal' -e 'principalArn' "$work/error"; then
      cat "$work/error" >&2
      stop 'AWS refused'
    fi
    sleep 5
  done
}
