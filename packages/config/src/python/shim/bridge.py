"""The one call to the host: what an object is when its templates are filled in."""

import json

from _borealis.errors import CoercionError, InvalidRef, Uninterpolatable
from _borealis.objects import Object
from _borealis.wire import Decoder, Encoder, dump

_ERRORS = {"CoercionError": CoercionError, "InvalidRefError": InvalidRef, "Uninterpolatable": Uninterpolatable}

# Set by the host before a configuration runs.
call = None


def interpolate(value):
    """The object, the addresses that nothing binds, and what is wrong with it, if anything."""
    encoder = Encoder()
    root = encoder.node(value)
    answer = json.loads(call(dump({"op": "interpolate", "message": {**encoder.message(), "root": root}})))
    error = None
    if answer.get("error"):
        error = _ERRORS.get(answer["error"]["name"], Uninterpolatable)(answer["error"]["message"])
    message = answer.get("message")
    filled = None if message is None else Decoder(message).object(message["root"], type(value))
    return filled, answer.get("unbound", []), error


Object._over_bridge = staticmethod(interpolate)
