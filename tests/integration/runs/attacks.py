"""A program that attacks from within a run: a module's own, or a provider's. It prints one line for each attempt."""

from __future__ import annotations

from typing import Final

__all__ = ["HELD", "PROGRAM"]

PROGRAM: Final = r"""
import base64, os, pathlib, socket, subprocess, sys, urllib.error, urllib.request

data, server = pathlib.Path(sys.argv[1]), int(sys.argv[2])
run = pathlib.Path.cwd().parent

def tried(name, attack):
    try:
        said = attack()
    except Exception as error:
        print("he" + "ld", name, type(error).__name__, error, flush=True)
    else:
        print("bro" + "ken", name, said, flush=True)

def state(lock):
    query = "" if lock is None else "?ID=" + lock
    body = b'{"version": 4, "serial": 99, "lineage": "forged", "outputs": {}, "resources": []}'
    keys = ":".join(os.environ["TF_HTTP_" + each] for each in ("USERNAME", "PASSWORD"))
    headers = {"Authorization": "Basic " + base64.b64encode(keys.encode()).decode()}
    return urllib.request.urlopen(
        urllib.request.Request(os.environ["TF_HTTP_ADDRESS"] + query, body, headers), timeout=20
    ).status

def aws(*words):
    done = subprocess.run(["aws", *words], capture_output=True, text=True)
    if done.returncode:
        raise OSError(done.stderr.strip().replace("\n", " "))
    return done.stdout

def connected(*address):
    socket.create_connection(address, 5).close()

for name in ("module.json", "attempt.json"):
    tried("read " + name, lambda: (run / name).read_text())
tried("forge saved/tfplan", lambda: (run / "saved" / "tfplan").write_text("forged"))
for name in ("module.json", "attempt.json"):  # beside the mounts may be memory of the sandbox's own
    try:
        (run / name).write_text("forged")
    except OSError:
        pass
tried("list runs", lambda: [each for each in os.listdir(run.parent) if each != run.name] or 1 / 0)
tried("replace module", lambda: os.rename(run / "module", run / "other"))
for name in ("key", "leastway.db", "owner-token"):
    tried("data " + name, lambda: (data / name).read_bytes())
tried("control", lambda: socket.socket(socket.AF_UNIX).connect(str(run.parent / "control" / "socket")))
tried("shadow", lambda: pathlib.Path("/etc/shadow").read_text())
tried("server", lambda: connected("127.0.0.1", server))
tried("metadata", lambda: connected("169.254.169.254", 80))
tried("host", lambda: connected("192.0.2.1", 443))
tried("name", lambda: socket.getaddrinfo("example.org", 443))
tried("state without lock", lambda: state(None))
tried("state with another lock", lambda: state("00000000-0000-0000-0000-000000000000"))
tried("session token", lambda: aws("sts", "get-session-token"))
tried("access key", lambda: aws("iam", "create-access-key", "--user-name", "platform"))
role = "arn:aws:iam::444455556666:role/of-another"
tried("role", lambda: aws("sts", "assume-role", "--role-arn", role, "--role-session-name", "stolen"))
"""
"""Its arguments are the server's data folder and port; it works in the module's folder."""

HELD: Final = (
    *("read module.json", "read attempt.json", "forge saved/tfplan", "list runs", "replace module"),
    *("data key", "data leastway.db", "data owner-token"),
    *("control", "shadow", "server", "metadata", "host", "name"),
    *("state without lock", "state with another lock"),
    *("session token", "access key", "role"),
)
"""What it tries."""
