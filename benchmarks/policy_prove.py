"""Proofs of containment: pairs of AWS managed policies, a platform's policy in its contract, and patterns against z3.

Goals on one core: no unknown verdict, a median under 50 ms and a maximum under 5 s per pair; the platform's policy
within its contract in under 1 s. The managed policies are those that moto ships; without moto, similar policies are
generated from the catalog. The catalog is loaded beforehand.
"""

from __future__ import annotations

import importlib
import json
import statistics
import time
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from leastway.policy import PolicyError, PolicyKind, parse_policy
from leastway.policy.catalog import Catalog, load_catalog
from leastway.policy.evaluate import PolicySet
from leastway.policy.prove import compare
from leastway.policy.prove.texts.automaton import Automaton
from leastway.policy.prove.texts.words import find_word
from leastway.policy.wildcards import Wildcard, tokens_of

Json = dict[str, Any]
Pair = tuple[PolicySet, PolicySet]
ADDRESSES = ["34.159.97.57/32", "35.198.74.96/32", "34.141.77.162/32", "34.89.188.214/32"]


def main() -> None:
    """Print verdicts and times for each family of pairs."""
    catalog = load_catalog()
    for service in catalog.services():
        for action in catalog.actions(service):
            catalog.resource_types(action)
    source, policies = _policies(catalog)
    print(f"{len(policies)} policies {source}")
    print(f"{'':<44}{'pairs':>6}{'proved':>8}{'refuted':>9}{'unknown':>9}{'median':>11}{'99 %':>11}{'maximum':>11}")
    for family, pairs in _families(policies).items():
        _report(family, pairs, catalog)
    print("(goals: no unknown, median under 50 ms, maximum under 5 s)")
    _report("the platform's policy in its contract", [_platform()] * 20, catalog)
    print("(goal: under 1 s)")
    _print_against_z3()


def _report(family: str, pairs: list[Pair], catalog: Catalog) -> None:
    verdicts: Counter[str] = Counter()
    times = []
    for new, old in pairs:
        start = time.perf_counter()
        verdict = compare(new, old, catalog=catalog)
        times.append(time.perf_counter() - start)
        verdicts[type(verdict).__name__] += 1
    times.sort()
    counts = f"{verdicts['Proved']:>8,}{verdicts['Refuted']:>9,}{verdicts['Unknown']:>9,}"
    milliseconds = [1000 * found for found in (statistics.median(times), times[len(times) * 99 // 100], times[-1])]
    print(f"{family:<44}{len(pairs):>6,}{counts}" + "".join(f"{found:>8.1f} ms" for found in milliseconds))


def _families(policies: dict[str, PolicySet]) -> dict[str, list[Pair]]:
    widest, reading = policies["AdministratorAccess"], policies["ReadOnlyAccess"]
    others = {name: found for name, found in policies.items() if found not in (widest, reading)}
    readers = {name: found for name, found in others.items() if "ReadOnly" in name}
    full = {name: others.get(name.replace("ReadOnly", "Full")) for name in readers}
    older = {name: others.get(name.removesuffix("V2")) for name in others if name.endswith("V2")}
    return {
        "each within itself": [(found, found) for found in others.values()],
        "each within AdministratorAccess": [(found, widest) for found in others.values()],
        "each within ReadOnlyAccess": [(found, reading) for found in others.values()],
        "each within all of its services": [(found, _service_wide(found)) for found in others.values()],
        "read-only within full access": [(readers[name], found) for name, found in full.items() if found],
        "full within read-only access": [(found, readers[name]) for name, found in full.items() if found],
        "an older version within its newer one": [(found, others[name]) for name, found in older.items() if found],
        "a newer version within its older one": [(others[name], found) for name, found in older.items() if found],
    }


def _policies(catalog: Catalog) -> tuple[str, dict[str, PolicySet]]:
    try:
        data = importlib.import_module("moto.iam.aws_managed_policies").aws_managed_policies_data
    except ImportError:
        return "generated from the catalog (moto is not installed)", dict(_own(catalog))
    found = {}
    for name, policy in json.loads(data).items():
        try:
            found[name] = _set(policy["Document"])
        except PolicyError:
            continue
    return "of AWS, as shipped by moto", found


def _own(catalog: Catalog) -> Iterator[tuple[str, PolicySet]]:
    """Yield policies of the same kinds: full and read-only access to each service, in two versions."""
    yield "AdministratorAccess", _set(_document(_allow("*")))
    services = sorted(catalog.services())
    yield "ReadOnlyAccess", _set(_document(_allow([f"{name}:{verb}*" for name in services for verb in _READING])))
    for service in services:
        passing = {"StringEquals": {"iam:PassedToService": f"{service}.amazonaws.com"}}
        full = [_allow(f"{service}:*"), _allow("iam:PassRole", f"arn:aws:iam::*:role/{service}-*", passing)]
        names = [action.full_name for action in catalog.actions(service)]
        yield f"{service}FullAccess", _set(_document(*full))
        yield f"{service}ReadOnlyAccess", _set(_document(_allow([f"{service}:{verb}*" for verb in _READING])))
        tagged = {"StringEquals": {"aws:ResourceTag/team": "${aws:PrincipalTag/team}"}}
        yield f"{service}Operator", _set(_document(_allow(names[::2], "*", tagged)))
        yield f"{service}OperatorV2", _set(_document(_allow(names[::2], "*", tagged), _allow(names[:9])))


_READING = ("Describe", "Get", "List")


def _allow(action: Any, resource: Any = "*", condition: Json | None = None) -> Json:
    statement = {"Effect": "Allow", "Action": action, "Resource": resource}
    return {**statement, "Condition": condition} if condition else statement


def _document(*statements: Json) -> Json:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def _set(document: Json) -> PolicySet:
    return PolicySet(identity=(parse_policy(document, kind=PolicyKind.IDENTITY),))


def _service_wide(policies: PolicySet) -> PolicySet:
    statements = policies.identity[0].statements
    actions = [action for statement in statements for action in statement.actions or ("*",)]
    return _set(_document(_allow(sorted({f"{action.partition(':')[0]}:*" for action in actions}))))


def _platform() -> Pair:
    clusters = ["eks:DescribeNodegroup", "eks:ListNodegroups", "eks:AccessKubernetesApi", "eks:DescribeCluster"]
    elsewhere = {"NotIpAddress": {"aws:SourceIp": ADDRESSES}, "Bool": {"aws:ViaAWSService": "false"}}
    outside = {**_allow("*", "*", elsewhere), "Effect": "Deny"}
    roles = _allow("sts:AssumeRole", "arn:aws:iam::*:role/humanitec*")
    liked = _allow([*clusters, "eks:ListClusters"], "*", {"StringLike": {"aws:ResourceTag/Humanitec": "true"}})
    meant = _allow(clusters, "arn:*:eks:*", {"StringEquals": {"aws:ResourceTag/Humanitec": "true"}})
    return _set(_document(liked, roles, outside)), _set(_document(meant, roles, outside))


def _print_against_z3() -> None:
    print(f"\n{'a word in one pattern and in no other':<44}{'leastway':>12}{'z3':>12}{'ratio':>9}")
    for title, inside, outside in _word_questions():
        mine = _best(partial(_by_automaton, inside, outside))
        try:
            theirs = _best(partial(_by_z3, inside, outside), rounds=2)
        except ImportError:
            print(f"{title:<44}{mine * 1000:>9.2f} ms{'skipped: no z3 installed':>28}")
            continue
        print(f"{title:<44}{mine * 1000:>9.2f} ms{theirs * 1000:>9.0f} ms{theirs / mine:>8.0f}x")


def _word_questions() -> list[tuple[str, str, list[str]]]:
    buckets = [f"arn:aws:s3:::team-{number}-*/data/*" for number in range(30)]
    overlapping = [f"*{one}*{other}*" for one in "abcdef" for other in "ghijklmnop"]
    return [
        ("30 ARNs, one exists", "arn:aws:s3:::*", buckets),
        ("30 ARNs, none exists", "arn:aws:s3:::team-29-x/data/*", buckets),
        ("60 overlapping patterns, one exists", "arn:aws:s3:::*", overlapping),
        ("60 overlapping patterns, none exists", "*a*g*c*", overlapping),
    ]


def _best(run: Callable[[], object], rounds: int = 5) -> float:
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return min(times)


def _by_automaton(inside: str, outside: list[str]) -> bool:
    one = Automaton.of([tokens_of(inside)])
    return find_word([one], [Automaton.of(map(tokens_of, outside))]) is not None


def _by_z3(inside: str, outside: list[str]) -> bool:
    z3 = importlib.import_module("z3")
    any_one = z3.AllChar(z3.ReSort(z3.StringSort()))

    def expression(pattern: str) -> Any:
        parts = [z3.Star(any_one) if part is Wildcard.STAR else z3.Re(part) for part in tokens_of(pattern)]
        return z3.Concat(z3.Re(""), *parts)

    solver = z3.Solver()
    others = z3.Complement(z3.Union(*map(expression, outside)))
    solver.add(z3.InRe(z3.String("word"), z3.Intersect(expression(inside), others)))
    return bool(solver.check() == z3.sat)
