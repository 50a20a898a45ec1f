"""Where the server listens, and who is let in there."""

import ipaddress

from services.settings import Settings, SettingsError


def check_address(settings: Settings, address: str | None) -> None:
    """Lets TEST_MODE start on a loopback address alone; raises SettingsError otherwise (None: all addresses)."""
    if settings.test_mode and not is_loopback(address):
        raise SettingsError(
            "TEST_MODE takes a loopback --server.address such as 127.0.0.1: it lets everybody in."
        )


def is_open_at(settings: Settings, address: str | None) -> bool:
    """Whether whoever reaches the server there is let in without a password, and only this machine is meant to."""
    return settings.test_mode or (settings.is_demo and is_loopback(address))


def is_loopback(address: str | None) -> bool:
    """Whether only this machine can reach that address."""
    try:
        return address == "localhost" or ipaddress.ip_address(address or "").is_loopback
    except ValueError:
        return False
