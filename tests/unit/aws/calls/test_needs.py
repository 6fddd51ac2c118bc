"""The accesses of calls, written by hand: actions, resources, and the condition keys that a request shows.

A resource with `~` in front is a pattern; `?` is an unknown one.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from leastway.aws.calls import Access, Call, RefusalReason, RefusedCall, name_call
from tests.unit.aws.calls.clients import ACCOUNT, HOSTS, REGION, caught, named, shown

_A = f"{REGION}:{ACCOUNT}"
_ROLE = f"arn:aws:iam::{ACCOUNT}:role/app/worker"
_CONFIGURATION = "launchConfiguration:*:launchConfigurationName/c"
_TABLE = f"arn:aws:dynamodb:{_A}:table/t"
_VERSION = {"Bucket": "shop", "Key": "a", "VersionId": "1"}
_GRANTED: dict[str, Any] = {"Principal": {"DataLakePrincipalIdentifier": _ROLE}, "Permissions": ["DESCRIBE"]}
_KEY = "12345678-1234-1234-1234-123456789012"

_NEEDS: list[tuple[str, str, dict[str, Any], list[str]]] = [
    ("s3", "GetObject", {"Bucket": "shop", "Key": "a/b"}, ["s3:GetObject arn:aws:s3:::shop/a/b"]),
    (
        "ssm",
        "GetParameters",
        {"Names": ["a", f"arn:aws:ssm:{_A}:parameter/b"]},
        [f"ssm:GetParameters arn:aws:ssm:{_A}:parameter/b", "ssm:GetParameters ?"],
    ),
    (
        "secretsmanager",
        "BatchGetSecretValue",
        {"SecretIdList": ["a"]},
        [
            "secretsmanager:BatchGetSecretValue ?",
            f"secretsmanager:GetSecretValue ~arn:aws:secretsmanager:{REGION}:*:secret:*",
        ],
    ),
    ("lambda", "GetFunction", {"FunctionName": "f:1"}, [f"lambda:GetFunction ~arn:aws:lambda:{_A}:function:f*"]),
    (
        "lambda",
        "GetFunction",
        {"FunctionName": f"{_A}:function:f"},
        [f"lambda:GetFunction arn:aws:lambda:{_A}:function:f"],
    ),
    (
        "ecs",
        "RegisterTaskDefinition",
        {"family": "f", "taskRoleArn": "worker", "containerDefinitions": []},
        [
            f"ecs:RegisterTaskDefinition ~arn:aws:ecs:{_A}:task-definition/*:*",
            f"iam:PassRole ~arn:aws:iam::{ACCOUNT}:role/*worker",
        ],
    ),
    (
        "emr",
        "RunJobFlow",
        {"Name": "n", "Instances": {}, "JobFlowRole": "profile", "ServiceRole": "service"},
        [
            "elasticmapreduce:RunJobFlow ?",
            f"iam:PassRole ~arn:aws:iam::{ACCOUNT}:role/*service",
            "iam:PassRole ?",
        ],
    ),
    (
        "autoscaling",
        "CreateLaunchConfiguration",
        {"LaunchConfigurationName": "c", "IamInstanceProfile": "profile"},
        [
            f"autoscaling:CreateLaunchConfiguration ~arn:aws:autoscaling:{_A}:{_CONFIGURATION}",
            "iam:PassRole ?",
        ],
    ),
    (
        "elasticbeanstalk",
        "CreateEnvironment",
        {"ApplicationName": "a", "OperationsRole": _ROLE},
        [
            f"elasticbeanstalk:CreateEnvironment ~arn:aws:elasticbeanstalk:{REGION}:*:environment/*/*",
            f"iam:PassRole {_ROLE}",
        ],
    ),
    ("s3", "GetObject", {"Bucket": "shop", "Key": "a", "VersionId": "1"}, ["s3:GetObjectVersion arn:aws:s3:::shop/a"]),
    (
        "s3",
        "DeleteObject",
        {"Bucket": "shop", "Key": "a", "VersionId": "1"},
        ["s3:DeleteObjectVersion arn:aws:s3:::shop/a"],
    ),
    *(
        ("s3", operation, {**_VERSION, **more}, [f"s3:{action} arn:aws:s3:::shop/a"])
        for operation, action, more in (
            ("DeleteObjectTagging", "DeleteObjectVersionTagging", {}),
            ("GetObjectAcl", "GetObjectVersionAcl", {}),
            ("GetObjectTagging", "GetObjectVersionTagging", {}),
            ("PutObjectAcl", "PutObjectVersionAcl", {"ACL": "private"}),
            ("PutObjectTagging", "PutObjectVersionTagging", {"Tagging": {"TagSet": []}}),
        )
    ),
    (
        "s3",
        "GetObjectAttributes",
        {**_VERSION, "ObjectAttributes": ["ETag"]},
        ["s3:GetObjectVersion arn:aws:s3:::shop/a", "s3:GetObjectVersionAttributes arn:aws:s3:::shop/a"],
    ),
    (
        "s3",
        "CreateMultipartUpload",
        {"Bucket": "shop", "Key": "a", "GrantRead": "id=a", "Tagging": "a=b"},
        [
            "s3:PutObject arn:aws:s3:::shop/a",
            "s3:PutObjectTagging arn:aws:s3:::shop/a",
            "s3:PutObjectAcl arn:aws:s3:::shop/a",
        ],
    ),
    (
        "s3",
        "CopyObject",
        {
            "Bucket": "shop",
            "Key": "a",
            "CopySource": "from/k",
            "ACL": "private",
            "ObjectLockRetainUntilDate": "2030-01-01T00:00:00Z",
        },
        [
            "s3:GetObject arn:aws:s3:::from/k",
            "s3:PutObject arn:aws:s3:::shop/a",
            "s3:PutObjectRetention arn:aws:s3:::shop/a",
            "s3:PutObjectAcl arn:aws:s3:::shop/a",
        ],
    ),
    (
        "s3",
        "DeleteObjects",
        {"Bucket": "shop", "Delete": {"Objects": [{"Key": "a"}]}, "BypassGovernanceRetention": True},
        ["s3:DeleteObject arn:aws:s3:::shop/a", "s3:BypassGovernanceRetention arn:aws:s3:::shop/a"],
    ),
    (
        "s3",
        "DeleteObjects",
        {"Bucket": "shop", "Delete": {"Objects": [{"Key": "a"}, {"Key": "b", "VersionId": "1"}]}},
        ["s3:DeleteObject arn:aws:s3:::shop/a", "s3:DeleteObjectVersion arn:aws:s3:::shop/b"],
    ),
    (
        "s3",
        "DeleteObject",
        {"Bucket": "shop", "Key": "a", "BypassGovernanceRetention": True},
        ["s3:DeleteObject arn:aws:s3:::shop/a", "s3:BypassGovernanceRetention arn:aws:s3:::shop/a"],
    ),
    (
        "s3",
        "PutObject",
        {"Bucket": "shop", "Key": "a", "ACL": "private", "Tagging": "a=b"},
        [
            "s3:PutObject arn:aws:s3:::shop/a",
            "s3:PutObjectTagging arn:aws:s3:::shop/a",
            "s3:PutObjectAcl arn:aws:s3:::shop/a",
        ],
    ),
    (
        "s3",
        "PutObject",
        {"Bucket": "shop", "Key": "a", "ObjectLockLegalHoldStatus": "ON", "ObjectLockMode": "GOVERNANCE"},
        [
            "s3:PutObject arn:aws:s3:::shop/a",
            "s3:PutObjectRetention arn:aws:s3:::shop/a",
            "s3:PutObjectLegalHold arn:aws:s3:::shop/a",
        ],
    ),
    (
        "s3",
        "CopyObject",
        {"Bucket": "shop", "Key": "a", "CopySource": {"Bucket": "from", "Key": "x y", "VersionId": "2"}},
        ["s3:GetObjectVersion arn:aws:s3:::from/x y", "s3:PutObject arn:aws:s3:::shop/a"],
    ),
    (
        "s3",
        "UploadPartCopy",
        {"Bucket": "shop", "Key": "a", "PartNumber": 1, "UploadId": "u", "CopySource": "from/k"},
        ["s3:GetObject arn:aws:s3:::from/k", "s3:PutObject arn:aws:s3:::shop/a"],
    ),
    (
        "s3",
        "CreateBucket",
        {"Bucket": "shop", "ObjectLockEnabledForBucket": True, "ACL": "public-read", "ObjectOwnership": "ObjectWriter"},
        [
            "s3:CreateBucket arn:aws:s3:::shop",
            "s3:PutBucketAcl arn:aws:s3:::shop",
            "s3:PutBucketObjectLockConfiguration arn:aws:s3:::shop",
            "s3:PutBucketVersioning arn:aws:s3:::shop",
            "s3:PutBucketOwnershipControls arn:aws:s3:::shop",
        ],
    ),
    ("s3", "CreateBucket", {"Bucket": "shop", "ACL": "private"}, ["s3:CreateBucket arn:aws:s3:::shop"]),
    (
        "s3",
        "CreateBucket",
        {"Bucket": "shop", "ACL": "private", "GrantRead": "id=a"},
        ["s3:CreateBucket arn:aws:s3:::shop", "s3:PutBucketAcl arn:aws:s3:::shop"],
    ),
    ("s3", "ListBuckets", {}, ["s3:ListAllMyBuckets ?"]),
    ("s3", "HeadBucket", {"Bucket": "shop"}, ["s3:ListBucket arn:aws:s3:::shop"]),
    (
        "s3",
        "PutBucketReplication",
        {"Bucket": "shop", "ReplicationConfiguration": {"Role": _ROLE, "Rules": []}},
        ["s3:PutReplicationConfiguration arn:aws:s3:::shop", f"iam:PassRole {_ROLE}"],
    ),
    (
        "s3",
        "ListObjectsV2",
        {"Bucket": "shop--euc1-az1--x-s3"},
        [f"s3express:CreateSession arn:aws:s3express:{_A}:bucket/shop--euc1-az1--x-s3"],
    ),
    (
        "sqs",
        "SendMessage",
        {"QueueUrl": f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/q", "MessageBody": "m"},
        [f"sqs:SendMessage arn:aws:sqs:{_A}:q"],
    ),
    ("sqs", "CreateQueue", {"QueueName": "q.fifo"}, [f"sqs:CreateQueue arn:aws:sqs:{_A}:q.fifo"]),
    ("sqs", "ListQueues", {}, ["sqs:ListQueues ?"]),
    ("sns", "CreateTopic", {"Name": "t"}, [f"sns:CreateTopic arn:aws:sns:{_A}:t"]),
    ("sns", "Publish", {"TopicArn": f"arn:aws:sns:{_A}:t", "Message": "m"}, [f"sns:Publish arn:aws:sns:{_A}:t"]),
    (
        "sns",
        "Unsubscribe",
        {"SubscriptionArn": f"arn:aws:sns:{_A}:t:{_KEY}"},
        [f"sns:Unsubscribe ~arn:aws:sns:{_A}:t*"],
    ),
    (
        "ssm",
        "ListTagsForResource",
        {"ResourceType": "Parameter", "ResourceId": "/shop/db"},
        [f"ssm:ListTagsForResource arn:aws:ssm:{_A}:parameter/shop/db"],
    ),
    (
        "ssm",
        "AddTagsToResource",
        {"ResourceType": "PatchBaseline", "ResourceId": "pb-1", "Tags": [{"Key": "a", "Value": "b"}]},
        [f"ssm:AddTagsToResource arn:aws:ssm:{_A}:patchbaseline/pb-1"],
    ),
    (
        "ssm",
        "RemoveTagsFromResource",
        {"ResourceType": "Novelty", "ResourceId": "n", "TagKeys": ["a"]},
        ["ssm:RemoveTagsFromResource ?"],
    ),
    (
        "ecs",
        "CreateCluster",
        {"clusterName": "c", "tags": [{"key": "a", "value": "b"}]},
        [f"ecs:CreateCluster arn:aws:ecs:{_A}:cluster/c", f"ecs:TagResource arn:aws:ecs:{_A}:cluster/c"],
    ),
    (
        "eks",
        "CreateCluster",
        {"name": "c", "roleArn": _ROLE, "resourcesVpcConfig": {}, "tags": {"a": "b"}},
        ["eks:CreateCluster ?", f"iam:PassRole {_ROLE}", "eks:TagResource ?"],
    ),
    ("ssm", "DescribeInstancePatches", {"InstanceId": "mi-1"}, ["ssm:DescribeInstancePatches ?"]),
    ("events", "DescribeApiDestination", {"Name": "a"}, ["events:DescribeApiDestination ?"]),
    (
        "dynamodb",
        "ListTagsOfResource",
        {"ResourceArn": f"arn:aws:dynamodb:{_A}:table/t"},
        [f"dynamodb:ListTagsOfResource arn:aws:dynamodb:{_A}:table/t"],
    ),
    ("lambda", "Invoke", {"FunctionName": "f"}, [f"lambda:InvokeFunction arn:aws:lambda:{_A}:function:f"]),
    (
        "lambda",
        "Invoke",
        {"FunctionName": f"arn:aws:lambda:{_A}:function:f"},
        [f"lambda:InvokeFunction arn:aws:lambda:{_A}:function:f"],
    ),
    (
        "lambda",
        "Invoke",
        {"FunctionName": "f", "Qualifier": "live"},
        [f"lambda:InvokeFunction ~arn:aws:lambda:{_A}:function:f*"],
    ),
    (
        "lambda",
        "CreateFunction",
        {"FunctionName": "f", "Role": _ROLE, "Code": {"ZipFile": b"x"}},
        [f"lambda:CreateFunction arn:aws:lambda:{_A}:function:f", f"iam:PassRole {_ROLE}"],
    ),
    ("dynamodb", "CreateTable", {"TableName": "t"}, [f"dynamodb:CreateTable arn:aws:dynamodb:{_A}:table/t"]),
    (
        "dynamodb",
        "BatchGetItem",
        {"RequestItems": {"t": {"Keys": []}, "u": {"Keys": []}}},
        [
            f"dynamodb:BatchGetItem arn:aws:dynamodb:{_A}:table/t",
            f"dynamodb:BatchGetItem arn:aws:dynamodb:{_A}:table/u",
        ],
    ),
    ("dynamodb", "ExecuteStatement", {"Statement": "SELECT * FROM t"}, ["dynamodb:PartiQLSelect ?"]),
    ("dynamodb", "ExecuteStatement", {"Statement": "delete FROM t"}, ["dynamodb:PartiQLDelete ?"]),
    (
        "dynamodb",
        "BatchExecuteStatement",
        {"Statements": [{"Statement": "UPDATE t SET a=1"}, {"Statement": "SELECT * FROM t"}]},
        ["dynamodb:PartiQLSelect ?", "dynamodb:PartiQLUpdate ?"],
    ),
    (
        "dynamodb",
        "ExecuteTransaction",
        {"TransactStatements": [{"Statement": "INSERT INTO t VALUE {}"}]},
        ["dynamodb:PartiQLInsert ?"],
    ),
    (
        "dynamodb",
        "ExecuteStatement",
        {"Statement": "/* */ DROP"},
        [
            "dynamodb:PartiQLDelete ?",
            "dynamodb:PartiQLInsert ?",
            "dynamodb:PartiQLSelect ?",
            "dynamodb:PartiQLUpdate ?",
        ],
    ),
    (
        "iam",
        "CreateRole",
        {"RoleName": "r", "Path": "/app/", "AssumeRolePolicyDocument": "{}"},
        [f"iam:CreateRole arn:aws:iam::{ACCOUNT}:role/app/r"],
    ),
    ("iam", "GetRole", {"RoleName": "r"}, [f"iam:GetRole ~arn:aws:iam::{ACCOUNT}:role/*r"]),
    (
        "iam",
        "AttachRolePolicy",
        {"RoleName": "r", "PolicyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess"},
        [f"iam:AttachRolePolicy ~arn:aws:iam::{ACCOUNT}:role/*r"],
    ),
    (
        "iam",
        "GetPolicy",
        {"PolicyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess"},
        ["iam:GetPolicy arn:aws:iam::aws:policy/ReadOnlyAccess"],
    ),
    ("iam", "ListRoles", {}, ["iam:ListRoles ?"]),
    (
        "iam",
        "UpdateUser",
        {"UserName": "u", "NewUserName": "v"},
        [f"iam:UpdateUser ~arn:aws:iam::{ACCOUNT}:user/*u", f"iam:UpdateUser ~arn:aws:iam::{ACCOUNT}:user/*v"],
    ),
    (
        "iam",
        "UpdateGroup",
        {"GroupName": "g", "NewPath": "/a/"},
        [f"iam:UpdateGroup ~arn:aws:iam::{ACCOUNT}:group/*g", f"iam:UpdateGroup arn:aws:iam::{ACCOUNT}:group/a/g"],
    ),
    ("iam", "UpdateUser", {"UserName": "u"}, [f"iam:UpdateUser ~arn:aws:iam::{ACCOUNT}:user/*u"]),
    (
        "cloudformation",
        "ExecuteChangeSet",
        {"StackName": "s", "ChangeSetName": "c"},
        [f"cloudformation:ExecuteChangeSet ~arn:aws:cloudformation:{_A}:stack/s/*"],
    ),
    (
        "cloudformation",
        "ExecuteChangeSet",
        {"StackName": "s", "ChangeSetName": f"arn:aws:cloudformation:{_A}:changeSet/c/1"},
        ["cloudformation:ExecuteChangeSet ?"],
    ),
    (
        "cloudfront",
        "DeleteRealtimeLogConfig",
        {"Name": "a", "ARN": f"arn:aws:cloudfront::{ACCOUNT}:realtime-log-config/b"},
        [
            f"cloudfront:DeleteRealtimeLogConfig arn:aws:cloudfront::{ACCOUNT}:realtime-log-config/b",
            f"cloudfront:DeleteRealtimeLogConfig arn:aws:cloudfront::{ACCOUNT}:realtime-log-config/a",
        ],
    ),
    ("kms", "Decrypt", {"KeyId": _KEY, "CiphertextBlob": b"x"}, [f"kms:Decrypt arn:aws:kms:{_A}:key/{_KEY}"]),
    ("kms", "Encrypt", {"KeyId": "alias/a", "Plaintext": b"x"}, [f"kms:Encrypt ~arn:aws:kms:{_A}:key/*"]),
    (
        "kms",
        "CreateAlias",
        {"AliasName": "alias/a", "TargetKeyId": _KEY},
        [f"kms:CreateAlias arn:aws:kms:{_A}:alias/a", f"kms:CreateAlias arn:aws:kms:{_A}:key/{_KEY}"],
    ),
    (
        "kms",
        "UpdateAlias",
        {"AliasName": "alias/a", "TargetKeyId": _KEY},
        [
            f"kms:UpdateAlias arn:aws:kms:{_A}:alias/a",
            f"kms:UpdateAlias ~arn:aws:kms:{_A}:key/*",
            f"kms:UpdateAlias arn:aws:kms:{_A}:key/{_KEY}",
        ],
    ),
    (
        "kms",
        "DeleteAlias",
        {"AliasName": "alias/a"},
        [f"kms:DeleteAlias arn:aws:kms:{_A}:alias/a", f"kms:DeleteAlias ~arn:aws:kms:{_A}:key/*"],
    ),
    (
        "secretsmanager",
        "GetSecretValue",
        {"SecretId": "db"},
        [f"secretsmanager:GetSecretValue ~arn:aws:secretsmanager:{_A}:secret:db-??????"],
    ),
    (
        "logs",
        "CreateLogGroup",
        {"logGroupName": "/aws/x"},
        [f"logs:CreateLogGroup ~arn:aws:logs:{_A}:log-group:/aws/x*"],
    ),
    (
        "logs",
        "StartQuery",
        {"logGroupNames": ["a", "b"], "startTime": 1, "endTime": 2, "queryString": "q"},
        [f"logs:StartQuery ~arn:aws:logs:{_A}:log-group:a*", f"logs:StartQuery ~arn:aws:logs:{_A}:log-group:b*"],
    ),
    (
        "logs",
        "GetLogEvents",
        {"logGroupIdentifier": "a", "logStreamName": "s"},
        [f"logs:GetLogEvents ~arn:aws:logs:{_A}:log-group:a*"],
    ),
    (
        "logs",
        "FilterLogEvents",
        {"logGroupIdentifier": f"arn:aws:logs:{_A}:log-group:a"},
        [f"logs:FilterLogEvents ~arn:aws:logs:{_A}:log-group:a*"],
    ),
    ("eks", "DescribeCluster", {"name": "c"}, [f"eks:DescribeCluster arn:aws:eks:{_A}:cluster/c"]),
    (
        "eks",
        "DescribeNodegroup",
        {"clusterName": "c", "nodegroupName": "n"},
        [f"eks:DescribeNodegroup ~arn:aws:eks:{_A}:nodegroup/c/n/*"],
    ),
    (
        "eks",
        "CreateCluster",
        {"name": "c", "roleArn": _ROLE, "resourcesVpcConfig": {}},
        ["eks:CreateCluster ?", f"iam:PassRole {_ROLE}"],
    ),
    ("eks", "ListClusters", {}, ["eks:ListClusters ?"]),
    ("ecr", "CreateRepository", {"repositoryName": "a/b"}, [f"ecr:CreateRepository arn:aws:ecr:{_A}:repository/a/b"]),
    (
        "rds",
        "DescribeDBInstances",
        {"DBInstanceIdentifier": "Main"},
        [f"rds:DescribeDBInstances arn:aws:rds:{_A}:db:main"],
    ),
    ("ec2", "DescribeInstances", {}, ["ec2:DescribeInstances ?"]),
    (
        "ec2",
        "TerminateInstances",
        {"InstanceIds": ["i-1", "i-2"]},
        [
            f"ec2:TerminateInstances arn:aws:ec2:{_A}:instance/i-1",
            f"ec2:TerminateInstances arn:aws:ec2:{_A}:instance/i-2",
        ],
    ),
    (
        "ec2",
        "RunInstances",
        {"ImageId": "ami-1", "MinCount": 1, "MaxCount": 1, "IamInstanceProfile": {"Name": "p"}},
        [f"ec2:RunInstances arn:aws:ec2:{REGION}::image/ami-1", "ec2:RunInstances ?", "iam:PassRole ?"],
    ),
    ("route53", "GetHostedZone", {"Id": "Z1"}, ["route53:GetHostedZone arn:aws:route53:::hostedzone/Z1"]),
    (
        "apigateway",
        "GetStage",
        {"restApiId": "a", "stageName": "s"},
        [f"apigateway:GET arn:aws:apigateway:{REGION}::/restapis/a/stages/s"],
    ),
    ("apigatewayv2", "GetApi", {"ApiId": "a"}, [f"apigateway:GET arn:aws:apigateway:{REGION}::/apis/a"]),
    ("ssm", "GetParameter", {"Name": "/app/db"}, [f"ssm:GetParameter arn:aws:ssm:{_A}:parameter/app/db"]),
    (
        "stepfunctions",
        "CreateStateMachine",
        {"name": "m", "definition": "{}", "roleArn": _ROLE},
        [f"states:CreateStateMachine arn:aws:states:{_A}:stateMachine:m", f"iam:PassRole {_ROLE}"],
    ),
    ("events", "PutRule", {"Name": "r"}, [f"events:PutRule arn:aws:events:{_A}:rule/r"]),
    (
        "events",
        "PutRule",
        {"Name": "r", "EventBusName": f"arn:aws:events:{_A}:event-bus/shop"},
        [f"events:PutRule arn:aws:events:{_A}:rule/shop/r"],
    ),
    (
        "events",
        "PutTargets",
        {"Rule": "r", "EventBusName": "default", "Targets": []},
        [f"events:PutTargets arn:aws:events:{_A}:rule/r"],
    ),
    (
        "dynamodb",
        "ExportTableToPointInTime",
        {"TableArn": _TABLE, "S3Bucket": "shop", "S3Prefix": "out/"},
        [f"dynamodb:ExportTableToPointInTime {_TABLE}", "s3:PutObject ~arn:aws:s3:::shop/out/*"],
    ),
    (
        "lambda",
        "UpdateFunctionCode",
        {"FunctionName": "f", "S3Bucket": "code", "S3Key": "f.zip", "S3ObjectVersion": "1"},
        [
            f"lambda:UpdateFunctionCode arn:aws:lambda:{_A}:function:f",
            "s3:GetObjectVersion arn:aws:s3:::code/f.zip",
        ],
    ),
    (
        "lambda",
        "PublishLayerVersion",
        {"LayerName": "l", "Content": {"S3Bucket": "code-s3alias", "S3Key": "l.zip"}},
        [f"lambda:PublishLayerVersion ~arn:aws:lambda:{REGION}:*:layer:*", "s3:GetObject ?"],
    ),
    (
        "autoscaling",
        "UpdateAutoScalingGroup",
        {"AutoScalingGroupName": "g", "LaunchTemplate": {"LaunchTemplateName": "t"}},
        [
            f"autoscaling:UpdateAutoScalingGroup ~arn:aws:autoscaling:{_A}:autoScalingGroup:*:autoScalingGroupName/g",
            "ec2:RunInstances ?",
        ],
    ),
    ("ecr-public", "GetAuthorizationToken", {}, ["ecr-public:GetAuthorizationToken ?", "sts:GetServiceBearerToken ?"]),
    (
        "efs",
        "DeleteMountTarget",
        {"MountTargetId": "fsmt-1"},
        [
            f"elasticfilesystem:DeleteMountTarget ~arn:aws:elasticfilesystem:{_A}:file-system/*",
            "ec2:DeleteNetworkInterface ?",
        ],
    ),
    (
        "efs",
        "DescribeMountTargetSecurityGroups",
        {"MountTargetId": "fsmt-1"},
        [
            f"elasticfilesystem:DescribeMountTargetSecurityGroups ~arn:aws:elasticfilesystem:{_A}:file-system/*",
            "ec2:DescribeNetworkInterfaceAttribute ?",
        ],
    ),
    (
        "route53",
        "CreateHostedZone",
        {"Name": "n", "CallerReference": "r", "VPC": {"VPCRegion": REGION, "VPCId": "vpc-1"}},
        ["route53:CreateHostedZone ?", "ec2:DescribeVpcs ?"],
    ),
    ("route53", "CreateHostedZone", {"Name": "n", "CallerReference": "r"}, ["route53:CreateHostedZone ?"]),
    (
        "secretsmanager",
        "RotateSecret",
        {"SecretId": "s", "RotationLambdaARN": f"arn:aws:lambda:{_A}:function:turn"},
        [
            f"secretsmanager:RotateSecret ~arn:aws:secretsmanager:{_A}:secret:s-??????",
            f"lambda:InvokeFunction ~arn:aws:lambda:{_A}:function:turn*",
        ],
    ),
    (
        "events",
        "CreateApiDestination",
        {"Name": "d", "ConnectionArn": f"arn:aws:events:{_A}:connection/c/1", "HttpMethod": "GET"},
        [
            f"events:CreateApiDestination arn:aws:events:{_A}:connection/c/1",
            f"events:CreateApiDestination arn:aws:events:{_A}:api-destination/d",
        ],
    ),
    (
        "stepfunctions",
        "StartExecution",
        {"name": "run-1", "stateMachineArn": f"arn:aws:states:{_A}:stateMachine:m"},
        [f"states:StartExecution arn:aws:states:{_A}:stateMachine:m"],
    ),
    (
        "kinesis",
        "StartStreamEncryption",
        {"StreamName": "s", "EncryptionType": "KMS", "KeyId": "alias/a"},
        [f"kinesis:StartStreamEncryption arn:aws:kinesis:{_A}:stream/s", "kinesis:StartStreamEncryption ?"],
    ),
    ("ssm", "GetParameter", {"Name": "/app/db:3"}, [f"ssm:GetParameter arn:aws:ssm:{_A}:parameter/app/db"]),
    (
        "ssm",
        "GetParameters",
        {"Names": ["a:prod", f"arn:aws:ssm:{_A}:parameter/b/c:2"]},
        [
            f"ssm:GetParameters arn:aws:ssm:{_A}:parameter/b/c",
            "ssm:GetParameters ?",
        ],
    ),
    (
        "ssm",
        "GetParameter",
        {"Name": "/aws/reference/secretsmanager/prod/db"},
        [
            f"ssm:GetParameter arn:aws:ssm:{_A}:parameter/aws/reference/secretsmanager/prod/db",
            f"secretsmanager:GetSecretValue ~arn:aws:secretsmanager:{_A}:secret:prod/db-??????",
        ],
    ),
    (
        "autoscaling",
        "DeleteAutoScalingGroup",
        {"AutoScalingGroupName": "g"},
        [f"autoscaling:DeleteAutoScalingGroup ~arn:aws:autoscaling:{_A}:autoScalingGroup:*:autoScalingGroupName/g"],
    ),
    ("sts", "AssumeRole", {"RoleArn": _ROLE, "RoleSessionName": "run"}, [f"sts:AssumeRole {_ROLE}"]),
    ("glue", "GetDatabase", {"Name": "d"}, ["glue:GetDatabase ?"]),
    (
        "lambda",
        "CreateFunction",
        {"FunctionName": "f", "Role": _ROLE, "Code": {"S3Bucket": "code", "S3Key": "f.zip"}},
        [
            f"lambda:CreateFunction arn:aws:lambda:{_A}:function:f",
            "s3:GetObject arn:aws:s3:::code/f.zip",
            f"iam:PassRole {_ROLE}",
        ],
    ),
    (
        "lambda",
        "PublishLayerVersion",
        {"LayerName": "l", "Content": {"S3Bucket": "code", "S3Key": "l.zip", "S3ObjectVersion": "1"}},
        [
            f"lambda:PublishLayerVersion ~arn:aws:lambda:{REGION}:*:layer:*",
            "s3:GetObjectVersion arn:aws:s3:::code/l.zip",
        ],
    ),
    (
        "dynamodb",
        "ImportTable",
        {
            "S3BucketSource": {"S3Bucket": "shop", "S3KeyPrefix": "in/"},
            "InputFormat": "CSV",
            "TableCreationParameters": {"TableName": "t", "AttributeDefinitions": [], "KeySchema": []},
        },
        [f"dynamodb:ImportTable ~arn:aws:dynamodb:{_A}:table/*", "s3:GetObject ~arn:aws:s3:::shop/in/*"],
    ),
    (
        "codeartifact",
        "GetAuthorizationToken",
        {"domain": "d"},
        [
            f"codeartifact:GetAuthorizationToken ~arn:aws:codeartifact:{REGION}:*:domain/*",
            "sts:GetServiceBearerToken ?",
        ],
    ),
    (
        "efs",
        "ModifyMountTargetSecurityGroups",
        {"MountTargetId": "fsmt-1"},
        [
            f"elasticfilesystem:ModifyMountTargetSecurityGroups ~arn:aws:elasticfilesystem:{_A}:file-system/*",
            "ec2:ModifyNetworkInterfaceAttribute ?",
        ],
    ),
    ("lambda", "GetFunction", {"FunctionName": "a b"}, ["lambda:GetFunction ?"]),
    (
        "secretsmanager",
        "GetSecretValue",
        {"SecretId": f"arn:aws:secretsmanager:{_A}:secret:s"},
        [f"secretsmanager:GetSecretValue ~arn:aws:secretsmanager:{_A}:secret:s*"],
    ),
    ("ssm", "AddTagsToResource", {"ResourceType": "Other", "ResourceId": "p"}, ["ssm:AddTagsToResource ?"]),
    (
        "iam",
        "CreatePolicy",
        {"PolicyName": "p", "Path": "/a/", "PolicyDocument": "{}"},
        [f"iam:CreatePolicy arn:aws:iam::{ACCOUNT}:policy/a/p"],
    ),
    (
        "iam",
        "AddRoleToInstanceProfile",
        {"InstanceProfileName": "p", "RoleName": "r"},
        [
            f"iam:AddRoleToInstanceProfile ~arn:aws:iam::{ACCOUNT}:instance-profile/*p",
            f"iam:PassRole ~arn:aws:iam::{ACCOUNT}:role/*r",
        ],
    ),
    (
        "kms",
        "ReEncrypt",
        {"CiphertextBlob": b"x", "SourceKeyId": _KEY, "DestinationKeyId": _KEY},
        ["kms:ReEncryptFrom ?", "kms:ReEncryptTo ?"],
    ),
    (
        "kms",
        "CreateAlias",
        {"AliasName": "a", "TargetKeyId": f"arn:aws:kms:{_A}:key/{_KEY}"},
        ["kms:CreateAlias ?", f"kms:CreateAlias arn:aws:kms:{_A}:key/{_KEY}"],
    ),
]


@pytest.mark.parametrize(
    ("service", "operation", "parameters", "needs"),
    [pytest.param(*each, id=f"{number}-{each[0]}-{each[1]}") for number, each in enumerate(_NEEDS)],
)
def test_a_call_needs(service: str, operation: str, parameters: dict[str, Any], needs: list[str]) -> None:
    assert [shown(each) for each in named(service, operation, parameters).accesses] == needs


@pytest.mark.parametrize(
    ("service", "operation", "parameters", "name"),
    [
        ("lambda", "GetFunction", {"FunctionName": f"arn:aws:lambda:{_A}:function:f*"}, "f*"),
        ("iam", "GetRole", {"RoleName": "r*"}, "r*"),
        ("iam", "UpdateUser", {"UserName": "u", "NewUserName": "v*"}, "v*"),
        ("iam", "UpdateUser", {"UserName": "u", "NewPath": "/a*/"}, "a*"),
        ("kms", "Encrypt", {"KeyId": f"arn:aws:kms:{_A}:key/{_KEY}*", "Plaintext": b"x"}, "2*"),
        ("kms", "CreateAlias", {"AliasName": "alias/a*", "TargetKeyId": _KEY}, "a*"),
        ("kms", "UpdateAlias", {"AliasName": "alias/a", "TargetKeyId": f"arn:aws:kms:{_A}:key/{_KEY}*"}, "2*"),
        ("secretsmanager", "GetSecretValue", {"SecretId": "a*"}, "a*"),
        ("sns", "GetSubscriptionAttributes", {"SubscriptionArn": f"arn:aws:sns:{_A}:t*:1"}, "t*"),
        ("sts", "AssumeRole", {"RoleArn": f"arn:aws:iam::{ACCOUNT}:role/r*", "RoleSessionName": "s"}, "r*"),
        ("ssm", "AddTagsToResource", {"ResourceType": "Parameter", "ResourceId": "/p*", "Tags": []}, "p*"),
        ("logs", "StartQuery", {"logGroupNames": ["a", "b*"], "startTime": 1, "endTime": 2, "queryString": "q"}, "b*"),
        ("dynamodb", "BatchGetItem", {"RequestItems": {"t": {"Keys": []}, "u*": {"Keys": []}}}, "u*"),
    ],
)
def test_a_name_with_a_wildcard_is_in_no_resource(
    service: str, operation: str, parameters: dict[str, Any], name: str
) -> None:
    accesses = named(service, operation, parameters).accesses
    assert accesses
    assert not any(name in (each.resource or "") for each in accesses)


def test_resources_are_written_as_in_policies() -> None:
    assert Access("s3:GetObject", "arn:aws:s3:::b/*?${a}$").resource_in_policy == "arn:aws:s3:::b/${*}${?}${$}{a}$"
    assert Access("s3:GetObject", "arn:aws:s3:::b/${*", is_pattern=True).resource_in_policy == "arn:aws:s3:::b/${$}{*"
    assert [Access("s3:GetObject", each).resource_in_policy for each in (None, "*")] == ["", "*"]


@pytest.mark.parametrize(
    ("service", "operation", "parameters"),
    [
        ("lambda", "Invoke", {"FunctionName": f"arn:aws:lambda:{REGION}:999999999999:function:f"}),
        ("lambda", "Invoke", {"FunctionName": "999999999999:f"}),
        ("lambda", "Invoke", {"FunctionName": f"{REGION}:999999999999:function:f:live"}),
        (
            "secretsmanager",
            "BatchGetSecretValue",
            {"SecretIdList": [f"arn:aws:secretsmanager:{REGION}:999999999999:secret:s"]},
        ),
        ("sns", "Publish", {"TopicArn": f"arn:aws:sns:{REGION}:999999999999:t", "Message": "m"}),
        ("kms", "Decrypt", {"KeyId": f"arn:aws:kms:{REGION}:999999999999:key/{_KEY}", "CiphertextBlob": b"x"}),
        ("eks", "TagResource", {"resourceArn": f"arn:aws:eks:{REGION}:999999999999:cluster/c", "tags": {}}),
        ("iam", "GetPolicy", {"PolicyArn": "arn:aws-cn:iam::123456789012:policy/p"}),
        ("s3", "GetObject", {"Bucket": "shop", "Key": "k", "ExpectedBucketOwner": "999999999999"}),
        ("ecr", "DescribeImages", {"registryId": "999999999999", "repositoryName": "r"}),
        ("glue", "GetTable", {"CatalogId": "999999999999", "DatabaseName": "d", "Name": "t"}),
        ("sqs", "GetQueueUrl", {"QueueName": "q", "QueueOwnerAWSAccountId": "999999999999"}),
        ("events", "PutRule", {"Name": "r", "EventBusName": f"arn:aws:events:{REGION}:999999999999:event-bus/shop"}),
        ("backup", "DescribeBackupVault", {"BackupVaultName": "v", "BackupVaultAccountId": "999999999999"}),
        ("cloudtrail", "GetQueryResults", {"QueryId": "q", "EventDataStoreOwnerAccountId": "999999999999"}),
        (
            "dynamodb",
            "ExportTableToPointInTime",
            {"TableArn": _TABLE, "S3Bucket": "b", "S3BucketOwner": "9" * 12},
        ),
        ("glue", "StartColumnStatisticsTaskRun", {"DatabaseName": "d", "TableName": "t", "CatalogID": "999999999999"}),
        ("redshift", "RestoreFromClusterSnapshot", {"ClusterIdentifier": "c", "OwnerAccount": "999999999999"}),
        ("lakeformation", "GetDataLakeSettings", {"CatalogId": "9" * 12}),
        (
            "s3control",
            "CreateAccessPoint",
            {"AccountId": ACCOUNT, "Name": "a", "Bucket": "b", "BucketAccountId": "9" * 12},
        ),
        ("apigatewayv2", "GetPortalProduct", {"PortalProductId": "p", "ResourceOwnerAccountId": "9" * 12}),
        *(
            ("lakeformation", "GrantPermissions", {**_GRANTED, "Resource": {kind: {name: catalog, **more}}})
            for kind, name, more in (
                ("Table", "CatalogId", {"DatabaseName": "d", "Name": "t"}),
                ("TableWithColumns", "CatalogId", {"DatabaseName": "d", "Name": "t"}),
                ("Database", "CatalogId", {"Name": "d"}),
                ("DataLocation", "CatalogId", {"ResourceArn": "arn:aws:s3:::shop"}),
                ("DataCellsFilter", "TableCatalogId", {"DatabaseName": "d", "TableName": "t", "Name": "f"}),
                ("LFTag", "CatalogId", {"TagKey": "k", "TagValues": ["v"]}),
            )
            for catalog in ("9" * 12, f"{'9' * 12}:shop")
        ),
        (
            "lakeformation",
            "BatchGrantPermissions",
            {"Entries": [{"Id": "1", **_GRANTED, "Resource": {"Database": {"CatalogId": "9" * 12, "Name": "d"}}}]},
        ),
        ("lakeformation", "ListDataCellsFilter", {"Table": {"CatalogId": "9" * 12, "DatabaseName": "d", "Name": "t"}}),
        (
            "glue",
            "StartDataQualityRuleRecommendationRun",
            {
                "DataSource": {"GlueTable": {"CatalogId": "9" * 12, "DatabaseName": "d", "TableName": "t"}},
                "Role": _ROLE,
            },
        ),
        (
            "glue",
            "BatchGetTableOptimizer",
            {
                "Entries": [
                    {"catalogId": "9" * 12, "databaseName": "d", "tableName": "t", "type": "compaction"},
                ]
            },
        ),
        (
            "glue",
            "CreateDataQualityRuleset",
            {
                "Name": "r",
                "Ruleset": "x",
                "TargetTable": {"CatalogId": "9" * 12, "DatabaseName": "d", "TableName": "t"},
            },
        ),
        (
            "dynamodb",
            "ImportTable",
            {
                "S3BucketSource": {"S3BucketOwner": "9" * 12, "S3Bucket": "b"},
                "InputFormat": "CSV",
                "TableCreationParameters": {
                    "TableName": "t",
                    "AttributeDefinitions": [{"AttributeName": "a", "AttributeType": "S"}],
                    "KeySchema": [{"AttributeName": "a", "KeyType": "HASH"}],
                },
            },
        ),
        (
            "s3control",
            "CreateMultiRegionAccessPoint",
            {
                "AccountId": ACCOUNT,
                "ClientToken": "c",
                "Details": {"Name": "a", "Regions": [{"Bucket": "b", "BucketAccountId": "9" * 12}]},
            },
        ),
    ],
)
def test_a_resource_of_another_account_or_partition_is_refused(
    service: str, operation: str, parameters: dict[str, Any]
) -> None:
    found = name_call(caught(service, operation, parameters), HOSTS)
    assert isinstance(found, RefusedCall)
    assert found.reason is RefusalReason.ACCOUNT


@pytest.mark.parametrize(
    ("service", "operation", "parameters"),
    [
        (
            "lambda",
            "UpdateFunctionConfiguration",
            {"FunctionName": "f", "Layers": [f"arn:aws:lambda:{REGION}:999999999999:layer:l:1"]},
        ),
        (
            "events",
            "PutTargets",
            {"Rule": "r", "Targets": [{"Id": "1", "Arn": f"arn:aws:events:{REGION}:999999999999:event-bus/central"}]},
        ),
        *(
            (
                "lakeformation",
                "GrantPermissions",
                {**_GRANTED, "Resource": {"Table": {"CatalogId": own, "DatabaseName": "d", "TableWildcard": {}}}},
            )
            for own in (ACCOUNT, f"{ACCOUNT}:s3tablescatalog/shop")
        ),
        (
            "glue",
            "CreateTable",
            {
                "CatalogId": ACCOUNT,
                "DatabaseName": "d",
                "TableInput": {
                    "Name": "t",
                    "TargetTable": {"CatalogId": "9" * 12, "DatabaseName": "theirs", "Name": "t"},
                    "Parameters": {"CatalogId": "a word of the caller"},
                },
            },
        ),
    ],
)
def test_a_resource_of_another_account_that_the_call_is_not_on_passes(
    service: str, operation: str, parameters: dict[str, Any]
) -> None:
    assert isinstance(name_call(caught(service, operation, parameters), HOSTS), Call)


def test_the_account_in_the_header_of_s3_control_is_the_grants() -> None:
    request = caught("s3control", "GetPublicAccessBlock", {"AccountId": ACCOUNT})
    assert isinstance(name_call(request, HOSTS), Call)
    changed = [(name, "999999999999" if name == "x-amz-account-id" else value) for name, value in request.headers]
    found = name_call(replace(request, headers=tuple(changed)), HOSTS)
    assert isinstance(found, RefusedCall)
    assert found.reason is RefusalReason.ACCOUNT


def test_a_role_in_a_member_that_the_model_does_not_know_is_passed_too() -> None:
    request = caught("eks", "CreateCluster", {"name": "c", "roleArn": _ROLE, "resourcesVpcConfig": {}})
    body = json.dumps({**json.loads(request.body or b""), "newRoleArn": f"{_ROLE}-2"}).encode()
    headers = [(name, str(len(body)) if name == "content-length" else value) for name, value in request.headers]
    found = name_call(replace(request, body=body, headers=tuple(headers)), HOSTS)
    assert isinstance(found, Call)
    assert [each.resource for each in found.accesses if each.action == "iam:PassRole"] == [_ROLE, f"{_ROLE}-2"]
