#!/bin/sh
# Exported by leastway: deployment of the stack sets with the access of the platform humanitec.
# format: stackset
# grant: acme
# profile: humanitec test
# digest: sha256:eb64f119bbcb1dbf4e029b55e34665873a9c441265dd1f7b5541fdb105b2ea84
#
# It needs credentials of the organization's management account or, with CALL_AS=DELEGATED_ADMIN, of an account
# that is registered for stack sets and can read the organization. Stack sets must be activated there once:
#   aws cloudformation activate-organizations-access
#
# Each set-N.yaml becomes a service-managed stack set, with stacks only in the accounts named below. Such sets
# never deploy to the management account, which gets a separate stack. The script can be run again, also after it
# was interrupted: existing stacks are updated. Run it with: sh deploy.sh. Then, with credentials of each account,
# run sh ACCOUNT-rest.sh for what CloudFormation cannot do. `leastway plan` shows what is left.

name='leastway-acme'
home='eu-central-1' # the region of the stack sets themselves

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

# sets CALL ARGUMENT...: makes a call for the stack set $set.
sets() {
  call=$1
  shift
  aws cloudformation "$call" --region "$home" --call-as "$as" --stack-set-name "$set" "$@"
}

# wait_for OPERATION: waits for an operation on $set, for at most an hour and a half.
wait_for() {
  tries=0
  while :; do
    status=$(sets describe-stack-set-operation --operation-id "$1" --query StackSetOperation.Status --output text)
    case $status in
      SUCCEEDED) return 0 ;;
      RUNNING | QUEUED | STOPPING) ;;
      *)
        sets list-stack-set-operation-results --operation-id "$1" --output table \
          --query "Summaries[?Status!='SUCCEEDED'].[Account,Region,Status,StatusReason]" >&2
        stop "$set: $status. The other stacks are done; fix the cause, then run this script again"
        ;;
    esac
    tries=$((tries + 1))
    [ "$tries" -lt 540 ] || stop "$set is not done after an hour and a half: run this script again to continue waiting"
    sleep 10
  done
}

# deploy NUMBER REGION ACCOUNT...: creates or updates the stack set of set-NUMBER.yaml, and its stacks in REGION.
deploy() {
  set=$name-$1 template=file://set-$1.yaml region=$2
  shift 2
  if sets describe-stack-set >/dev/null 2>"$work/error"; then
    say "update $set"
    wait_for "$(sets update-stack-set --template-body "$template" --capabilities CAPABILITY_NAMED_IAM \
      --operation-preferences "$preferences" --query OperationId --output text)"
  elif grep -q '(StackSetNotFoundException)' "$work/error"; then
    say "create $set"
    sets create-stack-set --template-body "$template" --capabilities CAPABILITY_NAMED_IAM \
      --permission-model SERVICE_MANAGED --auto-deployment Enabled=false --managed-execution Active=true >/dev/null
  else
    cat "$work/error" >&2
    stop 'AWS returned the error above'
  fi
  existing=$(sets list-stack-instances --query 'Summaries[].Account' --output text)
  wanted=''
  for account in "$@"; do
    case " $(printf '%s' "$existing" | tr '\t\n' '  ') " in
      *" $account "*) ;;
      *) [ "$account" = "$management" ] || wanted="$wanted${wanted:+,}\"$account\"" ;;
    esac
  done
  if [ -n "$wanted" ]; then
    say "stacks $set: $wanted"
    wait_for "$(sets create-stack-instances --regions "$region" --operation-preferences "$preferences" \
      --deployment-targets "{\"OrganizationalUnitIds\":[\"$root\"],\"Accounts\":[$wanted],\"AccountFilterType\":\"INTERSECTION\"}" \
      --query OperationId --output text)"
  fi
  for account in "$@"; do
    if [ "$account" = "$management" ]; then deploy_stack "${template#file://}"; fi
  done
}

# deploy_stack FILE: deploys a separate stack to the management account, which service-managed stack sets never reach.
deploy_stack() {
  if [ "$caller" != "$management" ]; then
    say "open   the management account $management: with its credentials, run"
    say "       aws cloudformation deploy --region $region --stack-name $set --template-file $1 --capabilities CAPABILITY_NAMED_IAM"
    return
  fi
  say "stack  $set in the management account"
  aws cloudformation deploy --region "$region" --stack-name "$set" --template-file "$1" \
    --capabilities CAPABILITY_NAMED_IAM --no-fail-on-empty-changeset
}

# A failure in one account does not stop the others, and all are deployed at the same time.
preferences='{"RegionConcurrencyType":"PARALLEL","ConcurrencyMode":"SOFT_FAILURE_TOLERANCE","FailureTolerancePercentage":100,"MaxConcurrentPercentage":100}'
caller=$(aws sts get-caller-identity --query Account --output text)
management=$(aws organizations describe-organization --query Organization.MasterAccountId --output text)
root=$(aws organizations list-roots --query 'Roots[0].Id' --output text)

deploy 1 'eu-central-1' \
  111122223333
