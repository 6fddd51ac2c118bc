"""A wider statement matches every request of a narrower one: tested with the evaluator on random ones."""

from hypothesis import given, settings
from hypothesis import strategies as st

from leastway.lint.subsumption import statement_includes
from leastway.policy import PolicyKind, parse_policy
from leastway.policy.evaluate import PolicySet, Request, compile_policies

actions = st.lists(
    st.sampled_from(["s3:Get*", "s3:GetObject", "s3:*", "*", "S3:put*", "sqs:*"]), min_size=1, max_size=3
)
resources = st.lists(
    st.sampled_from(["*", "arn:aws:s3:::a/*", "arn:aws:s3:::a/b", "arn:aws:s3:::*", "arn:aws:sqs:*:*:q"]),
    min_size=1,
    max_size=3,
)
conditions = st.dictionaries(
    st.sampled_from(["StringEquals", "StringNotEquals", "StringLike", "StringEqualsIfExists", "Bool"]),
    st.dictionaries(
        st.sampled_from(["aws:PrincipalTag/x", "aws:principaltag/X", "aws:SourceVpce"]),
        st.lists(st.sampled_from(["a", "b", "a*"]), max_size=2),
        min_size=1,
        max_size=2,
    ),
    max_size=2,
)
statements = st.fixed_dictionaries(
    {"Effect": st.just("Allow"), "Condition": conditions},
    optional={},
).flatmap(
    lambda head: st.one_of(
        st.fixed_dictionaries({"Action": actions, "Resource": resources}),
        st.fixed_dictionaries({"NotAction": actions, "Resource": resources}),
        st.fixed_dictionaries({"Action": actions, "NotResource": resources}),
    ).map(lambda body: {**head, **body})
)
requests = st.builds(
    lambda action, resource, context: Request("arn:aws:iam::111122223333:user/a", action, resource, context=context),
    st.sampled_from(["s3:GetObject", "s3:GetBucketAcl", "s3:PutObject", "sqs:SendMessage", "ec2:RunInstances"]),
    st.sampled_from(["arn:aws:s3:::a/b", "arn:aws:s3:::a/c", "arn:aws:s3:::z", "arn:aws:sqs:eu:111122223333:q", "*"]),
    st.dictionaries(st.sampled_from(["aws:PrincipalTag/x", "aws:SourceVpce"]), st.sampled_from(["a", "b", "ax"])),
)


@settings(max_examples=400)
@given(statements, statements, st.lists(requests, min_size=1, max_size=6))
def test_a_wider_statement_matches_every_request_of_the_narrower_one(
    wide: dict[str, object], narrow: dict[str, object], asked: list[Request]
) -> None:
    documents = [
        parse_policy({"Version": "2012-10-17", "Statement": [one]}, kind=PolicyKind.IDENTITY) for one in (wide, narrow)
    ]
    if not statement_includes(documents[0].statements[0], documents[1].statements[0]):
        return
    wider, narrower = (compile_policies(PolicySet(identity=(document,))) for document in documents)
    for request in asked:
        assert wider.decide(request).allowed or not narrower.decide(request).allowed


@given(statements)
def test_a_statement_includes_itself(statement: dict[str, object]) -> None:
    (parsed,) = parse_policy({"Statement": [statement]}, kind=PolicyKind.IDENTITY).statements
    assert statement_includes(parsed, parsed)
