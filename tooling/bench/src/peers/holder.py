"""Holds an ephemeral; says `ready`, then when it is connected again (monotonic ms), or `lost` if its znode is not its own."""
import queue
import sys
import time

from kazoo.client import KazooClient
from kazoo.protocol.states import KazooState

servers, path, timeout_ms = sys.argv[1:4]
client = KazooClient(hosts=servers, timeout=int(timeout_ms) / 1000, randomize_hosts=False)
changes = queue.Queue()
client.add_listener(lambda state: changes.put((state, time.monotonic_ns() / 1e6)))
client.start()
changes.get()
held = client.create(path, b"{}", ephemeral=True, sequence=True, makepath=True)
owner = client.client_id[0]
print("ready", flush=True)
while True:
    state, at = changes.get()
    if state == KazooState.CONNECTED:
        break
stat = client.retry(client.exists, held)
print(at if stat is not None and stat.ephemeralOwner == owner else "lost", flush=True)
sys.stdin.read()
client.stop()
