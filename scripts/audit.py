"""Asks pip-audit whether an installed package has a known vulnerability; 1 if one has.

It needs the vulnerability service of PyPI. Where that cannot be reached, or knows nothing of our packages, it says so.
"""

import json
import subprocess
import sys
from typing import Any

_PATIENCE_SECONDS = 120
_COMMAND = (sys.executable, "-m", "pip_audit", "--format", "json", "--progress-spinner", "off", "--local")


def audit() -> list[dict[str, Any]] | None:
    """What is known of each package: `vulns`, or `skip_reason`; None when nobody could be asked."""
    try:
        asked = subprocess.run(  # noqa: S603 (fixed command)
            _COMMAND, check=False, capture_output=True, text=True, timeout=_PATIENCE_SECONDS
        )
        packages: list[dict[str, Any]] = json.loads(asked.stdout)["dependencies"]
    except (subprocess.TimeoutExpired, ValueError):
        return None
    return packages


def main() -> int:
    """Names every package with a known vulnerability, and says how many could not be looked up."""
    packages = audit()
    if packages is None:
        sys.stderr.write("pip-audit could not be asked: no package was looked up.\n")
        return 0
    unknown = sum("skip_reason" in package for package in packages)
    sys.stdout.write(f"pip-audit looked up {len(packages) - unknown} of {len(packages)} packages.\n")
    bad = [package for package in packages if package.get("vulns")]
    for package in bad:
        known = ", ".join(found["id"] for found in package["vulns"])
        sys.stderr.write(f"{package['name']} {package['version']} has known vulnerabilities: {known}\n")
    return bool(bad)


if __name__ == "__main__":
    sys.exit(main())
