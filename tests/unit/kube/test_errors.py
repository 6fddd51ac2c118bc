import pytest

from leastway.errors import LeastwayError
from leastway.kube.errors import (
    AdmissionError,
    ConflictError,
    ForbiddenError,
    InvalidError,
    NotFoundError,
    UnavailableError,
    refusal,
)
from leastway.ports import AlreadyThereError, CredentialsRejectedError, UnreadableAnswerError

DENIED = (
    'roles.rbac.authorization.k8s.io "x" is forbidden: User "jane" cannot create resource "roles" in API group '
    '"rbac.authorization.k8s.io" in the namespace "shop"'
)
EVERYWHERE = (
    'configmaps is forbidden: User "jane" cannot list resource "configmaps" in API group "" at the cluster scope: '
    "no policy matched"
)
ESCALATION = (
    'roles.rbac.authorization.k8s.io "x" is forbidden: user "jane" (groups=["system:authenticated"]) is attempting to '
    'grant RBAC permissions not currently held:\n{APIGroups:["apps"], Resources:["deployments"], Verbs:["get"]}'
)
ENDING = 'secrets "s" is forbidden: unable to create new content in namespace shop because it is being terminated'
REFUSED_BY_WEBHOOK = 'admission webhook "policy.example" denied the request: user "bob" may not use this image'
REFUSED_BY_POLICY = (
    "deployments.apps \"web\" is forbidden: ValidatingAdmissionPolicy 'replicas' with binding 'shop' denied request: no"
)
SILENT_WEBHOOK = (
    'Internal error occurred: failed calling webhook "policy.example": failed to call webhook: Post '
    '"https://policy.example/validate?timeout=1s": context deadline exceeded'
)
LONG = '{"Env":[{"Name":"A","Value":"}: \\\\ \\"{"}],"Spec":{' + '"Image":"a:2",' * 100 + '"Last":null}}'

CASES: dict[str, tuple[int, dict[str, object], type[LeastwayError], str, str]] = {
    "401": (401, {"message": "Unauthorized"}, CredentialsRejectedError, "does not accept the token", "access entry"),
    "403": (
        403,
        {"message": DENIED},
        ForbiddenError,
        "jane may not create roles.rbac.authorization.k8s.io in the namespace shop",
        "allow create on roles.rbac.authorization.k8s.io in the namespace shop",
    ),
    "403 of the cluster": (
        403,
        {"message": EVERYWHERE},
        ForbiddenError,
        "jane may not list configmaps in the whole cluster",
        "allow list on configmaps in the whole cluster",
    ),
    "403 against escalation": (403, {"message": ESCALATION}, ForbiddenError, "not currently held", "`escalate`"),
    "403 in other words": (403, {"message": 'User "jane" may not'}, ForbiddenError, "may not", "leastway explain"),
    "403 of a quota": (403, {"message": "is forbidden: exceeded quota"}, AdmissionError, "exceeded quota", "who runs"),
    **{
        f"{status} of a webhook": (
            status,
            {"message": REFUSED_BY_WEBHOOK},
            AdmissionError,
            'user "bob" may not',
            "who runs",
        )
        for status in (400, 401, 403, 404, 409, 422)
    },
    "409 of a webhook that says that the object exists": (
        409,
        {"reason": "AlreadyExists", "message": REFUSED_BY_WEBHOOK},
        AdmissionError,
        "denied the request",
        "who runs",
    ),
    "405 of a webhook": (405, {"message": REFUSED_BY_WEBHOOK}, AdmissionError, "denied the request", "who runs"),
    "413 of a webhook": (413, {"message": REFUSED_BY_WEBHOOK}, AdmissionError, "denied the request", "who runs"),
    "418 of a webhook": (418, {"message": REFUSED_BY_WEBHOOK}, AdmissionError, "denied the request", "who runs"),
    "500 of a webhook": (500, {"message": REFUSED_BY_WEBHOOK}, AdmissionError, "denied the request", "who runs"),
    "403 of a namespace that ends": (403, {"message": ENDING}, UnavailableError, "terminated", "end of the namespace"),
    "429 of a webhook": (429, {"message": REFUSED_BY_WEBHOOK}, UnavailableError, "denied the request", "run the same"),
    "422 of a policy": (422, {"message": REFUSED_BY_POLICY}, AdmissionError, "denied request: no", "who runs"),
    "500 of a silent webhook": (
        500,
        {"message": SILENT_WEBHOOK},
        UnavailableError,
        "deadline",
        "webhook policy.example",
    ),
    "413": (413, {"message": "limit is 3145728"}, InvalidError, "the object is too large: limit is", "divide it"),
    "500 of etcd": (500, {"message": "etcdserver: request is too large"}, InvalidError, "is too large", "divide it"),
    "500 on the way to etcd": (
        500,
        {"message": "rpc error: trying to send message larger than max (2901760 vs. 2097152)"},
        InvalidError,
        "the object is too large",
        "divide it",
    ),
    "404": (404, {"message": 'roles "x" not found'}, NotFoundError, 'roles "x" not found', ""),
    "404 of a namespace": (
        404,
        {"message": 'namespaces "shop" not found', "details": {"name": "shop", "kind": "namespaces"}},
        NotFoundError,
        "namespace 'shop' does not exist",
        "leastway does not create namespaces",
    ),
    "409 exists": (409, {"reason": "AlreadyExists", "message": "there"}, AlreadyThereError, "there", "plan again"),
    "409": (409, {"reason": "Conflict", "message": "modified"}, ConflictError, "modified", "run the same command"),
    "422": (422, {"message": "bad"}, InvalidError, "bad", ""),
    "422 of an immutable template": (
        422,
        {"message": f'Job.batch "mig" is invalid: spec.template: Invalid value: {LONG}: field is immutable'},
        InvalidError,
        'Job.batch "mig" is invalid: spec.template: Invalid value: {...}: field is immutable',
        "give the object another name",
    ),
    "422 of several fields, by an older version": (
        422,
        {"message": f"[spec.a: Invalid value: core.A{LONG}: field is immutable, spec.b: Invalid value: {{}}: bad]"},
        InvalidError,
        "[spec.a: Invalid value: {...}: field is immutable, spec.b: Invalid value: {}: bad]",
        "give the object another name",
    ),
    "422 of a selector": (
        422,
        {"message": 'spec.clusterIPs[0]: Invalid value: ["10.0.0.77"]: may not change once set'},
        InvalidError,
        'Invalid value: ["10.0.0.77"]: may not change once set',
        "give the object another name",
    ),
    "422 of a value that does not end": (422, {"message": f"a: Invalid value: {LONG[:-1]}"}, InvalidError, "{...}", ""),
    "429": (429, {}, UnavailableError, "is busy", "run the same command"),
    "302": (302, {}, UnreadableAnswerError, "HTTP 302: a redirect", "a login page"),
    "599": (599, {}, UnavailableError, "answered 599", ""),
    "500": (500, {"message": "oops"}, UnavailableError, "failed: oops", ""),
}


@pytest.mark.parametrize(("status", "answer", "kind", "what", "fix"), CASES.values(), ids=CASES)
def test_each_status_becomes_its_error_with_a_fix(
    status: int, answer: dict[str, object], kind: type[LeastwayError], what: str, fix: str
) -> None:
    error = refusal(status, {"kind": "Status", **answer}, "111122223333/eu-central-1/prod")
    assert type(error) is kind
    assert what in error.what
    assert fix in (error.fix or "")
    assert error.where == "111122223333/eu-central-1/prod"
    assert "\n" not in str(error)


@pytest.mark.parametrize("status", [400, 403, 404, 405, 409, 415, 422])
@pytest.mark.parametrize("answer", [{}, {"message": "not found"}, {"kind": "ConfigMap"}, {"kind": ["Status"]}])
def test_refusals_of_kubernetes_require_a_status_object(status: int, answer: dict[str, object]) -> None:
    """A proxy's 404 page does not make an object absent, and its 403 page does not prove a refusal."""
    error = refusal(status, answer, "a/b/c")
    assert type(error) is UnreadableAnswerError
    assert str(status) in error.what
