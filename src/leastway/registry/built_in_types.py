"""The resource types that every organization has, with the JSON Schemas of what their drivers take and give.

`use` is `direct` for what workloads ask for, `indirect` for what other resources bring along, `implicit` for what each
environment has. Any other type is an organization's own, ORGANIZATION/NAME.
Source: Humanitec's documentation, "Resource types" (2026).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from leastway.registry.resource_type import ResourceType

__all__ = ["BUILT_IN_TYPES"]

_INTEGERS: Final = frozenset({"port"})
_OBJECTS: Final = frozenset(
    {"loadbalancer", "rules", "matchLabels", "manifests", "update", "spec", "tls_secrets", "credentials"}
)


def _members(text: str) -> dict[str, Any]:
    """Return the schema of members: each a word, with `!` at its end if it is required."""
    words = text.split()
    properties = {word.rstrip("!"): _schema(word.rstrip("!")) for word in words}
    found: dict[str, Any] = {"type": "object", "properties": properties}
    required = [word[:-1] for word in words if word.endswith("!")]
    return {**found, "required": required} if required else found


def _schema(name: str) -> dict[str, Any]:
    if name in _INTEGERS:
        return {"type": "integer", "minimum": 0, "maximum": 65535}
    return {} if name in _OBJECTS else {"type": "string"}


def _type(line: str) -> ResourceType:
    identifier, name, category, use, inputs, values, secrets = (part.strip() for part in line.split("|"))
    outputs = {"values": _members(values)} | ({"secrets": _members(secrets)} if secrets else {})
    return ResourceType(identifier, name, use, category, {"values": _members(inputs)}, outputs)


# id | name | category | use | inputs: values | outputs: values | outputs: secrets
_TABLE: Final = """
agent | Agent | humanitec | indirect | | | url!
amqp | AMQP message broker | messaging | direct | | host! port! vhost | username! password!
aws-policy | AWS policy | security | indirect | | arn! |
aws-role | AWS role | security | indirect | policy_arns | arn! |
base-env | Base environment | humanitec | implicit | | |
config | Configuration | humanitec | indirect | | |
dns | DNS | networking | direct | subdomain | host! |
elasticsearch | Elasticsearch | datastore | direct | | host! port! | username password
gcs | Google Cloud Storage bucket | datastore | direct | | name! |
horizontal-pod-autoscaler | Horizontal pod autoscaler | k8s | indirect | | manifests |
ingress | Ingress | networking | indirect | | manifests |
k8s-cluster | Kubernetes cluster | k8s | implicit | | name cluster_type loadbalancer region endpoint | credentials
k8s-namespace | Kubernetes namespace | k8s | implicit | | namespace! |
k8s-service-account | Kubernetes service account | k8s | indirect | | name! manifests |
kafka-topic | Kafka topic | messaging | direct | | host! port! name! | username password
logging | Logging | humanitec | implicit | | | credentials
mariadb | MariaDB database | datastore | direct | | host! port! name! | username! password!
mariadb-instance | MariaDB instance | datastore | indirect | | host! port! | username! password!
mongodb | MongoDB database | datastore | direct | | host! port! name! connection | username! password!
mssql | Microsoft SQL Server database | datastore | direct | | host! port! name! | username! password!
mssql-instance | Microsoft SQL Server instance | datastore | indirect | | host! port! | username! password!
mysql | MySQL database | datastore | direct | | host! port! name! | username! password!
mysql-instance | MySQL instance | datastore | indirect | | host! port! | username! password!
postgres | PostgreSQL database | datastore | direct | | host! port! name! | username! password!
postgres-instance | PostgreSQL instance | datastore | indirect | | host! port! | username! password!
redis | Redis | datastore | direct | | host! port! | username password
route | Route | networking | direct | path host port | id |
s3 | Amazon S3 bucket | datastore | direct | | bucket! region | aws_access_key_id aws_secret_access_key
sns-topic | Amazon SNS topic | messaging | direct | | arn! region | aws_access_key_id aws_secret_access_key
sqs | Amazon SQS queue | messaging | direct | | url! arn region | aws_access_key_id aws_secret_access_key
tls-cert | TLS certificate | security | indirect | | tls_secret_name |
volume | Volume | datastore | direct | | manifests |
workload | Workload | humanitec | direct | | update manifests |
"""

BUILT_IN_TYPES: Final[Mapping[str, ResourceType]] = {each.id: each for each in map(_type, _TABLE.strip().splitlines())}
