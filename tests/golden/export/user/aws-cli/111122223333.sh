#!/bin/sh
# Exported by leastway: access of the platform humanitec to the account 111122223333.
# format: aws-cli
# grant: acme
# profile: humanitec test
# digest: sha256:3960c4ca8d1f7047b4c83504301985b95eda54ca4fd86fda0cb40aa49da5ab08
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

# The permissions of the user, and its permissions boundary:
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
        "arn:aws:eks:eu-central-1:111122223333:cluster/legacy",
        "arn:aws:eks:eu-central-1:111122223333:cluster/prod"
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
        "arn:aws:eks:eu-central-1:111122223333:nodegroup/legacy/*/*",
        "arn:aws:eks:eu-central-1:111122223333:nodegroup/prod/*/*"
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
if ! ours 'policy HumanitecSaaS' \
    aws iam get-policy --policy-arn 'arn:aws:iam::111122223333:policy/HumanitecSaaS' \
    --query "Policy.Tags[?Key=='leastway:grant'].Value | [0]"; then
  aws iam create-policy \
    --policy-name 'HumanitecSaaS' --path '/' \
    --description 'humanitec test: what the platform'"'"'s user may do, and its permissions boundary' \
    --policy-document "file://$work/policy.json" \
    --tags 'Key=leastway:grant,Value=acme' >/dev/null
  aws iam wait policy-exists --policy-arn 'arn:aws:iam::111122223333:policy/HumanitecSaaS'
fi

if ! ours 'user humanitec' \
    aws iam get-user --user-name 'humanitec' \
    --query "User.Tags[?Key=='leastway:grant'].Value | [0]"; then
  retry aws iam create-user --user-name 'humanitec' --path '/' \
    --permissions-boundary 'arn:aws:iam::111122223333:policy/HumanitecSaaS' \
    --tags 'Key=leastway:grant,Value=acme'
  aws iam wait user-exists --user-name 'humanitec'
fi
retry aws iam attach-user-policy \
  --user-name 'humanitec' \
  --policy-arn 'arn:aws:iam::111122223333:policy/HumanitecSaaS'


## 2. The tag that gives the platform access to a cluster

if ! tagged 'true' 'cluster legacy' \
    aws eks list-tags-for-resource --region 'eu-central-1' \
    --resource-arn 'arn:aws:eks:eu-central-1:111122223333:cluster/legacy' \
    --query 'tags.["Humanitec", "leastway:grant:Humanitec"]'; then
  aws eks tag-resource --region 'eu-central-1' \
    --resource-arn 'arn:aws:eks:eu-central-1:111122223333:cluster/legacy' \
    --tags '{"Humanitec": "true", "leastway:grant:Humanitec": "acme"}'
fi

if ! tagged 'true' 'cluster prod' \
    aws eks list-tags-for-resource --region 'eu-central-1' \
    --resource-arn 'arn:aws:eks:eu-central-1:111122223333:cluster/prod' \
    --query 'tags.["Humanitec", "leastway:grant:Humanitec"]'; then
  aws eks tag-resource --region 'eu-central-1' \
    --resource-arn 'arn:aws:eks:eu-central-1:111122223333:cluster/prod' \
    --tags '{"Humanitec": "true", "leastway:grant:Humanitec": "acme"}'
fi

arn=$(aws eks describe-nodegroup --region 'eu-central-1' --cluster-name 'prod' \
  --nodegroup-name 'workers' --query nodegroup.nodegroupArn --output text)
if ! tagged 'true' 'node group workers of prod' \
    aws eks list-tags-for-resource --region 'eu-central-1' \
    --resource-arn "$arn" \
    --query 'tags.["Humanitec", "leastway:grant:Humanitec"]'; then
  aws eks tag-resource --region 'eu-central-1' \
    --resource-arn "$arn" \
    --tags '{"Humanitec": "true", "leastway:grant:Humanitec": "acme"}'
fi


## 3. The way into the clusters

# legacy has no access entries: access comes from the ConfigMap aws-auth.
# `leastway apply` adds the entry. To add it by hand, under mapUsers:
#   - userarn: "arn:aws:iam::111122223333:user/humanitec"
#     username: humanitec
#     groups:
#       - humanitec
# with these commands:
#   kubectl -n kube-system get configmap aws-auth -o yaml > aws-auth-before.yaml
#   kubectl -n kube-system edit configmap aws-auth
#   kubectl -n kube-system annotate --overwrite configmap aws-auth \
#     'leastway.dev/grant-acme=["arn:aws:iam::111122223333:user/humanitec"]'

# Required inside legacy:
#   role shop/humanitec
#   binding shop/humanitec
# `leastway export kubernetes` writes them. Apply them with:
#   kubectl apply -k 111122223333/eu-central-1/legacy

principal_id=$(aws iam get-user --user-name 'humanitec' --query User.UserId --output text)
if ! ours 'access entry of humanitec in prod' \
    aws eks describe-access-entry --region 'eu-central-1' --cluster-name 'prod' \
    --principal-arn 'arn:aws:iam::111122223333:user/humanitec' \
    --query 'accessEntry.tags."leastway:grant"'; then
  retry aws eks create-access-entry --region 'eu-central-1' --cluster-name 'prod' \
    --principal-arn 'arn:aws:iam::111122223333:user/humanitec' --type 'STANDARD' \
    --username 'humanitec' \
    --kubernetes-groups 'humanitec' \
    --tags "leastway:grant=acme,leastway:principal-id=$principal_id"
fi

if ! exists 'AmazonEKSEditPolicy in prod' \
    aws eks list-associated-access-policies --region 'eu-central-1' --cluster-name 'prod' \
    --principal-arn 'arn:aws:iam::111122223333:user/humanitec' \
    --query "associatedAccessPolicies[?policyArn=='arn:aws:eks::aws:cluster-access-policy/AmazonEKSEditPolicy'].policyArn | [0]"; then
  retry aws eks associate-access-policy --region 'eu-central-1' --cluster-name 'prod' \
    --principal-arn 'arn:aws:iam::111122223333:user/humanitec' \
    --policy-arn 'arn:aws:eks::aws:cluster-access-policy/AmazonEKSEditPolicy' \
    --access-scope 'type=namespace,namespaces=shop'
fi

# Required inside prod:
#   role shop/humanitec
#   binding shop/humanitec
# `leastway export kubernetes` writes them. Apply them with:
#   kubectl apply -k 111122223333/eu-central-1/prod


## 4. The user's first access key

# A long-term secret. It is created only if KEY_FILE names a file that does not exist yet, and written only to
# that file, which nobody else can read: KEY_FILE=key.json sh this-script. Give it to the platform, then delete
# the file.
if ! exists 'access key of humanitec' \
    aws iam list-access-keys --user-name 'humanitec' --query 'AccessKeyMetadata[0].AccessKeyId'; then
  if [ -n "${KEY_FILE-}" ]; then
    set -C # an existing file is not overwritten, and stops the script
    : >"$KEY_FILE"
    set +C
    aws iam create-access-key --user-name 'humanitec' --output json \
      --query 'AccessKey.{aws_access_key_id: AccessKeyId, aws_secret_access_key: SecretAccessKey}' \
      >"$KEY_FILE" || {
      rm -f -- "$KEY_FILE"
      stop 'no key was created'
    }
  else
    say 'open   no key was created: set KEY_FILE to create one'
  fi
fi
