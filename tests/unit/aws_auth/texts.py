"""An aws-auth ConfigMap as EKS and people write it."""

from leastway.estate import AwsAuthMapping, Place

PLACE = Place("111122223333", "eu-central-1", "legacy")
ROLE = "arn:aws:iam::111122223333:role/humanitec"
USER = "arn:aws:iam::111122223333:user/platform/humanitec"
OURS = AwsAuthMapping(PLACE, ROLE, "humanitec", frozenset({"humanitec"}))
OUR_USER = AwsAuthMapping(PLACE, USER, "humanitec", frozenset({"humanitec"}))

NODES = """\
- groups:
  - system:bootstrappers
  - system:nodes
  rolearn: arn:aws:iam::111122223333:role/nodes-NodeInstanceRole-1ABC
  username: system:node:{{EC2PrivateDNSName}}
"""
BLOCK = """\
- rolearn: arn:aws:iam::111122223333:role/humanitec
  username: humanitec
  groups:
    - humanitec
"""
