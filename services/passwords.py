"""Passwords: which are taken, how they are kept, and how one is checked."""

import base64
import hashlib
import os
import re
import secrets
import threading
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import bcrypt
from nacl import pwhash
from nacl.exceptions import CryptoError
from zxcvbn.frequency_lists import FREQUENCY_LISTS

from services.errors import InvalidInput, LimitReached
from services.texts import BLANKS

# Argon2id as OWASP's "Password Storage Cheat Sheet" sets it for 7 MiB. More would cost a guesser more, but also the
# fifty people who sign in at nine o'clock.
PASSES, KIBIBYTES = 5, 7 * 1024
_TODAYS = f"$argon2id$v=19$m={KIBIBYTES},t={PASSES},p=1$"  # how the hashes begin
# As slow to check as a real one, and no password fits it.
NOBODYS_HASH = f"{_TODAYS}{'A' * 22}${'A' * 43}"
_BCRYPT = "$2"  # how the hashes of earlier versions begin
_SHORTEST, _LONGEST = 10, 128
_PATIENCE_SECONDS = 60
# Keys beside each other, and what counts on; twice, for those that go round.
_ROWS = tuple(
    row * 2
    for row in (
        "qwertyuiopasdfghjklzxcvbnm",
        "qwertzuiopasdfghjklyxcvbnm",
        "azertyuiopqsdfghjklmwxcvbn",
        "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p",
        "zaq1xsw2cde3vfr4bgt5nhy6mju7",
        "qazwsxedcrfvtgbyhnujmikolp",
        "1q2w3e4r5t6y7u8i9o0p",
        "abcdefghijklmnopqrstuvwxyz",
        "a1b2c3d4e5f6g7h8i9j0",
        "1234567890",
        "0123456789",
        "1029384756",
        "!@#$%^&*()_+",
    )
)
_LOOKALIKES = (
    str.maketrans("01345789@$!|€", "oieastbgasiie"),
    str.maketrans("01345789@$!|€", "oleastbgaslle"),
)
# One processor stays with the pages: who has been checked then sees theirs while others are still being checked.
_turns = threading.BoundedSemaphore(max(1, (os.cpu_count() or 2) - 1))


def hash_password(password: str, *, names: tuple[str, ...] = ()) -> str:
    """The Argon2id hash of a password that check_strength takes. Raises InvalidInput, or LimitReached as matches."""
    check_strength(password, names)
    return _hashed(password)


def renewed_hash(password: str, password_hash: str) -> str | None:
    """A hash as they are made today of a password that matches one made otherwise; None where nothing is to be renewed.

    Raises LimitReached as matches.
    """
    return None if password_hash.startswith(_TODAYS) else _hashed(password)


def _hashed(password: str) -> str:
    with _turn():
        return pwhash.argon2id.str(_normal(password), opslimit=PASSES, memlimit=KIBIBYTES * 1024).decode()


def matches(password: str, password_hash: str | None) -> bool:
    """Whether that is the password; without a hash it takes as long and is not.

    Raises LimitReached when so many others are signing in that its turn has not come.
    """
    known = password_hash or NOBODYS_HASH
    is_possible = len(password) <= _LONGEST
    # Composing takes time that grows with the square of a text's marks; any other password takes as long to check.
    typed = password if is_possible else ""
    with _turn():
        return _fits(typed, known) and is_possible


def _fits(password: str, password_hash: str) -> bool:
    if password_hash.startswith(_BCRYPT):
        return bcrypt.checkpw(_bcrypt_input(password), password_hash.encode())
    try:
        return pwhash.verify(password_hash.encode(), _normal(password))
    except CryptoError:
        return False


def make_password() -> str:
    """A temporary password that can be read out: four groups of four letters and digits, 80 bits."""
    return "-".join(readable_code(4) for _ in range(4))


def readable_code(length: int) -> str:
    """Random letters and digits, 5 bits each, without those that look alike."""
    return "".join(secrets.choice("abcdefghijkmnpqrstuvwxyz23456789") for _ in range(length))


def check_strength(password: str, names: tuple[str, ...] = ()) -> None:
    """Takes 10 to 128 characters of any script that are not among the first guesses of those `names`.

    Raises InvalidInput with a sentence that says what to do.
    """
    # Its length first: all else takes time.
    if len(password) > _LONGEST or sum(map(_shows, password)) < _SHORTEST:
        raise _refused(f"A password takes {_SHORTEST} to {_LONGEST} characters.")
    variants = _variants("".join(filter(_shows, password)))
    if len(set(password.casefold())) < 5 or any(map(_is_run, variants)):
        raise _refused("This password is one of the first to be guessed. Take a few unrelated words instead.")
    if any(variants & _variants(name) for name in names):
        raise _refused("This password is the person's own name. Take a few unrelated words instead.")
    if any(map(_is_common, variants)) or any(_is_leaked(one, password) for one in variants):
        raise _refused("This password is one of the most common. Take a few unrelated words instead.")


def _refused(sentence: str) -> InvalidInput:
    return InvalidInput(sentence, details=[{"field": "password", "message": sentence}])


def _variants(text: str) -> set[str]:
    """What is left of it without case, spaces, digits for letters, digits and signs around, and repetition."""
    changes: tuple[Callable[[str], str], ...] = (
        lambda one: one.translate(_LOOKALIKES[0]),
        lambda one: one.translate(_LOOKALIKES[1]),
        lambda one: re.sub(r"^[\W\d_]+|[\W\d_]+$", "", one),
        lambda one: re.sub(r"[\W_]+", "", one),
        lambda one: re.sub(r"^(.+?)\1+$", r"\1", one),
        lambda one: re.sub(r"(.)\1", r"\1", one),
    )
    found = {re.sub(r"\s", "", unicodedata.normalize("NFKC", text).casefold())}
    for _ in range(3):
        found |= {change(one) for one in found for change in changes}
    return found - {""}


def _shows(character: str) -> bool:
    return unicodedata.category(character) not in ("Cc", "Cf") and character not in BLANKS


def _is_run(text: str) -> bool:
    return len(text) > 2 and any(text in row or text[::-1] in row for row in _ROWS)


def _is_common(text: str) -> bool:
    """A common word or a run, alone, with up to two characters more, or with another of these."""
    if _is_known(text):
        return True
    halves = ((text[:cut], text[cut:]) for cut in range(1, len(text)))
    return any(
        (_is_known(one) and _is_known(other)) or _is_mostly_known(one, other) or _is_mostly_known(other, one)
        for one, other in halves
    )


def _is_mostly_known(most: str, rest: str) -> bool:
    return len(most) > 4 and len(rest) <= 2 and _is_known(most)


def _is_known(text: str) -> bool:
    return text in _common() or text[::-1] in _common() or _is_run(text)


def _is_leaked(variant: str, password: str) -> bool:
    # A common word is no fault where it is the lesser part.
    return 2 * len(variant) >= len(password) and variant in _leaked()


@cache
def _leaked() -> frozenset[str]:
    """What leaks show most often, and names and words of everyday, in small letters."""
    return frozenset().union(*FREQUENCY_LISTS.values())


@cache
def _common() -> frozenset[str]:
    lines = Path(__file__).with_name("common_passwords.txt").read_text(encoding="utf-8").split("\n")
    return frozenset(word for line in lines if not line.startswith("#") for word in line.split())


@contextmanager
def _turn() -> Iterator[None]:
    if not _turns.acquire(timeout=_PATIENCE_SECONDS):
        raise LimitReached(
            "Too many people are signing in at this moment. Try again.", code="busy", retry_after=5
        )
    try:
        yield
    finally:
        _turns.release()


def _normal(password: str) -> bytes:
    # The same letter may come as one character or as two, depending on the keyboard.
    return unicodedata.normalize("NFKC", password).encode("utf-8", "surrogatepass")


def _bcrypt_input(password: str) -> bytes:
    # bcrypt reads 72 bytes at most, and long passwords in other scripts have more.
    return base64.b64encode(hashlib.sha256(_normal(password)).digest())
