import pytest

from leastway.registry import (
    AttributeReference,
    ContextReference,
    OutputReference,
    Placeholder,
    Reference,
    SelectorReference,
    keeps_type,
    parse_placeholders,
)

APP = Placeholder("context.app.id", ContextReference(("app", "id")))


def test_text_is_split_into_literals_and_placeholders() -> None:
    assert parse_placeholders("shop-${context.app.id}-x") == ("shop-", APP, "-x")
    assert parse_placeholders("${context.app.id}${context.app.id}") == (APP, APP)
    assert parse_placeholders("plain") == ("plain",)
    assert parse_placeholders("") == ()


KNOWN = {
    "context.env.type": ContextReference(("env", "type")),
    "context.res['id']": ContextReference(("res", "id")),
    "resources['dns.default#main'].outputs.host": OutputReference("dns.default#main", ("host",)),
    "resources.dns.outputs['a.b'].c": OutputReference("dns", ("a.b", "c")),
    "resources.k8s-namespace#k8s-namespace.outputs.namespace": OutputReference(
        "k8s-namespace#k8s-namespace", ("namespace",)
    ),
    "resources['dns#x'].account": AttributeReference("dns#x", "account"),
    "resources.dns.guresid": AttributeReference("dns", "guresid"),
    "resources.dns<route.outputs.path": SelectorReference("dns", "route", True, ("path",)),
    "resources['workload>aws-policy.public'].outputs.arn": SelectorReference(
        "workload", "aws-policy.public", False, ("arn",)
    ),
}


@pytest.mark.parametrize(("body", "expected"), KNOWN.items())
def test_a_known_placeholder_has_its_reference(body: str, expected: Reference) -> None:
    assert parse_placeholders(f"${{{body}}}") == (Placeholder(body, expected),)


@pytest.mark.parametrize(
    "body",
    [
        "",
        "context",
        "context.app",
        "context.user.id",
        "contxt.app.id",
        "context['app'].id",
        "resources['dns'].host",
        "resources['dns'].outputs",
        "resources[''].outputs.host",
        "resources.dns.account.id",
        "resources.dns<route.account",
        "resources['a<b>c'].outputs.host",
        "resources['<b'].outputs.host",
        " context.app.id ",
        "a${context.app.id",
    ],
)
def test_an_unknown_placeholder_has_no_reference(body: str) -> None:
    assert parse_placeholders(f"${{{body}}}") == (Placeholder(body, None),)


def test_an_escaped_placeholder_is_literal_text() -> None:
    assert parse_placeholders("a $\\{context.app.id} b") == ("a ${context.app.id} b",)


def test_the_escape_of_hcl_is_not_an_escape() -> None:
    assert parse_placeholders("$${context.app.id}") == ("$", APP)


def test_a_placeholder_that_is_not_closed_extends_to_the_end() -> None:
    assert parse_placeholders("a-${context.app.id") == ("a-", Placeholder("context.app.id", None, is_closed=False))


@pytest.mark.parametrize(
    ("text", "keeps"),
    [("${context.app.id}", True), ("x${context.app.id}", False), ("${context.app.id}${context.app.id}", False)],
)
def test_only_a_single_placeholder_keeps_its_type(text: str, keeps: bool) -> None:
    assert keeps_type(parse_placeholders(text)) is keeps


def test_literal_text_keeps_no_type() -> None:
    assert not keeps_type(parse_placeholders("text"))
    assert not keeps_type(parse_placeholders(""))
