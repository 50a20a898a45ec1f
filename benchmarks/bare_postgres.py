"""The statements of a request alone, played by pgbench: what the database itself makes possible."""

import json
import subprocess
import tempfile
from importlib.util import find_spec
from pathlib import Path

from benchmarks.processes.wire import Load
from services.gateways.embedded_programs import INSTALLATION, PACKAGE

_LIMITS = json.dumps(
    {"limit_seconds": 1e9, "max_jobs": 10**6, "period_start": "2000-01-01", "period_end": "2100-01-01"}
)
_ORDER = json.dumps(
    {"prompt": "A wave", "model": "mochi", "endpoint": "own", "input": {"positive_prompt": "A wave", "seed": 0},
     "width": 848, "height": 480, "frames": 7, "fps": 24, "seed": 0, "steps": 40, "cfg": 6, "max_retries": 2}
)  # fmt: skip

WEBHOOK = """\\set job random(1, {jobs})
select * from record_news(null, null, 'job-' || :job::text, '{{"state": "processing", "progress": 0.5}}', 3600);
"""
ONE_WEBHOOK = """select * from record_news(null, null, 'job-' || (1 + %(number)s::bigint %% {jobs})::text,
'{{"state": "processing", "progress": 0.5}}', 3600)"""
ONE_POLL = "select * from list_changes('anna', now(), 1000 + 0 * %(number)s::integer)"

POLL = """select * from find_user('anna');
select * from list_changes('anna', now(), 1000);
"""
NEWEST = """select * from find_user('anna');
select * from list_latest_changes('["anna"]');
select * from list_videos('anna', null, 50, null, null, null);
"""
SUBMISSION = f"""\\set who random(1, 15)
select * from find_user('member-' || :who::text);
select id as video from submit_video('member-' || :who::text, '{_ORDER}', '{_LIMITS}') \\gset
select attempt_id as attempt from claim_submissions('bench', :video, 1) \\gset
select id from record_submission(:attempt, 'bare-' || :attempt::text, 3600);
select * from find_video(:video, 'member-' || :who::text);
select * from find_quota('member-' || :who::text, '{_LIMITS}');
"""


def play_bare(url: str, script: str, *, at_once: int, seconds: float) -> Load:
    """Plays the script over and over on so many connections."""
    with tempfile.TemporaryDirectory() as place:
        (Path(place) / "script.sql").write_text(script, encoding="utf-8")
        counts = f"-c {at_once} -j {min(2, at_once)} -T {max(1, round(seconds))}".split()
        subprocess.run(
            [_pgbench(), "-n", "-l", "-M", "prepared", *counts, "-f", "script.sql", url],
            cwd=place, check=True, capture_output=True,
        )  # fmt: skip
        lines = [line for log in Path(place).glob("pgbench_log.*") for line in log.read_text().splitlines()]
    return Load([int(line.split()[2]) / 1e6 for line in lines], max(1, round(seconds)), 0.0)


def _pgbench() -> str:
    spec = find_spec(PACKAGE)
    assert spec
    assert spec.origin
    return str(Path(spec.origin).parents[1] / INSTALLATION / "bin" / "pgbench")
