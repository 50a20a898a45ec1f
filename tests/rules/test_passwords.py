"""Which passwords are taken, and that the one and only fits."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.errors import InvalidInput
from services.passwords import (
    NOBODYS_HASH,
    check_strength,
    hash_password,
    make_password,
    matches,
    renewed_hash,
)

NAMES = ("anna.m", "Anna Müller")


@pytest.mark.parametrize(
    "password",
    [
        "correct horse battery",
        "kJ8#vn2!pQx",
        "Двадцать три лодки",
        "漢字の長いパスワード例",
        "a good clip every morning",
        "🦊🌲🍄🌙⛰️🌊🔥🌵🦉🐢",
    ],
)
def test_ten_characters_of_any_script_are_taken(password: str) -> None:
    """No rule asks for digits or signs; length and being nobody's first guess are enough."""
    check_strength(password, NAMES)


@pytest.mark.parametrize("password", ["", "nine char", "a1" * 65])
def test_what_is_too_short_or_too_long_is_refused(password: str) -> None:
    """10 to 128 characters."""
    with pytest.raises(InvalidInput, match="10 to 128 characters"):
        check_strength(password)


@pytest.mark.parametrize(
    "password",
    [
        "Password123!",
        "P@ssw0rd2026!",
        "PASSWORD password",
        "ｐａｓｓｗｏｒｄ１２３４",
        "letmein12345",
        "1loveyou!!!",
        "Sommer2026!!",
        "admin-Admin-1",
        "welcomeadmin",
        "correct horse battery staple",
    ],
)
def test_the_common_ones_are_refused_however_they_are_dressed_up(password: str) -> None:
    """Case, digits for letters, digits and signs around, spaces and repetition do not help."""
    with pytest.raises(InvalidInput, match=r"most common\. Take a few unrelated words"):
        check_strength(password)


@pytest.mark.parametrize(
    "password",
    ["12345678910", "1234567891", "123456789a", "a123456789", "1122334455", "11223344556", "123456789123",
     "0123456789a", "q1w2e3r4t5", "1029384756", "5201314520", "woaini1314", "Aa12345678", "qazwsxedcrfv",
     "!@#$%^&*()", "christopher", "drowssap123", "Christopher99!", "qwertyuiop99", "cde3xsw2zaq1"],
)  # fmt: skip
def test_what_is_tried_first_everywhere_is_refused(password: str) -> None:
    """What leaks show most often, walks over the keys, and these with something around."""
    with pytest.raises(InvalidInput, match=r"(first to be guessed|most common)\."):
        check_strength(password)


@pytest.mark.parametrize(
    "password", ["\u200b" * 10, "kJ8#vn" + "\u200b" * 10, "\u3164" * 6 + "kJ8#vn", "\u2800" * 12]
)
def test_what_cannot_be_seen_does_not_count(password: str) -> None:
    """Ten characters are ten that show."""
    with pytest.raises(InvalidInput, match="10 to 128 characters"):
        check_strength(password)


@pytest.mark.parametrize(
    "password",
    ["river 84719362", "quiet-4dRz81kP", "seven quiet rivers", "a long password", "another horse", "xqzvkwpjhm",
     "k#8!v$2&p@", "пять красных рыб", "我家的猫喜欢吃红烧鱼", "हिन्दी में शब्द"],
)  # fmt: skip
def test_what_is_unlike_all_of_these_is_taken(password: str) -> None:
    """A common word is no fault where it is the lesser part."""
    check_strength(password, NAMES)


@pytest.mark.parametrize(
    "password",
    ["aaaaaaaaaaaa", "ababababab", "abcabcabcabc", "1234567890", "9876543210", "qwertyuiop", "POIUYTREWQ",
     "1q2w3e4r5t", "qwertz123456", "7777777777!!", "абабабабаб"],
)  # fmt: skip
def test_repetition_and_sequences_are_refused(password: str) -> None:
    """One character or a few again and again, the alphabet, and rows of keys."""
    with pytest.raises(InvalidInput, match="first to be guessed"):
        check_strength(password)


@pytest.mark.parametrize("password", ["Anna.M2024!!", "annamüller", "ANNA MÜLLER 1", "anna müller99"])
def test_the_own_name_is_refused(password: str) -> None:
    """With which one signs in, or under which one is shown."""
    with pytest.raises(InvalidInput, match="own name"):
        check_strength(password, NAMES)


def test_a_password_typed_on_another_keyboard_is_the_same() -> None:
    """Whether an accent is a character of its own or part of its letter depends on the system, not on the person."""
    assert matches("cafe\u0301 au lait noir", hash_password("café au lait noir"))


def test_passwords_are_hashed_as_owasp_asks_and_nobodys_hash_costs_the_same() -> None:
    """Argon2id, 7 MiB, five passes: one of the settings of OWASP's "Password Storage Cheat Sheet"."""
    kept = hash_password("café au lait noir")
    assert kept.startswith("$argon2id$v=19$m=7168,t=5,p=1$")
    assert [len(part) for part in NOBODYS_HASH.split("$")] == [len(part) for part in kept.split("$")]
    assert NOBODYS_HASH.split("$")[:4] == kept.split("$")[:4]


def test_a_hash_that_another_library_made_is_the_same() -> None:
    """Argon2id is Argon2id: this one is argon2-cffi's."""
    kept = "$argon2id$v=19$m=7168,t=5,p=1$M6rXBjm7TMDEepmY67oYTg$5d6Woan7L3SdSVW4PcpTn4Azun8e2VwJjBLf8O3LUXY"
    assert matches("café au lait noir", kept)
    assert not matches("café au lait blanc", kept)
    assert renewed_hash("café au lait noir", kept) is None


def test_without_a_hash_no_password_fits() -> None:
    """Somebody who does not exist takes the same way and gets the same answer."""
    assert not matches("correct horse battery", None)
    assert not matches("", None)


def test_a_password_that_none_can_be_is_wrong_before_long() -> None:
    """Marks without end, which take minutes to be put in order, are not looked at; nor is what is merely too long."""
    kept = hash_password("correct horse battery")
    begun = time.monotonic()
    assert not matches("a" + "\u0315\u0300" * 200_000, kept)
    assert not matches("a" * 129, None)
    assert time.monotonic() - begun < 10


def test_a_temporary_password_is_itself_a_good_one() -> None:
    """It can be read out, and two are never the same."""
    made = {make_password() for _ in range(50)}
    assert len(made) == 50
    for password in made:
        check_strength(password, NAMES)


@given(st.text(max_size=140))
def test_whatever_is_typed_gets_a_verdict(password: str) -> None:
    """No string of characters is a bug."""
    try:
        check_strength(password, NAMES)
    except InvalidInput as error:
        assert error.message.endswith(".")
