"""Identifiers that AWS made up for what the calls created, and those that the calls were given."""

from __future__ import annotations

import pytest

from leastway.suggestion.identifiers import Created

EC2 = "arn:aws:ec2:eu-central-1:111122223333"
VPC, SUBNET = f"{EC2}:vpc/vpc-0a1b2c3d4e5f60718", f"{EC2}:subnet/subnet-0a1b2c3d4e5f60718"
KEY = "arn:aws:kms:eu-central-1:111122223333:key/0b9a2b5e-6f1d-4a55-a4b2-9f6f0b3c1d2e"
SECRETS = "arn:aws:secretsmanager:eu-central-1:111122223333:secret"
GROUPS = "arn:aws:logs:eu-central-1:111122223333:log-group"
FUNCTIONS = "arn:aws:lambda:eu-central-1:111122223333:function"
PROJECTS = "arn:aws:codebuild:eu-central-1:111122223333:project"
BALANCERS = "arn:aws:elasticloadbalancing:eu-central-1:111122223333"
USERS = "arn:aws:iam::111122223333:user"
ROLES = "arn:aws:iam::111122223333:role"
CREATES_VPC = [("ec2:CreateVpc", "")]
CREATES_SUBNET = [("ec2:CreateSubnet", VPC), ("ec2:CreateSubnet", "")]
CREATES_SECRET = [("secretsmanager:CreateSecret", f"{SECRETS}:shop/db-??????")]


@pytest.mark.parametrize(
    ("calls", "action", "resource", "expected"),
    [
        ([CREATES_VPC], "ec2:DeleteVpc", VPC, f"{EC2}:vpc/*"),
        ([CREATES_SUBNET], "ec2:DeleteSubnet", SUBNET, f"{EC2}:subnet/*"),
        ([CREATES_SUBNET], "ec2:CreateSubnet", VPC, VPC),  # the VPC was given
        ([CREATES_VPC, CREATES_SUBNET], "ec2:CreateSubnet", VPC, f"{EC2}:vpc/*"),
        ([[("ec2:CreateTags", f"{EC2}:vpc/*")]], "ec2:DeleteVpc", VPC, VPC),
        ([[("kms:CreateKey", "")]], "kms:ScheduleKeyDeletion", KEY, KEY.replace(KEY[-36:], "*")),
        ([[("kms:CreateAlias", KEY), ("kms:CreateAlias", "")]], "kms:CreateAlias", KEY, KEY),
        ([CREATES_SECRET], "secretsmanager:GetSecretValue", f"{SECRETS}:shop/db-AbCdEf*", f"{SECRETS}:shop/db-??????"),
        ([CREATES_SECRET], "secretsmanager:GetSecretValue", f"{SECRETS}:other-AbCdEf*", f"{SECRETS}:other-AbCdEf*"),
        (
            [[("elasticloadbalancing:CreateLoadBalancer", "")]],
            "elasticloadbalancing:DeleteLoadBalancer",
            "arn:aws:elasticloadbalancing:eu-central-1:111122223333:loadbalancer/app/webserver1/50dc6c495c0c9188",
            "arn:aws:elasticloadbalancing:eu-central-1:111122223333:loadbalancer/app/webserver1/*",
        ),
        (  # where the documentation has an identifier, whatever its letters are; `webserver01` stands for a name
            [[("elasticloadbalancing:CreateLoadBalancer", "")]],
            "elasticloadbalancing:DeleteLoadBalancer",
            f"{BALANCERS}:loadbalancer/app/webserver01/8awvotx2yr86ji8i",
            f"{BALANCERS}:loadbalancer/app/webserver01/*",
        ),
        (
            [[("appsync:CreateGraphqlApi", "")]],
            "appsync:GetGraphqlApi",
            "arn:aws:appsync:eu-central-1:111122223333:apis/ab3cdefghijklmnopqrstuvwxy",
            "arn:aws:appsync:eu-central-1:111122223333:apis/*",
        ),
        (
            [[("servicediscovery:CreateHttpNamespace", "")]],
            "servicediscovery:DeleteNamespace",
            "arn:aws:servicediscovery:eu-central-1:111122223333:namespace/ns-abcdefghijk12345",
            "arn:aws:servicediscovery:eu-central-1:111122223333:namespace/*",
        ),
        (
            [[("route53:CreateHostedZone", "")]],
            "route53:DeleteHostedZone",
            "arn:aws:route53:::hostedzone/Z148QEXAMPLE8V",
            "arn:aws:route53:::hostedzone/*",
        ),
        (
            [[("apigateway:POST", "arn:aws:apigateway:eu-central-1::/restapis")]],
            "apigateway:DELETE",
            "arn:aws:apigateway:eu-central-1::/restapis/a1b2c3d4e5",
            "arn:aws:apigateway:eu-central-1::/restapis/*",
        ),
        (
            [[("sqs:CreateQueue", "arn:aws:sqs:eu-central-1:111122223333:0123456789abcdef")]],
            "sqs:DeleteQueue",
            "arn:aws:sqs:eu-central-1:111122223333:0123456789abcdef",
            "arn:aws:sqs:eu-central-1:111122223333:0123456789abcdef",
        ),
        ([[("iam:CreateRole", f"{ROLES}/shop/web")]], "iam:GetRole", f"{ROLES}/*web", f"{ROLES}/shop/web"),
        ([[("iam:CreateRole", f"{ROLES}/web")]], "iam:GetRole", f"{ROLES}/*web", f"{ROLES}/web"),
        ([[("iam:CreateRole", f"{ROLES}/acme-web")]], "iam:GetRole", f"{ROLES}/*web", f"{ROLES}/*web"),
        (
            [[("logs:CreateLogGroup", f"{GROUPS}:shop*")], [("logs:CreateLogGroup", f"{GROUPS}:shop-errors*")]],
            "logs:PutRetentionPolicy",
            f"{GROUPS}:shop-errors*",
            f"{GROUPS}:shop-errors*",
        ),
        (
            [[("lambda:CreateAlias", f"{FUNCTIONS}:shop*")]],
            "lambda:DeleteFunction",
            f"{FUNCTIONS}:shop-cart",
            f"{FUNCTIONS}:shop-cart",
        ),
        (
            [[("iam:CreateAccessKey", "arn:aws:iam::111122223333:user/*app")]],
            "iam:DeleteUser",
            "arn:aws:iam::111122223333:user/myapp",
            "arn:aws:iam::111122223333:user/myapp",
        ),
        (
            [[("codebuild:CreateProject", f"{PROJECTS}/*")]],
            "codebuild:DeleteProject",
            f"{PROJECTS}/given",
            f"{PROJECTS}/given",
        ),
        (
            [[("codebuild:CreateProject", f"{PROJECTS}/*")]],
            "codebuild:DeleteProject",
            f"{PROJECTS}/0b9a2b5e-6f1d-4a55-a4b2-9f6f0b3c1d2e",
            f"{PROJECTS}/*",
        ),
        ([[("iam:CreateAccessKey", f"{USERS}/*u")]], "iam:GetUser", f"{USERS}/menu", f"{USERS}/menu"),
        (
            [[("elasticloadbalancing:CreateListener", f"{BALANCERS}:loadbalancer/app/shop/50dc6c495c0c9188")]],
            "elasticloadbalancing:DeleteListener",
            f"{BALANCERS}:listener/app/shop/50dc6c495c0c9188/f2f7dc8efc522ab2",
            f"{BALANCERS}:listener/app/shop/*/*",
        ),
        (
            [[("apigateway:POST", "arn:aws:apigateway:eu-central-1::/restapis")]],
            "apigateway:POST",
            "arn:aws:apigateway:eu-central-1::/restapis/a1b2c3d4e5/resources/a1b2c3",
            "arn:aws:apigateway:eu-central-1::/restapis/*/resources/*",
        ),
        ([[("no:CreateSuch", "")]], "no:DeleteSuch", "arn:aws:no:::x", "arn:aws:no:::x"),
    ],
)
def test_a_resource_is_as_whatever_is_created_the_next_time(
    calls: list[list[tuple[str, str]]], action: str, resource: str, expected: str
) -> None:
    assert Created.by(calls).in_general(action, resource) == expected
