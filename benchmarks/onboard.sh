#!/bin/sh
# The aws CLI commands from the onboarding document, for the estate of benchmarks/estate.py, account by account.
# Usage: onboard.sh FOLDER REGION CLUSTERS ACCOUNT...   In the sandbox, an account id is the access key of its root.
set -eu
folder=$1 region=$2 clusters=$3
shift 3
for account in "$@"; do
    export AWS_ACCESS_KEY_ID="$account"
    user=arn:aws:iam::$account:user/humanitec
    policy=arn:aws:iam::$account:policy/HumanitecSaaS
    aws iam create-policy --policy-name HumanitecSaaS --policy-document "file://$folder/access.json"
    aws iam create-user --user-name humanitec --permissions-boundary "$policy"
    aws iam attach-user-policy --user-name humanitec --policy-arn "$policy"
    aws iam create-access-key --user-name humanitec
    sed "s/ACCOUNT/$account/" "$folder/trust.json" > "$folder/trust-$account.json"
    aws iam create-role --role-name humanitec-s3 --assume-role-policy-document "file://$folder/trust-$account.json"
    aws iam put-role-policy --role-name humanitec-s3 --policy-name s3 --policy-document "file://$folder/s3.json"
    cluster=0
    while [ "$cluster" -lt "$clusters" ]; do
        name=cluster-$cluster
        aws eks tag-resource --resource-arn "arn:aws:eks:$region:$account:cluster/$name" --tags Humanitec=true
        aws eks create-access-entry --cluster-name "$name" --principal-arn "$user" --type STANDARD
        aws eks associate-access-policy --cluster-name "$name" --principal-arn "$user" \
            --policy-arn arn:aws:eks::aws:cluster-access-policy/AmazonEKSEditPolicy \
            --access-scope 'type=namespace,namespaces=app-*'
        cluster=$((cluster + 1))
    done
done
