"""Subjects of OpenID Connect tokens: which identities of an issuer may come in, and how wide a pattern is.

A profile says how the issuer writes subjects (`repo:{owner}/{repository}:{context}`) and up to which part a grant must
write them out (`repository`). A subject whose wildcard begins before that is too wide: it admits identities that other
people control. AWS compares `sub` with StringEquals, or with StringLike if a subject has wildcards (IAM User Guide,
"Create a role for OpenID Connect federation").
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

from leastway.policy.wildcards import Globs, tokens_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from leastway.primitives import AccountId, Partition

__all__ = ["Oidc", "is_pattern"]

_PART: Final = re.compile(r"\{([a-z_]+)\}")
_WILDCARD: Final = re.compile(r"[*?]")
_OTHER: Final = "another-{}"


@dataclass(frozen=True)
class Oidc:
    """An OpenID Connect issuer whose tokens are exchanged for sessions of roles.

    `subject` is the form of its subjects, with each part as `{name}`; a grant must write them out up to and including
    the part `exact_to`.
    """

    issuer: str
    """`https://` and the host, with a path if it has one; without a slash at the end."""
    audience: str
    subject: str
    exact_to: str

    @property
    def host(self) -> str:
        """The issuer as IAM names it: without `https://`. Condition keys and provider ARNs begin with it."""
        return self.issuer.removeprefix("https://")

    def provider_arn(self, account: AccountId | str, partition: Partition | str) -> str:
        """Return the ARN of the identity provider in an account."""
        return f"arn:{partition}:iam::{account}:oidc-provider/{self.host}"

    @cached_property
    def parts(self) -> tuple[str, ...]:
        """The names of the parts of a subject, in order."""
        return tuple(_PART.findall(self.subject))

    def why_not_of_form(self, subject: str) -> str:
        """Return why no subject of the issuer can match, or an empty string."""
        fixed = self.subject.partition("{")[0]
        start = _WILDCARD.split(subject)[0]
        is_possible = start.startswith(fixed) or (start != subject and fixed.startswith(start))
        if is_possible and (start != subject or self._whole.fullmatch(subject)):
            return ""
        return f"the subjects of {self.host} have the form {self.subject}"

    def too_wide(self, subject: str) -> str:
        """Return a subject of somebody else that the pattern may admit as well; empty if it is written out far enough.

        `repo:acme/*` also admits `repo:acme/another-repository:another-context`.
        """
        start = _WILDCARD.split(subject)[0]
        if start == subject or self._exact.match(start):
            return ""
        return next(self._others(subject, start), "")

    def example(self, subject: str) -> str:
        """Return a subject that the pattern admits: each wildcard is replaced."""
        return subject.replace("*", "leastway-verify").replace("?", "x")

    def stranger(self, subjects: Sequence[str]) -> str:
        """Return a subject of somebody else, which none of `subjects` admits; empty if they admit everybody."""
        found = _PART.sub(lambda part: _OTHER.format(part[1].replace("_", "-")), self.subject)
        is_admitted = Globs.compile([tokens_of(subject) for subject in subjects]).matcher()(found)
        return "" if is_admitted else found

    def _others(self, subject: str, start: str) -> Iterator[str]:
        values = self._begun(start)
        filled = _PART.sub(lambda part: values.get(part[1]) or _OTHER.format(part[1].replace("_", "-")), self.subject)
        if Globs.compile([tokens_of(subject)]).matcher()(filled):
            yield filled
        yield re.sub(r"(?<=\w)\*", "-another", subject).replace("*", "another").replace("?", "x")

    @cached_property
    def _whole(self) -> re.Pattern[str]:
        return re.compile(self._regex(len(self.parts)))

    @cached_property
    def _exact(self) -> re.Pattern[str]:
        """Matches the start of a subject that is written out up to and including `exact_to`, with what follows it."""
        return re.compile(self._regex(self.parts.index(self.exact_to) + 1))

    def _begun(self, start: str) -> Mapping[str, str]:
        """Return the values of the parts that are complete in the start of a subject."""
        texts = _PART.split(self.subject)[::2]
        for count in range(len(self.parts) - 1, 0, -1):
            for length in range(len(texts[count]), 0, -1):
                found = re.fullmatch(self._regex(count, texts[count][:length]), start)
                if found is not None:
                    return found.groupdict()
        return {}

    def _regex(self, count: int, after: str | None = None) -> str:
        """Return the expression of the first `count` parts, and of the text `after` them, up to the next part."""
        pieces = _PART.split(self.subject)  # text, name, text, name, ..., text
        texts, names = pieces[::2], pieces[1::2]
        written = "".join(
            f"{re.escape(text)}(?P<{name}>[^\\s]+?)" for text, name in zip(texts[:count], names[:count], strict=True)
        )
        end = re.escape(texts[count] if after is None else after)
        return written + end + ("(?![^\\s])" if count == len(names) else "")


def is_pattern(subject: str) -> bool:
    """Return whether a subject has wildcards."""
    return _WILDCARD.search(subject) is not None
