#!/bin/sh
# Exported by leastway: access of the platform humanitec to the account 111122223333.
# format: aws-cli
# grant: acme
# profile: humanitec test
# digest: sha256:ae1c4453ea10b00e6a55024895ed7d500613eb527b146e99a0d372f3b49e6334
#
# It creates missing objects, marks them as the grant's, and changes no existing ones. It stops if an object of
# others is in the way, and can be run again. Afterwards, `leastway plan` shows what is missing or different.
# It needs the AWS CLI with credentials of the account. Run it with: sh 111122223333.sh

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


## 1. The platform's principal

# The role humanitec-eks-access-111122223333. Its trust policy:
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
  retry aws iam create-role --role-name 'humanitec-eks-access-111122223333' --path '/' \
    --max-session-duration '43200' \
    --description 'humanitec test: the platform'"'"'s way to the clusters of this account' \
    --assume-role-policy-document "file://$work/trust.json" \
    --tags 'Key=leastway:grant,Value=acme'
  aws iam wait role-exists --role-name 'humanitec-eks-access-111122223333'
fi
# Its inline policy leastway-platform-access:
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
if ! exists 'policy leastway-platform-access of role humanitec-eks-access-111122223333' \
    aws iam get-role-policy --role-name 'humanitec-eks-access-111122223333' --policy-name 'leastway-platform-access' \
    --query PolicyName; then
  retry aws iam put-role-policy \
    --role-name 'humanitec-eks-access-111122223333' --policy-name 'leastway-platform-access' \
    --policy-document "file://$work/policy.json"
fi


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


## 5. The roles for Terraform

# The role humanitec-s3. Its trust policy:
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
  retry aws iam create-role --role-name 'humanitec-s3' --path '/' \
    --max-session-duration '3600' \
    --assume-role-policy-document "file://$work/trust.json" \
    --tags 'Key=leastway:grant,Value=acme'
  aws iam wait role-exists --role-name 'humanitec-s3'
fi
# Its inline policy leastway-egress:
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
if ! exists 'policy leastway-egress of role humanitec-s3' \
    aws iam get-role-policy --role-name 'humanitec-s3' --policy-name 'leastway-egress' \
    --query PolicyName; then
  retry aws iam put-role-policy \
    --role-name 'humanitec-s3' --policy-name 'leastway-egress' \
    --policy-document "file://$work/policy.json"
fi
# Its inline policy s3:
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
if ! exists 'policy s3 of role humanitec-s3' \
    aws iam get-role-policy --role-name 'humanitec-s3' --policy-name 's3' \
    --query PolicyName; then
  retry aws iam put-role-policy \
    --role-name 'humanitec-s3' --policy-name 's3' \
    --policy-document "file://$work/policy.json"
fi
