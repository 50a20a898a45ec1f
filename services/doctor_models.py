"""What the doctor checks about the models and the endpoints that run them."""

import tomllib

from services.catalog import Catalog, Model
from services.doctor_patient import Patient
from services.errors import AppError, Unavailable
from services.gateways.runpod import RunPodClient
from services.orders import Request, plan_order


def check_models(patient: Patient) -> str:
    """What the catalog offers. Raises Unavailable where an entry is malformed or its defaults do not fit."""
    try:
        catalog = patient.catalog()
    except tomllib.TOMLDecodeError as error:
        raise Unavailable(f"models.toml is not valid TOML: {error}.") from error
    except ValueError as error:
        raise Unavailable(" ".join(str(error).split())) from error
    names = [name for model in catalog.models for name in (model.name, *model.aliases)]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise Unavailable(
            f"models.toml has {', '.join(twice)} more than once. Give each model names of its own."
        )
    for model in catalog.for_demo().models:
        _try_defaults(model)
    return f"{len(catalog.models)} models: {', '.join(model.title for model in catalog.models)}."


def _try_defaults(model: Model) -> None:
    try:
        plan_order(Catalog((model,)), Request("a sea", model.name))
    except AppError as error:
        raise Unavailable(f"models.toml: the defaults of {model.name} do not fit. {error.message}") from error


def check_runpod(patient: Patient) -> str:
    """How every endpoint answers to this key. Raises Unavailable for the first that does not."""
    settings = patient.settings
    if settings.runpod_api_key is None:
        return "RUNPOD_API_KEY is not set: jobs go to the embedded demo endpoint."
    models = patient.catalog().models
    if homeless := [model.title for model in models if not model.endpoint]:
        raise Unavailable(
            f"{', '.join(homeless)} has no endpoint. Set RUNPOD_ENDPOINT_ID, or take it out of models.toml."
        )
    client = RunPodClient(settings.runpod_api_url, settings.runpod_api_key, timeout=(5, 10))
    patient.started.callback(client.close)
    endpoints = dict.fromkeys(model.endpoint for model in models if model.endpoint)
    return " ".join(_try_endpoint(client, endpoint) for endpoint in endpoints)


def _try_endpoint(client: RunPodClient, endpoint: str) -> str:
    try:
        workers = client.health(endpoint).get("workers")
    except AppError as error:
        raise Unavailable(f"{endpoint}: {error.message}") from error
    counts = workers if isinstance(workers, dict) else {}
    told = ", ".join(f"{count} {state}" for state, count in sorted(counts.items()) if count)
    return f"{endpoint} answers ({told or 'no workers at the moment'})."
