"""Announces one member and holds it until stdin ends or it is killed."""
import sys

from kazoo.client import KazooClient

servers, path, timeout_ms = sys.argv[1:4]
client = KazooClient(hosts=servers, timeout=int(timeout_ms) / 1000)
client.start()
client.create(path + "/member_", b"{}", ephemeral=True, sequence=True, makepath=True)
print("announced", flush=True)
sys.stdin.read()
client.stop()
