"""Per line on stdin: a new client announces a member, and another one, which watches the set, has read it. Prints ms."""
import json
import sys
import threading
import time

from kazoo.client import KazooClient

servers, path = sys.argv[1:3]
watcher = KazooClient(hosts=servers, timeout=10.0)
watcher.start()
watcher.ensure_path(path)
known = set()
read = threading.Event()


def on_change(_event=None):
    names = set(watcher.get_children(path, watch=on_change))
    for name in names - known:
        json.loads(watcher.get(path + "/" + name)[0])
        read.set()
    known.clear()
    known.update(names)


on_change()
print("ready", flush=True)
for line in sys.stdin:
    read.clear()
    started = time.perf_counter()
    client = KazooClient(hosts=servers, timeout=10.0)
    client.start()
    client.create(path + "/member_", line.encode(), ephemeral=True, sequence=True)
    read.wait(20)
    print((time.perf_counter() - started) * 1000, flush=True)
    client.stop()
    client.close()
watcher.stop()
