"""Threads for what blocks, apart from the server's own: a slow database must not hold up pages and files."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")
_QUICK = ThreadPoolExecutor(20, thread_name_prefix="openv-api")
# RunPod may take half a minute to answer; waiting for it must not use up the threads that take its webhooks.
_SLOW = ThreadPoolExecutor(16, thread_name_prefix="openv-api-runpod")


async def in_thread(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """What the function returns, for calls that ask the database or the storage."""
    return await asyncio.get_running_loop().run_in_executor(_QUICK, partial(function, *args, **kwargs))


async def in_slow_thread(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """What the function returns, for calls that ask RunPod."""
    return await asyncio.get_running_loop().run_in_executor(_SLOW, partial(function, *args, **kwargs))
