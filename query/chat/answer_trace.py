"""A question as one trace, and the time of ours until the first word of its answer."""

import time
from collections.abc import AsyncGenerator
from contextlib import ExitStack
from contextvars import copy_context

from query.chat.events import Event, TextDelta
from shared import telemetry
from shared.telemetry.context_steps import InContext
from shared.telemetry.model_call import ModelClock, model_clock

ATTRIBUTES = {"gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": "photos"}


def traced(events: AsyncGenerator[Event, None]) -> AsyncGenerator[Event, None]:
    """The events of an answer; where there is telemetry, with a span around them."""
    return _trace(events) if telemetry.telemetry() else events


async def _trace(events: AsyncGenerator[Event, None]) -> AsyncGenerator[Event, None]:
    began, clock, context, steps = time.monotonic(), ModelClock(), copy_context(), ExitStack()
    context.run(model_clock.set, clock)
    context.run(steps.enter_context, telemetry.span("invoke_agent photos", ATTRIBUTES))
    context.run(steps.enter_context, telemetry.spending_for("chat"))
    has_begun, error = False, None
    try:
        while (event := await InContext(context, anext(events, None))) is not None:
            if isinstance(event, TextDelta) and not has_begun:
                has_begun = True
                telemetry.record_first_word(time.monotonic() - began - clock.seconds)
            yield event
    except Exception as raised:
        error = raised
        raise
    finally:
        await InContext(context, events.aclose())
        context.run(steps.__exit__, type(error) if error else None, error, None)
