"""Follows a set by list and difference, reading what is new. `count` and `report` on stdin; times are monotonic ms."""
import json
import sys
import time

from kazoo.client import KazooClient
from kazoo.exceptions import NoNodeError

servers, path = sys.argv[1:3]
client = KazooClient(hosts=servers, timeout=10.0)
client.start()
known, joins, leaves = {}, {}, {}


def now_ms():
    return time.monotonic_ns() / 1e6


def on_change(_event=None):
    names = set(client.get_children(path, watch=on_change))
    reads = [(name, client.get_async(path + "/" + name)) for name in names if name not in known]
    for name, read in reads:
        try:
            known[name] = json.loads(read.get()[0])["shard"]
            joins[known[name]] = now_ms()
        except NoNodeError:
            pass
    for name in [name for name in known if name not in names]:
        leaves[known.pop(name)] = now_ms()


on_change()
print("ready", flush=True)
for line in sys.stdin:
    if line.strip() == "count":
        print(json.dumps({"joins": len(joins), "leaves": len(leaves)}), flush=True)
    else:
        print(json.dumps({"joins": joins, "leaves": leaves}), flush=True)
client.stop()
