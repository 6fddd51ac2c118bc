#!/bin/sh
# as-role.sh ROLE SESSION_NAME EXTERNAL_ID COMMAND...: run a command with the credentials of an assumed role.
set -eu
role=$1 name=$2 external_id=$3
shift 3
credentials=$(aws sts assume-role --role-arn "$role" --role-session-name "$name" --external-id "$external_id" \
    --query 'Credentials.[AccessKeyId,SecretAccessKey,SessionToken]' --output text)
set -f
AWS_ACCESS_KEY_ID=$(echo "$credentials" | cut -f 1)
AWS_SECRET_ACCESS_KEY=$(echo "$credentials" | cut -f 2)
AWS_SESSION_TOKEN=$(echo "$credentials" | cut -f 3)
export AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN
exec "$@"
