#!/bin/sh
# queue.sh create|delete NAME. Version 1 of the aws CLI would call an old host name of SQS, so the endpoint is named.
set -eu
sqs() { aws --endpoint-url "${AWS_ENDPOINT_URL:-https://sqs.$AWS_DEFAULT_REGION.amazonaws.com}" sqs "$@"; }
if [ "$1" = create ]; then
    sqs create-queue --queue-name "$2"
else
    sqs delete-queue --queue-url "$(sqs get-queue-url --queue-name "$2" --query QueueUrl --output text)"
fi
