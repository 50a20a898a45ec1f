"""Which addresses a stranger may send us to."""

import ipaddress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.gateways.addresses import ResultRefused, find_place, is_public

fixed = settings(derandomize=True, deadline=None)
NOWHERE = frozenset[str]()


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "0", "0.0.0.0", "localhost", "localhost.",
        "LOCALHOST", "10.0.0.1", "172.16.0.1", "192.168.1.1", "100.64.0.1", "169.254.169.254", "169.254.169.254.",
        "[::]", "[::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]", "[fe80::1]", "[fd00::1]",
        "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "[2001:0:7f00:1::]", "[ff02::1]", "[fec0::1]", "224.0.0.1",
        "255.255.255.255", "240.0.0.1", "192.0.0.8", "198.18.0.1", "ⓛocalhost", "１２７.0.0.1",
    ],
)  # fmt: skip
def test_addresses_inside_are_refused_in_every_spelling(host):
    """This machine, its neighbours and its cloud's metadata stay out of reach."""
    with pytest.raises(ResultRefused):
        find_place(f"https://{host}/film", allowed_hosts=NOWHERE)


@pytest.mark.parametrize(
    "url",
    [
        "http://1.1.1.1/film", "https://1.1.1.1:22/film", "https://1.1.1.1:99999/", "https://user:word@1.1.1.1/",
        "https://@1.1.1.1/", "ftp://1.1.1.1/", "file:///etc/passwd", "//1.1.1.1/", "1.1.1.1/film", "", "https://",
        "https://1.1.1.1/a b", "https://1.1.1.1\\@10.0.0.1/", "https://1.1.1.1/\n", "https://[::1", "https://.../",
        "https://" + "a" * 300 + ".example/", "https://\x00/",
    ],
)  # fmt: skip
def test_anything_but_a_plain_https_address_is_refused(url):
    """Other schemes and ports, credentials and what parsers disagree about are not followed."""
    with pytest.raises(ResultRefused):
        find_place(url, allowed_hosts=NOWHERE, resolve=lambda host, port: ["1.1.1.1"])


def test_one_private_address_among_public_ones_is_enough_to_refuse():
    """A name is as public as its least public address."""
    with pytest.raises(ResultRefused):
        find_place(
            "https://a.example/", allowed_hosts=NOWHERE, resolve=lambda host, port: ["1.1.1.1", "10.0.0.1"]
        )


def test_a_public_place_is_resolved_once_and_for_all():
    """What comes back holds all that a connection needs, so that DNS is not asked again."""
    place = find_place(
        "https://A.Example./f?x=1#y", allowed_hosts=NOWHERE, resolve=lambda host, port: ["1.1.1.1"]
    )
    assert (place.host, place.port, place.path, place.addresses) == ("a.example", 443, "/f?x=1", ("1.1.1.1",))
    assert place.host_header == "a.example"


@pytest.mark.parametrize(
    ("allowed", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:9000/"),
        ("127.0.0.1:9000", "http://127.0.0.1:9000/"),
        ("Minio.Local", "http://minio.local./"),
        ("[::1]:9000", "http://[::1]:9000/"),
        ("::1", "http://[::1]/"),
    ],
)
def test_allowed_hosts_may_be_private_and_plain(allowed, url):
    """What the settings name is trusted as it is spelled there."""
    place = find_place(url, allowed_hosts=frozenset({allowed}), resolve=lambda host, port: ["127.0.0.1"])
    assert place.addresses == ("127.0.0.1",)


def test_an_allowed_port_does_not_open_the_others():
    """`host:port` allows that port alone."""
    with pytest.raises(ResultRefused):
        find_place("http://127.0.0.1:9001/", allowed_hosts=frozenset({"127.0.0.1:9000"}))


@pytest.mark.parametrize("address", ["1.1.1.1", "8.8.8.8", "2606:4700::1111", "64:ff9b::101:101"])
def test_the_internet_is_public(address):
    """Ordinary addresses pass, also as an IPv6-only network spells the old ones."""
    assert is_public(ipaddress.ip_address(address))


@fixed
@given(st.ip_addresses())
def test_no_special_address_is_public(address):
    """Whatever the registries set aside is not the internet."""
    special = address.is_private or address.is_loopback or address.is_link_local or address.is_multicast
    assert not (special and is_public(address))


@fixed
@given(st.ip_addresses(v=4))
def test_ipv6_costumes_of_an_address_are_no_more_public_than_it_is(address):
    """Wrapping a private address in IPv6 does not let it through."""
    number = int(address)
    costumes = [number, 0xFFFF << 32 | number, 0x64FF9B << 96 | number, 0x2002 << 112 | number << 80]
    assert is_public(address) or not any(is_public(ipaddress.IPv6Address(costume)) for costume in costumes)
