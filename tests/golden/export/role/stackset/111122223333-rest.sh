#!/bin/sh
# Exported by leastway: what CloudFormation cannot do in the account 111122223333; to run after its stacks.
# format: stackset
# grant: acme
# profile: humanitec test
# digest: sha256:e1b1529d4b4dc644cb7ecece22d66cdffed6599e14c930399e0747fe10afe85b
#
# It creates missing objects, marks them as the grant's, and changes no existing ones. It stops if an object of
# others is in the way, and can be run again. Afterwards, `leastway plan` shows what is missing or different.
# It needs the AWS CLI with credentials of the account. Run it with: sh 111122223333-rest.sh

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

# query COMMAND...: reads $thing from AWS into $answer. False if AWS reports that it does not exist; any other error
# stops the script, because something that cannot be read may exist.
query() {
  if answer=$("$@" --output text 2>"$work/error"); then return 0; fi
  if grep -q -e '(NoSuchEntity)' -e '(ResourceNotFoundException)' "$work/error"; then return 1; fi
  cat "$work/error" >&2
  stop "cannot tell whether $thing exists: AWS returned the error above"
}

# ours THING COMMAND...: COMMAND reads the mark of THING. True if it is the mark of this grant, false if THING does not
# exist; if THING exists without this mark, the script stops.
ours() {
  thing=$1
  shift
  if ! query "$@"; then
    say "create $thing"
    return 1
  fi
  if [ "$answer" != "$grant" ]; then
    stop "$thing exists without the mark of this grant; 'leastway apply' shows it and can take it over"
  fi
  say "keep   $thing"
}

# exists THING COMMAND...: whether COMMAND finds THING.
exists() {
  thing=$1
  shift
  if query "$@" && [ -n "$answer" ] && [ "$answer" != None ]; then
    say "keep   $thing"
    return 0
  fi
  say "create $thing"
  return 1
}

# tagged VALUE THING COMMAND...: COMMAND reads the value of a tag of THING, and the mark of that tag. True if both are
# those of this grant, false if there is no such tag; any other value stops the script.
tagged() {
  value=$1 thing=$2
  shift 2
  query "$@" || stop "$thing does not exist"
  case $answer in
    "$(printf '%s\t%s' "$value" "$grant")") say "keep   tag of $thing" ;;
    "$(printf 'None\tNone')")
      say "create tag of $thing"
      return 1
      ;;
    *) stop "$thing has this tag without the mark of this grant; 'leastway apply' shows it and can take it over" ;;
  esac
}

# retry COMMAND...: retries for a minute, because a new object is not known everywhere in AWS at once.
retry() {
  tries=0
  until "$@" >/dev/null 2>"$work/error"; do
    tries=$((tries + 1))
    if [ "$tries" -ge 12 ] || ! grep -q -e '(NoSuchEntity)' -e '(ResourceNotFoundException)' \
      -e 'Invalid principal' -e 'principalArn' "$work/error"; then
      cat "$work/error" >&2
      stop 'AWS rejected the call (see above)'
    fi
    sleep 5
  done
}

grant='acme'
account='111122223333'
[ "$account" = "$(aws sts get-caller-identity --query Account --output text)" ] ||
  stop "the credentials are not those of the account $account"


## 2. The tag that gives the platform access to a cluster

if ! tagged 'true' 'cluster legacy' \
    aws eks list-tags-for-resource --region 'eu-central-1' \
    --resource-arn 'arn:aws:eks:eu-central-1:111122223333:cluster/legacy' \
    --query 'tags.["Humanitec", "leastway:grant:Humanitec"]'; then
  aws eks tag-resource --region 'eu-central-1' \
    --resource-arn 'arn:aws:eks:eu-central-1:111122223333:cluster/legacy' \
    --tags '{"Humanitec": "true", "leastway:grant:Humanitec": "acme"}'
fi


## 3. The way into the clusters

# legacy has no access entries: access comes from the ConfigMap aws-auth.
# `leastway apply` adds the entry. To add it by hand, under mapRoles:
#   - rolearn: "arn:aws:iam::111122223333:role/humanitec-eks-access-111122223333"
#     username: humanitec
#     groups:
#       - humanitec
#       - humanitec-edit
# with these commands:
#   kubectl -n kube-system get configmap aws-auth -o yaml > aws-auth-before.yaml
#   kubectl -n kube-system edit configmap aws-auth
#   kubectl -n kube-system annotate --overwrite configmap aws-auth \
#     'leastway.dev/grant-acme=["arn:aws:iam::111122223333:role/humanitec-eks-access-111122223333"]'

# Required inside legacy:
#   role shop/humanitec
#   binding shop/humanitec
#   binding shop/humanitec-edit
# `leastway export kubernetes` writes them. Apply them with:
#   kubectl apply -k 111122223333/eu-central-1/legacy
