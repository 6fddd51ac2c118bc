"""Which addresses are the internet's, in every form that contains an IPv4 address."""

import ipaddress

import pytest

from leastway.primitives import is_public

PUBLIC = [
    "1.1.1.1",
    "140.82.112.3",
    "2606:4700::1111",
    "64:ff9b::101:101",
    "52.94.5.1",
    "2600:1f00::1",
    "::ffff:52.94.5.1",
    "64:ff9b::345e:501",
]
NOT_PUBLIC = [
    "10.1.2.3",
    "192.168.0.1",
    "2002:a00:1::1",
    "64:ff9b::a00:1",
    "127.0.0.1",
    "127.8.8.8",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.0",
    "224.0.0.1",
    "239.1.1.1",
    "255.255.255.255",
    "192.0.2.1",
    "198.18.0.1",
    "240.0.0.1",
    "::1",
    "::",
    "fe80::1",
    "fc00::1",
    "fd00:ec2::254",
    "ff02::1",
    "fec0::1",
    "2001:db8::1",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "2002:7f00:1::",
    "2002:a9fe:a9fe::1",
    "2001:0:7f00:1::",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2",
]


@pytest.mark.parametrize("address", PUBLIC)
def test_addresses_of_the_internet_are_public(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_other_addresses_are_not_public(address: str) -> None:
    assert not is_public(ipaddress.ip_address(address))
