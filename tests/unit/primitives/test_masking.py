from __future__ import annotations

import base64
import json
import random
import sys
import threading
import time
import urllib.parse
from collections.abc import Callable
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leastway.primitives import MASK, Masker, Secret, go_quoted

SECRET = 'p"<s>&w/+ör d\\x'
CHARACTERS = st.sampled_from('ab"\\<&/+ =%é\u2028\U0001f511\n\x01')
SECRETS = st.text(CHARACTERS, min_size=8, max_size=24)


def go_json(text: str) -> str:
    written = json.dumps(text, ensure_ascii=False)
    for character in "<>&\u2028\u2029":
        written = written.replace(character, f"\\u{ord(character):04x}")
    return written


def base64_after(before: int, text: str) -> str:
    return base64.b64encode(b"x" * before + text.encode() + b"y").decode()


FORMS: dict[str, Callable[[str], str]] = {
    "exact": lambda text: text,
    "json": json.dumps,
    "json in utf-8": lambda text: json.dumps(text, ensure_ascii=False),
    "json of go": go_json,
    "quoted by go": go_quoted,
    "json in json": lambda text: json.dumps({"a": json.dumps({"b": text})}),
    "json of go in json of go": lambda text: go_json(go_json(text)),
    "hex": lambda text: text.encode().hex(),
    "HEX": lambda text: text.encode().hex().upper(),
    "url": lambda text: urllib.parse.quote(text, safe=""),
    "form": urllib.parse.quote_plus,
    "path": urllib.parse.quote,
    "base64 url": lambda text: base64.urlsafe_b64encode(text.encode()).decode(),
    **{f"base64 at {before}": partial(base64_after, before) for before in range(4)},
}


@pytest.mark.parametrize("form", FORMS)
def test_a_secret_is_masked_in_every_documented_form(form: str) -> None:
    written = FORMS[form](SECRET)
    masked = Masker([Secret(SECRET)]).text(f"before {written} after")
    assert MASK in masked
    assert masked.startswith("before ")
    assert masked.endswith(" after")
    left = masked.removeprefix("before ").removesuffix(" after").replace(MASK, "")
    assert len(left) <= 8 or "b" in left, left  # quotes, and characters of base64 that also hold neighbouring bits
    assert "p" not in left or form == "json in json"


@given(SECRETS, st.sampled_from(sorted(FORMS)), st.text(CHARACTERS, max_size=9), st.text(CHARACTERS, max_size=9))
def test_no_form_of_a_secret_is_left_between_other_texts(secret: str, form: str, before: str, after: str) -> None:
    text = before + FORMS[form](secret) + after
    masked = Masker([secret]).text(text)
    assert MASK in masked
    for each in ("exact", "json", "hex", "url"):
        assert FORMS[each](secret) not in masked


@given(
    st.lists(SECRETS, min_size=1, max_size=4),
    st.lists(st.sampled_from(["x", "\n", "secret 0", "secret 1", "half 0", "half 1", "overlap"]), max_size=12),
    st.integers(0, 2**32),
)
def test_chunks_make_no_difference(secrets: list[str], parts: list[str], seed: int) -> None:
    first, second = secrets[0], secrets[-1]
    meaning = {
        "secret 0": first,
        "secret 1": second,
        "half 0": first[:5],
        "half 1": second[:7],
        "overlap": first + second[3:],
    }
    data = "".join(meaning.get(part, part) for part in parts).encode()
    masker, cut = Masker(secrets), random.Random(seed)
    stream, passed, at = masker.stream(), b"", 0
    while at < len(data):
        size = cut.choice((1, 1, 2, 7, 30))
        passed += stream.feed(data[at : at + size])
        at += size
    passed += stream.end()
    assert passed == masker.data(data)
    assert first.encode() not in passed


def test_what_cannot_begin_a_secret_is_passed_on_at_once() -> None:
    stream = Masker([Secret("planted-secret")]).stream()
    assert stream.feed(b"one line\n") == b"one line\n"
    assert stream.feed(b"a plan") == b"a "
    assert stream.feed(b"e\n") == b"plane\n"
    assert stream.feed(b"planted-sec") == b""
    assert stream.feed(b"ret and more") == b"*** and more"
    assert stream.feed(b"planted-") == b""
    assert stream.end() == b"planted-"


def test_overlapping_secrets_are_masked_together() -> None:
    masker = Masker(["abcdefgh", "efghijkl", "abcdefghij"])
    assert masker.text("-abcdefghijkl-abcdefgh-") == "-***-***-"


def test_a_long_secret_is_masked_whole_and_a_stream_keeps_little_of_it() -> None:
    secret = "".join(random.Random(1).choices("abcdefghijklmnop\n", k=20_000))
    stream = Masker([secret]).stream()
    passed, most = b"", 0
    for at in range(0, len(secret), 100):
        passed += stream.feed(secret[at : at + 100].encode())
        most = max(most, len(stream._rest.waiting))
    passed += stream.end()
    assert set(passed) <= set(b"*\n")
    assert most < 2000
    encoded = Masker([secret]).text(base64.b64encode(b"x" + secret.encode()).decode())
    assert len(encoded.replace(MASK, "")) <= 8


def test_the_lines_of_a_key_are_masked_one_by_one() -> None:
    key = "-----BEGIN X-----\nbGluZSBvbmUgb2YgdGhl\nbGluZSB0d28gb2YgdGhl\n-----END X-----\n"
    masked = Masker([key]).text("> bGluZSBvbmUgb2YgdGhl\n> bGluZSB0d28gb2YgdGhl\n")
    assert masked == "> ***\n> ***\n"


def test_short_values_are_left() -> None:
    assert Masker(["", "yes", "seven77"]).text("yes seven77") == "yes seven77"


def test_more_can_be_learned_while_a_stream_is_open() -> None:
    masker = Masker()
    stream = masker.stream()
    assert stream.feed(b"planted-one ") == b"planted-one "
    masker.learn(["planted-one"])
    assert stream.feed(b"planted-one ") == b"*** "


def test_a_piece_takes_no_longer_with_a_thousand_secrets() -> None:
    def shortest(count: int) -> float:
        stream = Masker(f"{number:04}-planted" for number in range(count)).stream()
        took = []
        for _ in range(20):
            began = time.perf_counter()
            assert stream.feed(b"one line\n") == b"one line\n"
            took.append(time.perf_counter() - began)
        return min(took)

    assert shortest(1_000) < 50 * shortest(1), "by far: it took a thousand times as long"


def test_secrets_are_learned_while_others_mask() -> None:
    masker, ended = Masker(f"{number:04}-planted" for number in range(100)), threading.Event()

    def learn() -> None:
        for number in range(100, 3_000):
            if ended.is_set():
                return
            masker.learn([f"{number:04}-planted"])

    learning, interval = threading.Thread(target=learn), sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        learning.start()
        for _ in range(300):
            assert masker.stream().feed(b"~~~~~~~") == b"~~~~~~~"
    finally:
        ended.set()
        learning.join()
        sys.setswitchinterval(interval)


def test_what_go_writes_with_a_letter_for_a_control_character_is_masked() -> None:
    secret = "pass\aword\x7fmore"
    assert Masker([secret]).text(go_quoted(secret)) == f'"{MASK}"'


def test_a_url_with_small_escapes_is_masked_as_a_whole() -> None:
    secret = "abcdefgh/ij=klm"
    assert Masker([secret]).text("abcdefgh%2fij%3dklm") == MASK
