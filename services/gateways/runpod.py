"""RunPod's serverless HTTP API: what can be asked of it, and what each way of not answering means."""

import re
import ssl
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import parse_qsl, quote, urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests.exceptions import ConnectTimeout, InvalidJSONError, InvalidURL, ProxyError, RequestException
from urllib3 import Retry
from urllib3.exceptions import NewConnectionError, SSLError

from services.errors import AppError, InvalidInput, Unavailable
from services.gateways.open_sockets import OpenSockets
from services.gateways.pauses import retry_after
from services.gateways.severable import Severable


@dataclass(frozen=True, slots=True)
class Submission:
    """A job RunPod has taken; `status` is RunPod's own word (`IN_QUEUE`)."""

    job_id: str
    status: str


class RunPod(Protocol):
    """What the rest of the system asks of RunPod; RunPodClient says what each of it gives and raises."""

    def submit(
        self,
        endpoint: str,
        job_input: Mapping[str, Any],
        *,
        webhook: str | None,
        execution_timeout_ms: int | None,
        ttl_ms: int | None,
    ) -> Submission: ...

    def status(self, endpoint: str, job_id: str) -> dict[str, Any] | None: ...

    def cancel(self, endpoint: str, job_id: str) -> bool: ...

    def health(self, endpoint: str) -> dict[str, Any]: ...


class SubmitRefused(AppError):
    """No job was made. `permanent`: the same input will be refused again; else repeat after `retry_after`."""

    status, code = 503, "submit_refused"

    def __init__(self, message: str, *, permanent: bool = False, retry_after: float | None = None) -> None:
        super().__init__(message, status=422 if permanent else None, retry_after=retry_after)
        self.permanent = permanent


class SubmitUnknown(Unavailable):
    """The job may or may not exist: repeating blindly may pay for it twice."""

    code = "submit_unknown"


class EndpointBlocked(Unavailable):
    """Nothing works on this endpoint until somebody changes the key, the account or the endpoint's name."""

    code = "endpoint_blocked"


_TRY_AGAIN = {408, 425, 429, 500, 503, 521, 523}
_BLOCKED = {
    401: "RunPod does not accept the API key. Check RUNPOD_API_KEY.",
    402: "RunPod asks for payment. Top up the RunPod account.",
    403: "RunPod does not let this API key use the endpoint. Check the key's permissions.",
    404: "RunPod knows no such endpoint. Check the endpoint's id in the model catalog.",
}
_MOVED = "The address in RUNPOD_API_URL sends requests elsewhere. Put the final address there."
_UNSENT = (ConnectTimeout, ProxyError, InvalidURL, NewConnectionError, ssl.SSLCertVerificationError)
_RETRIES = Retry(
    total=2,
    backoff_factor=0.3,
    allowed_methods=frozenset({"GET"}),
    status_forcelist=frozenset({502, 503, 504}),
    raise_on_status=False,
    respect_retry_after_header=False,  # the caller has other jobs to ask for meanwhile
)


class RunPodClient:
    """RunPod over HTTPS, for all threads. Cutting `sockets` breaks off what may be asked again, never a submission."""

    def __init__(
        self,
        base_url: str,
        api_key: str,
        *,
        timeout: tuple[float, float] = (5, 30),
        sockets: OpenSockets | None = None,
    ) -> None:
        if not (api_key.isascii() and api_key.isprintable()):
            raise InvalidInput("RUNPOD_API_KEY has characters that no key has.")
        self._base_url = base_url.rstrip("/")
        self._api_key = api_key
        self._timeout = timeout
        self._asking = self._session(
            Severable(sockets or OpenSockets(), max_retries=_RETRIES, pool_maxsize=32)
        )
        self._submitting = self._session(HTTPAdapter(max_retries=Retry(0, read=False), pool_maxsize=32))

    def submit(
        self,
        endpoint: str,
        job_input: Mapping[str, Any],
        *,
        webhook: str | None,
        execution_timeout_ms: int | None,
        ttl_ms: int | None,
    ) -> Submission:
        """A new job, once RunPod has confirmed it.

        Raises `SubmitRefused` when there is certainly no job, `SubmitUnknown` when there may be one, and
        `EndpointBlocked` when no job will do. RunPod has no idempotency key, hence the three.
        """
        policy = {"executionTimeout": execution_timeout_ms, "ttl": ttl_ms}
        body = {"input": job_input, "webhook": webhook, "policy": _given(policy) or None}
        try:
            response = self._submitting.post(
                self._url(endpoint, "run"), json=_given(body), timeout=self._timeout, allow_redirects=False
            )
        except InvalidJSONError as error:
            raise SubmitRefused("A setting has a value that RunPod cannot take.", permanent=True) from error
        except RequestException as error:
            raise _unanswered(error) from error
        return self._submission(response, webhook)

    def status(self, endpoint: str, job_id: str) -> dict[str, Any] | None:
        """RunPod's report on a job as it stands; None where RunPod knows no such job (any more).

        Raises `Unavailable`, as `cancel` and `health` do, when RunPod cannot be asked.
        """
        response = self._ask("GET", self._url(endpoint, "status", job_id))
        return None if response.status_code == 404 else _report(response)

    def cancel(self, endpoint: str, job_id: str) -> bool:
        """Whether RunPod stopped the job; False where it was over or unknown already."""
        response = self._ask("POST", self._url(endpoint, "cancel", job_id))
        if response.status_code in (400, 404, 409, 410, 422):
            return False
        return _report(response).get("status") not in ("COMPLETED", "FAILED", "TIMED_OUT")

    def health(self, endpoint: str) -> dict[str, Any]:
        """The endpoint's counts of `jobs` and `workers` by state; which states are named varies."""
        return _report(self._ask("GET", self._url(endpoint, "health")))

    def close(self) -> None:
        """Hangs up what lies idle; what is under way goes on."""
        self._asking.close()
        self._submitting.close()

    def _session(self, adapter: HTTPAdapter) -> requests.Session:
        session = requests.Session()
        session.mount("https://", adapter)
        session.mount("http://", adapter)
        session.auth = self._signed  # as a plain header, a .netrc would replace it
        # A proxy that leads to the internet does not lead back to an endpoint on this machine.
        session.trust_env = urlsplit(self._base_url).hostname not in ("127.0.0.1", "localhost", "::1")
        return session

    def _signed(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._api_key}"
        return request

    def _url(self, *parts: str) -> str:
        return "/".join([self._base_url, *(quote(part, safe="") for part in parts)])

    def _ask(self, method: str, url: str) -> requests.Response:
        try:
            return self._asking.request(method, url, timeout=self._timeout, allow_redirects=False)
        except RequestException as error:
            raise Unavailable("RunPod cannot be reached right now.") from error

    def _submission(self, response: requests.Response, webhook: str | None) -> Submission:
        code, body = response.status_code, _json(response)
        if 200 <= code < 300:
            return _taken(body)
        _check_access(code)
        if code in _TRY_AGAIN:
            wait = retry_after(response.headers.get("Retry-After"))
            raise SubmitRefused(f"RunPod takes no jobs just now ({code}).", retry_after=wait)
        if code >= 500:
            raise SubmitUnknown(f"RunPod gave no clear answer ({code}).")
        secrets = [self._api_key, *(value for _, value in parse_qsl(urlsplit(webhook or "").query))]
        reason = _sentence(body, response.text, secrets) or f"error {code}"
        raise SubmitRefused(f"RunPod refused the job: {reason}", permanent=True)


def _given(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}


def _taken(body: Any) -> Submission:
    job_id = body.get("id") if isinstance(body, dict) else None
    if not isinstance(job_id, str) or not 0 < len(job_id) <= 200 or not job_id.isprintable():
        raise SubmitUnknown("RunPod answered without a job id.")
    return Submission(job_id, str(body.get("status") or "IN_QUEUE")[:40])


def _unanswered(error: RequestException) -> AppError:
    reason = getattr(error.args[0], "reason", None) if error.args else None
    cause = reason.args[0] if isinstance(reason, SSLError) else None
    if any(isinstance(trouble, _UNSENT) for trouble in (error, reason, cause)):
        return SubmitRefused("RunPod cannot be reached right now.")
    return SubmitUnknown("RunPod did not answer whether it took the job.")


def _check_access(code: int) -> None:
    if 300 <= code < 400 or code in _BLOCKED:
        raise EndpointBlocked(_BLOCKED.get(code, _MOVED))


def _report(response: requests.Response) -> dict[str, Any]:
    code, body = response.status_code, _json(response)
    _check_access(code)
    if code != 200 or not isinstance(body, dict):
        wait = retry_after(response.headers.get("Retry-After"))
        raise Unavailable(f"RunPod gave no usable answer ({code}).", retry_after=wait)
    return body


def _json(response: requests.Response) -> Any:
    with suppress(ValueError, RecursionError):
        return response.json()
    return None


def _sentence(body: Any, text: str, secrets: list[str]) -> str:
    """What RunPod says was wrong, in one line without markup, the queries of URLs, or any of the secrets."""
    if isinstance(body, dict):
        said = (body.get(key) for key in ("error", "message", "detail", "title"))
        text = next((sentence for sentence in said if isinstance(sentence, str)), "")
    text = re.sub(r"<[^>]*>|(?<=\S)\?\S+", " ", text[:5000])
    for secret in filter(None, secrets):
        text = text.replace(secret, "…")
    return "".join(filter(str.isprintable, " ".join(text.split())))[:300].strip()
