"""The known ways to escalate privileges to all permissions of an account, or to those of another principal.

Each way is a set of actions that suffice together. With `passed_to`, a role is passed to that service, and only the
passing must work with any role; without, every step must work with any resource.

Sources, given by `source`: Rhino Security Labs, "AWS IAM Privilege Escalation - Methods and Mitigation" (2018); the
catalog pathfinding.cloud, by its numbers (December 2025); AWS's pages by name.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["ESCALATIONS", "Escalation"]


@dataclass(frozen=True, slots=True)
class Escalation:
    """One way to escalate: what it does (completes "by ..."), its actions, and its source."""

    gain: str
    steps: tuple[str, ...]
    source: str
    passed_to: str | None = None


_RHINO = "Rhino Security Labs 2018"

_BY_IAM = (
    Escalation("writing a new version of a policy", ("iam:CreatePolicyVersion",), "iam-001"),
    Escalation("restoring a wider version of a policy", ("iam:SetDefaultPolicyVersion",), _RHINO),
    Escalation("creating access keys for other users", ("iam:CreateAccessKey",), "iam-002"),
    Escalation("creating passwords for other users", ("iam:CreateLoginProfile",), "iam-004"),
    Escalation("changing the passwords of other users", ("iam:UpdateLoginProfile",), "iam-006"),
    Escalation("writing inline policies of roles", ("iam:PutRolePolicy",), "iam-005"),
    Escalation("writing inline policies of users", ("iam:PutUserPolicy",), "iam-007"),
    Escalation("writing inline policies of groups", ("iam:PutGroupPolicy",), "iam-011"),
    Escalation("attaching any policy to users", ("iam:AttachUserPolicy",), "iam-008"),
    Escalation("attaching any policy to roles", ("iam:AttachRolePolicy",), "iam-009"),
    Escalation("attaching any policy to groups", ("iam:AttachGroupPolicy",), "iam-010"),
    Escalation("changing who can assume a role", ("iam:UpdateAssumeRolePolicy",), "iam-012"),
    Escalation("joining any group", ("iam:AddUserToGroup",), "iam-013"),
    Escalation(
        "removing the permissions boundary of users",
        ("iam:DeleteUserPermissionsBoundary",),
        'IAM User Guide, "Permissions boundaries for IAM entities"',
    ),
    Escalation(
        "removing the permissions boundary of roles",
        ("iam:DeleteRolePermissionsBoundary",),
        'IAM User Guide, "Permissions boundaries for IAM entities"',
    ),
    Escalation(
        "replacing the key of a SAML provider, and signing in as anyone",
        ("iam:UpdateSAMLProvider",),
        'IAM User Guide, "Create a SAML identity provider in IAM"',
    ),
    Escalation("assuming any role that trusts the account", ("sts:AssumeRole",), "sts-001"),
)

_BY_WHAT_RUNS = (
    Escalation("changing the code of any function", ("lambda:UpdateFunctionCode",), "lambda-003"),
    Escalation("adding a layer to any function", ("lambda:UpdateFunctionConfiguration",), _RHINO),
    Escalation("running commands on any instance", ("ssm:SendCommand",), "ssm-002"),
    Escalation("opening a shell on any instance", ("ssm:StartSession",), "ssm-001"),
    Escalation("logging in to any instance", ("ec2-instance-connect:SendSSHPublicKey",), "ec2instanceconnect-003"),
    Escalation(
        "changing what an instance runs when it starts",
        ("ec2:ModifyInstanceAttribute", "ec2:StopInstances", "ec2:StartInstances"),
        "ec2-002",
    ),
    Escalation(
        "changing what new instances run",
        ("ec2:CreateLaunchTemplateVersion", "ec2:ModifyLaunchTemplate"),
        "ec2-004",
    ),
    Escalation("updating any stack with the stack's role", ("cloudformation:UpdateStack",), "cloudformation-002"),
    Escalation(
        "updating any stack with the stack's role, by a change set",
        ("cloudformation:CreateChangeSet", "cloudformation:ExecuteChangeSet"),
        "cloudformation-005",
    ),
    Escalation("running build commands with any project's role", ("codebuild:StartBuild",), "codebuild-002"),
    Escalation(
        "running build commands in a batch with any project's role", ("codebuild:StartBuildBatch",), "codebuild-003"
    ),
    Escalation("logging in to a Glue endpoint", ("glue:UpdateDevEndpoint",), "glue-002"),
    Escalation(
        "opening any notebook with its role", ("sagemaker:CreatePresignedNotebookInstanceUrl",), "sagemaker-004"
    ),
    Escalation("deploying another image with a service's role", ("apprunner:UpdateService",), "apprunner-002"),
    Escalation(
        "running code in any interpreter with its role",
        ("bedrock-agentcore:StartCodeInterpreterSession", "bedrock-agentcore:InvokeCodeInterpreter"),
        "bedrock-002",
    ),
    Escalation(
        "becoming administrator of any cluster",
        ("eks:CreateAccessEntry", "eks:AssociateAccessPolicy"),
        'Amazon EKS User Guide, "Grant IAM users access to Kubernetes with EKS access entries"',
    ),
    Escalation(
        "widening any permission set of IAM Identity Center",
        ("sso:AttachManagedPolicyToPermissionSet",),
        'IAM Identity Center API Reference, "AttachManagedPolicyToPermissionSet"',
    ),
    Escalation(
        "writing the policy of any permission set of IAM Identity Center",
        ("sso:PutInlinePolicyToPermissionSet",),
        'IAM Identity Center API Reference, "PutInlinePolicyToPermissionSet"',
    ),
)


def _passing(gain: str, steps: tuple[str, ...], source: str, passed_to: str) -> Escalation:
    return Escalation(gain, ("iam:PassRole", *steps), source, passed_to)


_BY_PASSING = (
    _passing("starting an instance with any role", ("ec2:RunInstances",), "ec2-001", "ec2.amazonaws.com"),
    _passing("requesting a spot instance with any role", ("ec2:RequestSpotInstances",), "ec2-003", "ec2.amazonaws.com"),
    _passing(
        "attaching any role to an instance",
        ("ec2:AssociateIamInstanceProfile",),
        'Amazon EC2 User Guide, "IAM roles for Amazon EC2"',
        "ec2.amazonaws.com",
    ),
    _passing(
        "invoking a new function with any role",
        ("lambda:CreateFunction", "lambda:InvokeFunction"),
        "lambda-001",
        "lambda.amazonaws.com",
    ),
    _passing(
        "triggering a new function with any role",
        ("lambda:CreateFunction", "lambda:CreateEventSourceMapping"),
        "lambda-002",
        "lambda.amazonaws.com",
    ),
    _passing(
        "letting others invoke a new function with any role",
        ("lambda:CreateFunction", "lambda:AddPermission"),
        "lambda-006",
        "lambda.amazonaws.com",
    ),
    _passing(
        "running a task with any role",
        ("ecs:RegisterTaskDefinition", "ecs:RunTask"),
        "ecs-004",
        "ecs-tasks.amazonaws.com",
    ),
    _passing(
        "running a service with any role",
        ("ecs:RegisterTaskDefinition", "ecs:CreateService"),
        "ecs-003",
        "ecs-tasks.amazonaws.com",
    ),
    _passing(
        "starting a task with any role",
        ("ecs:RegisterTaskDefinition", "ecs:StartTask"),
        "ecs-005",
        "ecs-tasks.amazonaws.com",
    ),
    _passing(
        "creating a stack with any role",
        ("cloudformation:CreateStack",),
        "cloudformation-001",
        "cloudformation.amazonaws.com",
    ),
    _passing(
        "creating a stack set with any role",
        ("cloudformation:CreateStackSet", "cloudformation:CreateStackInstances"),
        "cloudformation-003",
        "cloudformation.amazonaws.com",
    ),
    _passing(
        "updating a stack set with any role",
        ("cloudformation:UpdateStackSet",),
        "cloudformation-004",
        "cloudformation.amazonaws.com",
    ),
    _passing(
        "running a build with any role",
        ("codebuild:CreateProject", "codebuild:StartBuild"),
        "codebuild-001",
        "codebuild.amazonaws.com",
    ),
    _passing("logging in to an endpoint with any role", ("glue:CreateDevEndpoint",), "glue-001", "glue.amazonaws.com"),
    _passing("running a job with any role", ("glue:CreateJob", "glue:StartJobRun"), "glue-003", "glue.amazonaws.com"),
    _passing(
        "triggering a job with any role", ("glue:CreateJob", "glue:CreateTrigger"), "glue-004", "glue.amazonaws.com"
    ),
    _passing("updating a job with any role", ("glue:UpdateJob", "glue:StartJobRun"), "glue-005", "glue.amazonaws.com"),
    _passing(
        "opening a notebook with any role",
        ("sagemaker:CreateNotebookInstance",),
        "sagemaker-001",
        "sagemaker.amazonaws.com",
    ),
    _passing(
        "running a training job with any role",
        ("sagemaker:CreateTrainingJob",),
        "sagemaker-002",
        "sagemaker.amazonaws.com",
    ),
    _passing(
        "running a processing job with any role",
        ("sagemaker:CreateProcessingJob",),
        "sagemaker-003",
        "sagemaker.amazonaws.com",
    ),
    _passing(
        "deploying an image with any role",
        ("apprunner:CreateService",),
        "apprunner-001",
        "tasks.apprunner.amazonaws.com",
    ),
    _passing(
        "running a pipeline with any role",
        ("datapipeline:CreatePipeline", "datapipeline:PutPipelineDefinition", "datapipeline:ActivatePipeline"),
        "datapipeline-001",
        "datapipeline.amazonaws.com",
    ),
    _passing(
        "running code in an interpreter with any role",
        (
            "bedrock-agentcore:CreateCodeInterpreter",
            "bedrock-agentcore:StartCodeInterpreterSession",
            "bedrock-agentcore:InvokeCodeInterpreter",
        ),
        "bedrock-001",
        "bedrock-agentcore.amazonaws.com",
    ),
    _passing(
        "calling AWS APIs from a state machine with any role",
        ("states:CreateStateMachine", "states:StartExecution"),
        'AWS Step Functions Developer Guide, "Integrating services"',
        "states.amazonaws.com",
    ),
    _passing(
        "calling AWS APIs from a schedule with any role",
        ("scheduler:CreateSchedule",),
        'EventBridge Scheduler User Guide, "Using universal targets"',
        "scheduler.amazonaws.com",
    ),
)

ESCALATIONS = (*_BY_IAM, *_BY_WHAT_RUNS, *_BY_PASSING)
"""All known ways."""
