#!/bin/sh
# Exported by leastway: lets the platform humanitec into the account 111122223333.
# format: aws-cli
# grant: acme
# profile: humanitec test
# digest: sha256:ac3c1ee83cd026da59f15b79e8531738545cb00aaf6143ef3fc9845fe665ce15
#
# It makes what is missing, marks it as the grant's, and changes nothing that is there: it may be run again, and
# ends where something is in its way. `leastway plan` then says whether anything is left or different.
# Needs the AWS CLI with credentials of the account. Run with: sh 111122223333.sh

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

grant='acme'
account='111122223333'
export AWS_REGION='cn-north-1' AWS_DEFAULT_REGION='cn-north-1'
[ "$account" = "$(aws sts get-caller-identity --query Account --output text)" ] ||
  stop "these are not credentials of the account $account"


## 1. The platform's principal

# What the user may do, and the boundary of whatever else is attached to it:
cat >"$work/policy.json" <<'EOF'
{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Sid": "EKSAccess",
      "Effect": "Allow",
      "Action": [
        "eks:AccessKubernetesApi",
        "eks:DescribeCluster",
        "eks:ListNodegroups"
      ],
      "Resource": [
        "arn:aws-cn:eks:cn-north-1:111122223333:cluster/prod"
      ],
      "Condition": {
        "StringEquals": {
          "aws:ResourceTag/Humanitec": "true"
        }
      }
    },
    {
      "Sid": "EKSNodegroups",
      "Effect": "Allow",
      "Action": [
        "eks:DescribeNodegroup"
      ],
      "Resource": [
        "arn:aws-cn:eks:cn-north-1:111122223333:nodegroup/prod/*/*"
      ],
      "Condition": {
        "StringEquals": {
          "aws:ResourceTag/Humanitec": "true"
        }
      }
    },
    {
      "Sid": "AssumeRole",
      "Effect": "Allow",
      "Action": [
        "sts:AssumeRole"
      ],
      "Resource": [
        "arn:aws-cn:iam::111122223333:role/humanitec-s3"
      ]
    },
    {
      "Sid": "PlatformAddressesOnly",
      "Effect": "Deny",
      "Action": "*",
      "Resource": "*",
      "Condition": {
        "NotIpAddress": {
          "aws:SourceIp": [
            "192.0.2.1/32",
            "192.0.2.2/32"
          ]
        },
        "Bool": {
          "aws:ViaAWSService": "false"
        }
      }
    }
  ]
}
EOF
if ! ours 'policy HumanitecSaaS' \
    aws iam get-policy --policy-arn 'arn:aws-cn:iam::111122223333:policy/HumanitecSaaS' \
    --query "Policy.Tags[?Key=='leastway:grant'].Value | [0]"; then
  aws iam create-policy \
    --policy-name 'HumanitecSaaS' --path '/' \
    --description 'humanitec test: what the platform'"'"'s user may do, and its permissions boundary' \
    --policy-document "file://$work/policy.json" \
    --tags 'Key=leastway:grant,Value=acme' >/dev/null
  aws iam wait policy-exists --policy-arn 'arn:aws-cn:iam::111122223333:policy/HumanitecSaaS'
fi

if ! ours 'user humanitec' \
    aws iam get-user --user-name 'humanitec' \
    --query "User.Tags[?Key=='leastway:grant'].Value | [0]"; then
  patiently aws iam create-user --user-name 'humanitec' --path '/' \
    --permissions-boundary 'arn:aws-cn:iam::111122223333:policy/HumanitecSaaS' \
    --tags 'Key=leastway:grant,Value=acme'
  aws iam wait user-exists --user-name 'humanitec'
fi
patiently aws iam attach-user-policy \
  --user-name 'humanitec' \
  --policy-arn 'arn:aws-cn:iam::111122223333:policy/HumanitecSaaS'


## 2. The tag that opens a cluster to the platform

if ! tagged 'true' 'cluster prod' \
    aws eks list-tags-for-resource --region 'cn-north-1' \
    --resource-arn 'arn:aws-cn:eks:cn-north-1:111122223333:cluster/prod' \
    --query 'tags.["Humanitec", "leastway:grant:Humanitec"]'; then
  aws eks tag-resource --region 'cn-north-1' \
    --resource-arn 'arn:aws-cn:eks:cn-north-1:111122223333:cluster/prod' \
    --tags '{"Humanitec": "true", "leastway:grant:Humanitec": "acme"}'
fi

arn=$(aws eks describe-nodegroup --region 'cn-north-1' --cluster-name 'prod' \
  --nodegroup-name 'workers' --query nodegroup.nodegroupArn --output text)
if ! tagged 'true' 'node group workers of prod' \
    aws eks list-tags-for-resource --region 'cn-north-1' \
    --resource-arn "$arn" \
    --query 'tags.["Humanitec", "leastway:grant:Humanitec"]'; then
  aws eks tag-resource --region 'cn-north-1' \
    --resource-arn "$arn" \
    --tags '{"Humanitec": "true", "leastway:grant:Humanitec": "acme"}'
fi


## 3. The way into the clusters

principal_id=$(aws iam get-user --user-name 'humanitec' --query User.UserId --output text)
if ! ours 'access entry of humanitec in prod' \
    aws eks describe-access-entry --region 'cn-north-1' --cluster-name 'prod' \
    --principal-arn 'arn:aws-cn:iam::111122223333:user/humanitec' \
    --query 'accessEntry.tags."leastway:grant"'; then
  patiently aws eks create-access-entry --region 'cn-north-1' --cluster-name 'prod' \
    --principal-arn 'arn:aws-cn:iam::111122223333:user/humanitec' --type 'STANDARD' \
    --username 'humanitec' \
    --kubernetes-groups 'humanitec' \
    --tags "leastway:grant=acme,leastway:principal-id=$principal_id"
fi

if ! there 'AmazonEKSEditPolicy in prod' \
    aws eks list-associated-access-policies --region 'cn-north-1' --cluster-name 'prod' \
    --principal-arn 'arn:aws-cn:iam::111122223333:user/humanitec' \
    --query "associatedAccessPolicies[?policyArn=='arn:aws-cn:eks::aws:cluster-access-policy/AmazonEKSEditPolicy'].policyArn | [0]"; then
  patiently aws eks associate-access-policy --region 'cn-north-1' --cluster-name 'prod' \
    --principal-arn 'arn:aws-cn:iam::111122223333:user/humanitec' \
    --policy-arn 'arn:aws-cn:eks::aws:cluster-access-policy/AmazonEKSEditPolicy' \
    --access-scope 'type=namespace,namespaces=shop'
fi

# Inside of prod it takes:
#   role shop/humanitec
#   binding shop/humanitec
# `leastway export kubernetes` writes them, for:
#   kubectl apply -k 111122223333/cn-north-1/prod


## 4. The user's first access key

# A long-term secret. It is made only where KEY_FILE names a file that is not there yet, and only that file,
# which nobody else can read, ever holds it: KEY_FILE=key.json sh this-script. Give it to the platform, then
# remove the file.
if ! there 'access key of humanitec' \
    aws iam list-access-keys --user-name 'humanitec' --query 'AccessKeyMetadata[0].AccessKeyId'; then
  if [ -n "${KEY_FILE-}" ]; then
    set -C # a file that is there is not written over, and ends the script
    : >"$KEY_FILE"
    set +C
    aws iam create-access-key --user-name 'humanitec' --output json \
      --query 'AccessKey.{aws_access_key_id: AccessKeyId, aws_secret_access_key: SecretAccessKey}' \
      >"$KEY_FILE" || {
      rm -f -- "$KEY_FILE"
      stop 'no key was made'
    }
  else
    say 'open   no key was made: set KEY_FILE to have one'
  fi
fi


## 5. The roles that Terraform works under

# The role humanitec-s3. Who may assume it:
cat >"$work/trust.json" <<'EOF'
{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Sid": "PlatformWithExternalId",
      "Effect": "Allow",
      "Principal": {
        "AWS": "arn:aws-cn:iam::111122223333:user/humanitec"
      },
      "Action": "sts:AssumeRole",
      "Condition": {
        "StringEquals": {
          "sts:ExternalId": "an-external-id-of-enough-length"
        }
      }
    },
    {
      "Sid": "PlatformAddressesOnly",
      "Effect": "Deny",
      "Principal": {
        "AWS": "arn:aws-cn:iam::111122223333:user/humanitec"
      },
      "Action": "sts:AssumeRole",
      "Condition": {
        "NotIpAddress": {
          "aws:SourceIp": [
            "192.0.2.1/32",
            "192.0.2.2/32"
          ]
        }
      }
    }
  ]
}
EOF
if ! ours 'role humanitec-s3' \
    aws iam get-role --role-name 'humanitec-s3' \
    --query "Role.Tags[?Key=='leastway:grant'].Value | [0]"; then
  patiently aws iam create-role --role-name 'humanitec-s3' --path '/' \
    --max-session-duration '3600' \
    --assume-role-policy-document "file://$work/trust.json" \
    --tags 'Key=leastway:grant,Value=acme'
  aws iam wait role-exists --role-name 'humanitec-s3'
fi
# What it may do, leastway-egress:
cat >"$work/policy.json" <<'EOF'
{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Sid": "PlatformAddressesOnly",
      "Effect": "Deny",
      "Action": "*",
      "Resource": "*",
      "Condition": {
        "NotIpAddress": {
          "aws:SourceIp": [
            "192.0.2.1/32",
            "192.0.2.2/32"
          ]
        },
        "Bool": {
          "aws:ViaAWSService": "false"
        }
      }
    }
  ]
}
EOF
if ! there 'policy leastway-egress of role humanitec-s3' \
    aws iam get-role-policy --role-name 'humanitec-s3' --policy-name 'leastway-egress' \
    --query PolicyName; then
  patiently aws iam put-role-policy \
    --role-name 'humanitec-s3' --policy-name 'leastway-egress' \
    --policy-document "file://$work/policy.json"
fi
# What it may do, s3:
cat >"$work/policy.json" <<'EOF'
{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Effect": "Allow",
      "Action": "s3:ListBucket",
      "Resource": "*"
    }
  ]
}
EOF
if ! there 'policy s3 of role humanitec-s3' \
    aws iam get-role-policy --role-name 'humanitec-s3' --policy-name 's3' \
    --query PolicyName; then
  patiently aws iam put-role-policy \
    --role-name 'humanitec-s3' --policy-name 's3' \
    --policy-document "file://$work/policy.json"
fi
