#!/bin/sh
# Exported by leastway: lets the platform humanitec into the account 111122223333.
# format: aws-cli
# grant: acme
# profile: humanitec test
# digest: sha256:ae1c4453ea10b00e6a55024895ed7d500613eb527b146e99a0d372f3b49e6334
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
[ "$account" = "$(aws sts get-caller-identity --query Account --output text)" ] ||
  stop "these are not credentials of the account $account"


## 1. The platform's principal

# The role humanitec-eks-access-111122223333. Who may assume it:
cat >"$work/trust.json" <<'EOF'
{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Sid": "PlatformWithExternalId",
      "Effect": "Allow",
      "Principal": {
        "AWS": "arn:aws:iam::767398028804:user/humanitec"
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
        "AWS": "arn:aws:iam::767398028804:user/humanitec"
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
if ! ours 'role humanitec-eks-access-111122223333' \
    aws iam get-role --role-name 'humanitec-eks-access-111122223333' \
    --query "Role.Tags[?Key=='leastway:grant'].Value | [0]"; then
  patiently aws iam create-role --role-name 'humanitec-eks-access-111122223333' --path '/' \
    --max-session-duration '43200' \
    --description 'humanitec test: the platform'"'"'s way to the clusters of this account' \
    --assume-role-policy-document "file://$work/trust.json" \
    --tags 'Key=leastway:grant,Value=acme'
  aws iam wait role-exists --role-name 'humanitec-eks-access-111122223333'
fi
# What it may do, leastway-platform-access:
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
        "arn:aws:eks:eu-central-1:111122223333:cluster/legacy"
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
        "arn:aws:eks:eu-central-1:111122223333:nodegroup/legacy/*/*"
      ],
      "Condition": {
        "StringEquals": {
          "aws:ResourceTag/Humanitec": "true"
        }
      }
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
if ! there 'policy leastway-platform-access of role humanitec-eks-access-111122223333' \
    aws iam get-role-policy --role-name 'humanitec-eks-access-111122223333' --policy-name 'leastway-platform-access' \
    --query PolicyName; then
  patiently aws iam put-role-policy \
    --role-name 'humanitec-eks-access-111122223333' --policy-name 'leastway-platform-access' \
    --policy-document "file://$work/policy.json"
fi


## 2. The tag that opens a cluster to the platform

if ! tagged 'true' 'cluster legacy' \
    aws eks list-tags-for-resource --region 'eu-central-1' \
    --resource-arn 'arn:aws:eks:eu-central-1:111122223333:cluster/legacy' \
    --query 'tags.["Humanitec", "leastway:grant:Humanitec"]'; then
  aws eks tag-resource --region 'eu-central-1' \
    --resource-arn 'arn:aws:eks:eu-central-1:111122223333:cluster/legacy' \
    --tags '{"Humanitec": "true", "leastway:grant:Humanitec": "acme"}'
fi


## 3. The way into the clusters

# legacy knows no access entries: the ConfigMap aws-auth lets people in.
# `leastway apply` adds the entry; or add it by hand, under mapRoles:
#   - rolearn: "arn:aws:iam::111122223333:role/humanitec-eks-access-111122223333"
#     username: humanitec
#     groups:
#       - humanitec
#       - humanitec-edit
# with:
#   kubectl -n kube-system get configmap aws-auth -o yaml > aws-auth-before.yaml
#   kubectl -n kube-system edit configmap aws-auth
#   kubectl -n kube-system annotate --overwrite configmap aws-auth \
#     'leastway.dev/grant-acme=["arn:aws:iam::111122223333:role/humanitec-eks-access-111122223333"]'

# Inside of legacy it takes:
#   role shop/humanitec
#   binding shop/humanitec
#   binding shop/humanitec-edit
# `leastway export kubernetes` writes them, for:
#   kubectl apply -k 111122223333/eu-central-1/legacy


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
        "AWS": "arn:aws:iam::767398028804:user/humanitec"
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
        "AWS": "arn:aws:iam::767398028804:user/humanitec"
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
