#!/bin/sh
# Exported by leastway: deploys the stack sets that let the platform humanitec in.
# format: stackset
# grant: acme
# profile: humanitec test
# digest: sha256:9681a8e59fced4964c85bedf1436cab94967013014c876a5f00f652201c1d7c0
#
# With credentials of the organization's management account; or, with CALL_AS=DELEGATED_ADMIN, of an account that
# is registered for stack sets and may read the organization. Stack sets must be let into the organization once:
#   aws cloudformation activate-organizations-access
#
# Each set-N.yaml becomes a service-managed stack set, with stacks in the accounts named below and in no others.
# The management account, which such sets never reach, gets a stack of its own. It may be run again, also after it
# was stopped: what is there is updated. Run with: sh deploy.sh. Then, with the credentials of each account,
# sh ACCOUNT-rest.sh, for what CloudFormation cannot do. `leastway plan` says what is left.

name='leastway-acme'
home='cn-north-1' # the region in which the stack sets themselves live
export AWS_REGION='cn-north-1' AWS_DEFAULT_REGION='cn-north-1'

set -eu
export AWS_PAGER=''
as=${CALL_AS-SELF}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
cd "$(dirname "$0")"

say() { printf '%s\n' "$*"; }

stop() {
  printf 'stopped: %s\n' "$*" >&2
  exit 1
}

# sets CALL ARGUMENT...: a call about the stack set $set.
sets() {
  call=$1
  shift
  aws cloudformation "$call" --region "$home" --call-as "$as" --stack-set-name "$set" "$@"
}

# settled OPERATION: waits for an operation on $set, for an hour and a half at the most.
settled() {
  tries=0
  while :; do
    status=$(sets describe-stack-set-operation --operation-id "$1" --query StackSetOperation.Status --output text)
    case $status in
      SUCCEEDED) return 0 ;;
      RUNNING | QUEUED | STOPPING) ;;
      *)
        sets list-stack-set-operation-results --operation-id "$1" --output table \
          --query "Summaries[?Status!='SUCCEEDED'].[Account,Region,Status,StatusReason]" >&2
        stop "$set: $status. The other stacks are done; mend the cause, then run this again"
        ;;
    esac
    tries=$((tries + 1))
    [ "$tries" -lt 540 ] || stop "$set is not done after an hour and a half: run this again to go on waiting"
    sleep 10
  done
}

# deploy NUMBER REGION ACCOUNT...: makes or updates the stack set of set-NUMBER.yaml, and its stacks in REGION.
deploy() {
  set=$name-$1 template=file://set-$1.yaml region=$2
  shift 2
  if sets describe-stack-set >/dev/null 2>"$work/error"; then
    say "update $set"
    settled "$(sets update-stack-set --template-body "$template" --capabilities CAPABILITY_NAMED_IAM \
      --operation-preferences "$preferences" --query OperationId --output text)"
  elif grep -q '(StackSetNotFoundException)' "$work/error"; then
    say "make   $set"
    sets create-stack-set --template-body "$template" --capabilities CAPABILITY_NAMED_IAM \
      --permission-model SERVICE_MANAGED --auto-deployment Enabled=false --managed-execution Active=true >/dev/null
  else
    cat "$work/error" >&2
    stop 'AWS did not answer'
  fi
  there=$(sets list-stack-instances --query 'Summaries[].Account' --output text)
  wanted=''
  for account in "$@"; do
    case " $(printf '%s' "$there" | tr '\t\n' '  ') " in
      *" $account "*) ;;
      *) [ "$account" = "$management" ] || wanted="$wanted${wanted:+,}\"$account\"" ;;
    esac
  done
  if [ -n "$wanted" ]; then
    say "stacks $set: $wanted"
    settled "$(sets create-stack-instances --regions "$region" --operation-preferences "$preferences" \
      --deployment-targets "{\"OrganizationalUnitIds\":[\"$root\"],\"Accounts\":[$wanted],\"AccountFilterType\":\"INTERSECTION\"}" \
      --query OperationId --output text)"
  fi
  for account in "$@"; do
    if [ "$account" = "$management" ]; then alone "${template#file://}"; fi
  done
}

# alone FILE: a service-managed stack set never deploys to the management account: there it is a stack of its own.
alone() {
  if [ "$caller" != "$management" ]; then
    say "open   the management account $management: with its credentials, run"
    say "       aws cloudformation deploy --region $region --stack-name $set --template-file $1 --capabilities CAPABILITY_NAMED_IAM"
    return
  fi
  say "stack  $set in the management account"
  aws cloudformation deploy --region "$region" --stack-name "$set" --template-file "$1" \
    --capabilities CAPABILITY_NAMED_IAM --no-fail-on-empty-changeset
}

# Failures of single accounts do not hold up the others, and all are worked on at a time.
preferences='{"RegionConcurrencyType":"PARALLEL","ConcurrencyMode":"SOFT_FAILURE_TOLERANCE","FailureTolerancePercentage":100,"MaxConcurrentPercentage":100}'
caller=$(aws sts get-caller-identity --query Account --output text)
management=$(aws organizations describe-organization --query Organization.MasterAccountId --output text)
root=$(aws organizations list-roots --query 'Roots[0].Id' --output text)

deploy 1 'cn-north-1' \
  111122223333
