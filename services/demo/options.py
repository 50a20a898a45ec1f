"""How the demo endpoint paces itself and how long it remembers; the defaults suit a demo."""

from dataclasses import dataclass, replace
from typing import Any

Span = tuple[float, float]


@dataclass(frozen=True, slots=True)
class DemoOptions:
    """All times in seconds; a `Span` is drawn from anew for every job.

    The waits only make the demo believable: `DemoOptions.instant()` has none of them.
    """

    workers: int = 2
    queue_seconds: Span = (0.4, 1.2)
    cold_start_seconds: Span = (0.3, 0.8)  # on top of what starting the process takes
    execution_seconds: Span = (4.0, 5.5)  # the least; a clip that takes longer takes longer
    execution_timeout_seconds: float = 600.0
    job_life_seconds: float = 24 * 3600.0
    result_life_seconds: float = 30 * 60.0
    file_life_seconds: float = 24 * 3600.0
    idle_timeout_seconds: float = 300.0
    purge_every_seconds: float = 60.0
    max_retries: int = 2
    progress_webhooks: bool = True
    progress_webhook_seconds: float = 0.8
    webhook_tries: int = 3
    webhook_retry_seconds: float = 10.0
    webhook_timeout_seconds: float = 10.0
    niceness: int = 5
    render: bool = True  # False: every job has the same tiny clip, at once, without a worker
    honour_faults: bool = False  # whether a job may ask for its own misfortune in `input["demo"]`

    @classmethod
    def instant(cls, **changes: Any) -> "DemoOptions":
        """No believable waits, and jobs may ask for misfortune: for tests and benchmarks."""
        none = (0.0, 0.0)
        quick = cls(queue_seconds=none, cold_start_seconds=none, execution_seconds=none, honour_faults=True)
        return replace(quick, **changes)
