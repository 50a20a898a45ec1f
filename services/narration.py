"""What is happening to a video, in one plain sentence."""

from datetime import datetime

from services.videos import Event, Video

_UNEXPLAINED = {
    "timed_out": "It took too long and was stopped. Try again, or make the clip shorter.",
    "expired": "The finished clip could no longer be fetched. Try again.",
    "lost": "RunPod lost the job. Try again.",
    "submit_error": "RunPod did not accept the job. Try again.",
    "worker_error": "The worker failed without saying why. Try again.",
}


def describe(video: Video, now: datetime) -> str:
    """What is being done about the video now, or how it ended: one or two sentences for its owner."""
    if video.status == "failed":
        return _describe_failure(video)
    if video.status == "completed":
        return _describe_saving(video)
    if video.cancel_requested_at:
        return "Cancelling …"
    if video.attempt_state == "processing":
        return _describe_rendering(video, now)
    return _describe_waiting(video, now)


def is_in_work(video: Video) -> bool:
    """Whether something about it changes soon by itself: a job, or a result that is being saved."""
    is_being_saved = video.status == "completed" and video.stored_at is None and video.store_note is None
    return video.is_active or is_being_saved


def queue_seconds(video: Video, now: datetime) -> float:
    """How long it has waited for a worker so far, or had to wait in all; earlier attempts included."""
    return _seconds_since(video.created_at, video.started_at or video.finished_at or now)


def duration(seconds: float) -> str:
    """Such as "12 s", "3 min 5 s" or "2 h 10 min"."""
    whole = int(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s" if whole % 60 else f"{whole // 60} min"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def _describe_waiting(video: Video, now: datetime) -> str:
    note = _sentence(video.attempt_note)
    if video.attempt_state == "unknown":
        return f"{note or 'RunPod has not confirmed the job.'} We wait for news before trying again."
    if video.attempt_state == "queued":
        waited = now - (video.submitted_at or video.created_at)
        return (
            f"Waiting for a free worker for {duration(max(0, waited.total_seconds()))}{_try_number(video)}."
        )
    if note:
        return f"{note} We keep trying."
    if (video.attempt or 1) > 1 and video.attempt_state == "waiting":
        return f"It failed and is about to be tried again{_try_number(video)}."
    return f"Handing the job to RunPod{_try_number(video)}."


def _describe_rendering(video: Video, now: datetime) -> str:
    if video.progress is not None:
        return f"Rendering, {round(video.progress * 100)} % done{_try_number(video)}."
    rendering = _seconds_since(video.started_at or now, now)
    return f"Rendering for {duration(rendering)}{_try_number(video)}."


def _describe_saving(video: Video) -> str:
    if video.stored_at:
        return "Ready to play."
    note = _sentence(video.store_note)
    return f"Rendered. {note}" if note else "Rendered. Saving the clip …"


def _describe_failure(video: Video) -> str:
    if video.error_kind == "cancelled":
        return "Cancelled."
    return _sentence(video.error) or _UNEXPLAINED.get(video.error_kind or "", "It failed. Try again.")


def _seconds_since(start: datetime, now: datetime) -> float:
    return max(0.0, (now - start).total_seconds())


def _try_number(video: Video) -> str:
    return f", attempt {video.attempt}" if video.attempt and video.attempt > 1 else ""


def _sentence(text: str | None) -> str:
    known = (text or "").strip()
    return known if not known or known[-1] in ".!?…" else f"{known}."


_EVENTS = {
    "created": "Asked for.",
    "attempt_planned": "To be tried again.",
    "refused": "RunPod did not take it.",
    "unanswered": "Sent, but RunPod did not answer.",
    "submitted": "RunPod took the job.",
    "picked_up": "A worker began to render it.",
    "finished": "Rendered.",
    "attempt_failed": "The attempt failed.",
    "superseded": "Given up for another attempt.",
    "cancel_requested": "Cancel was asked for.",
    "failed": "Failed for good.",
    "cancelled": "Cancelled.",
    "store_delayed": "The file could not be kept yet.",
    "stored": "Saved and ready to play.",
    "shared": "Shared with the team.",
    "unshared": "No longer shared.",
    "deleted": "Deleted.",
    "restored": "Restored.",
}


def tell_event(event: Event) -> str:
    """One line of the timeline in plain words, with its reason where there is one."""
    told = _EVENTS.get(event.kind, event.kind)
    which = f"Attempt {event.attempt}: " if event.attempt and event.attempt > 1 else ""
    reason = event.detail if event.kind != "picked_up" else None
    return f"{which}{told} {reason or ''}".strip()
