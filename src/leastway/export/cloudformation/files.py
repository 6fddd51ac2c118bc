"""The files of `cloudformation`: a template for each stack, and a script for objects that no stack can create."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from leastway.estate import EstateObject, ManagedPolicy
from leastway.export.aws_cli import script_of
from leastway.export.cloudformation.parts import Part, parts_of
from leastway.export.cloudformation.template import LARGEST, LARGEST_INLINE, external_id_of, template_of
from leastway.export.cloudformation.template_text import template_text
from leastway.export.exporter import CannotExportError, ExportRequest
from leastway.export.header import header
from leastway.export.regions import console
from leastway.export.yaml_text import comment

__all__ = ["CloudFormation", "rest_of"]


class CloudFormation:
    """A template for each account, and one for each additional region of its clusters."""

    name = "cloudformation"
    makes = "a CloudFormation template for each account, and a script for what CloudFormation cannot do"

    def export(self, request: ExportRequest) -> Mapping[str, str]:
        """Return `111122223333.yaml`, `111122223333-us-east-1.yaml` and `111122223333-rest.sh`."""
        files: dict[str, str] = {}
        for account, objects in request.by_account().items():
            parts, rest = parts_of(account, objects)
            for part in parts:
                files[_file(part)] = _template(request, part)
            files |= rest_of(request, account, objects, rest)
        return files


def rest_of(
    request: ExportRequest, account: str, objects: tuple[EstateObject, ...], rest: tuple[EstateObject, ...]
) -> dict[str, str]:
    """Return the script for objects that no stack of `account` can create, or nothing if there are none."""
    policies = tuple(each for each in objects if isinstance(each, ManagedPolicy))
    if not rest and not policies:
        return {}
    name = f"{account}-rest.sh"
    title = f"what CloudFormation cannot do in the account {account}; to run after its stacks"
    return {name: script_of(request, account, rest, name=name, title=title, unmarked=policies)}


def _file(part: Part) -> str:
    return f"{part.account}.yaml" if part.is_home else f"{part.account}-{part.region}.yaml"


def _template(request: ExportRequest, part: Part) -> str:
    external_id = external_id_of(part)
    template = template_of(
        part,
        request.grant,
        request.role_prefix,
        external_ids={part.account: external_id} if external_id else {},
        with_parameters=True,
    )
    what = "access of the platform to" if part.is_home else f"access entries in {part.region} for"
    title = f"{what} the account {part.account}"
    text = comment([*header(request, title, part.objects), "", *_how(request, part)]) + template_text(template)
    if len(text.encode()) > LARGEST:
        raise CannotExportError(
            f"the template has {len(text.encode()):,} bytes, and CloudFormation allows {LARGEST:,}",
            where=f"{part.account}/{part.region}",
            fix="export as terraform",
        )
    return text


def _how(request: ExportRequest, part: Part) -> Iterator[str]:
    stack, region, file = f"leastway-{request.grant}", part.region, _file(part)
    yield "aws cloudformation deploy --capabilities CAPABILITY_NAMED_IAM \\"
    yield f"  --region {region} --stack-name {stack} --template-file {file}"
    over = f"Above {LARGEST_INLINE:,} bytes, --s3-bucket is required."
    if host := console(region):
        yield f"{over} To deploy it in the console, append the URL of the template in a bucket of yours:"
        page = f"https://{host}/cloudformation/home?region={region}"
        yield f"{page}#/stacks/quickcreate?stackName={stack}&templateURL="
    else:
        yield over
    if not part.is_home:
        yield f"Deploy the stack of {part.account}.yaml first: these entries are for its role."
    yield f"Then run sh {part.account}-rest.sh for what CloudFormation cannot do. `leastway plan` shows what is left."
