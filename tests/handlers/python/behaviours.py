"""Python handlers, each of which does one thing that a worker must survive. Run by real workers."""

import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import time

print("module loaded")
calls = 0


def echo(event, context):
    return event


def count(event, context):
    global calls
    calls += 1
    return {"calls": calls, "pid": os.getpid()}


def environment(event, context):
    return {"variables": dict(os.environ), "cwd": os.getcwd(), "path": sys.path[0], "argv": sys.argv}


def context(event, context):
    return {
        "request": context.aws_request_id,
        "arn": context.invoked_function_arn,
        "name": context.function_name,
        "version": context.function_version,
        "memory": context.memory_limit_in_mb,
        "group": context.log_group_name,
        "stream": context.log_stream_name,
        "left": context.get_remaining_time_in_millis(),
        "custom": context.client_context.custom if context.client_context else None,
    }


def says(event, context):
    print("first line")
    print("to the error stream", file=sys.stderr)
    logging.getLogger().warning("a warning")
    sys.__stdout__.write("without the wrapper\n")
    subprocess.run(["echo", "from a child"], check=True)
    print(event.get("word", "last line"))
    return None


def raises(event, context):
    raise ValueError("the handler's own words")


def unserializable(event, context):
    return {1, 2}


def exits(event, context):
    sys.exit(event.get("status", 3))


def leaves(event, context):
    os._exit(event.get("status", 3))


def kills_itself(event, context):
    os.kill(os.getpid(), signal.SIGKILL)


def loops(event, context):
    while True:
        pass


def waits(event, context):
    time.sleep(event["seconds"])
    return {"pid": os.getpid()}


def meets(event, context):
    """Comes to a meeting, and waits until it is let go."""
    with socket.create_connection(("127.0.0.1", event["port"])) as there:
        there.recv(1)
    return {"pid": os.getpid()}


def hogs(event, context):
    return len(bytearray(event["bytes"]))


def hogs_slowly(event, context):
    kept = []
    while True:
        kept.append(bytearray(1024 * 1024))
        time.sleep(0.002)


def hogs_in_children(event, context):
    for _ in range(6):
        if os.fork() == 0:
            kept = bytearray(60 * 1024 * 1024)
            time.sleep(60)
            os._exit(len(kept) > 0)
    time.sleep(60)


def multiplies(event, context):
    """As a fork bomb does, but bounded in case nothing stops it."""
    for forks in range(2000):
        try:
            if os.fork() == 0:
                time.sleep(60)
                os._exit(0)
        except OSError as fault:
            return {"forks": forks, "fault": str(fault)}
        time.sleep(0.001)
    return {"forks": 2000}


def leaves_children(event, context):
    """A plain child and one that took a session of its own and lost its parent."""
    plain = subprocess.Popen(["sleep", "60"])
    daemon = subprocess.run(
        [sys.executable, "-I", "-S", "-c", DAEMON], check=True, capture_output=True, text=True
    ).stdout
    return {"pid": os.getpid(), "children": [plain.pid, int(daemon)]}


DAEMON = """
import os, sys
if os.fork(): os._exit(0)
os.setsid()
print(os.getpid(), flush=True)
os.close(1); os.close(2)
os.execvp("sleep", ["sleep", "60"])
"""


def leaves_children_and_dies(event, context):
    leaves_children(event, context)
    os._exit(7)


def forks_and_returns_twice(event, context):
    child = os.fork()
    if child:
        os.waitpid(child, 0)
    return {"child": child == 0}


def prints_much(event, context):
    block = "x" * 1023 + "\n"
    for _ in range(event["megabytes"]):
        sys.stdout.write(block * 1024)
    return "done"


def prints_later(event, context):
    _once_let_go(event, lambda: print("printed after the answer"))


def answers_much(event, context):
    return "x" * event["bytes"]


def descriptors(event, context):
    found = {}
    for name in os.listdir("/proc/self/fd"):
        try:
            found[name] = os.readlink(f"/proc/self/fd/{name}")
        except OSError:
            continue
    child = subprocess.run(["ls", "/proc/self/fd"], check=True, capture_output=True, text=True).stdout.split()
    return {"own": found, "child": child}


def group(event, context):
    return {"pid": os.getpid(), "group": os.getpgid(0), "session": os.getsid(0)}


def limits(event, context):
    import resource

    return {
        name: resource.getrlimit(getattr(resource, name))[0] for name in dir(resource) if name.startswith("RLIMIT_")
    }


def writes(event, context):
    path = os.path.join(os.environ["TMPDIR"], "file")
    with open(path, "w") as file:
        file.write("x")
    return path


def imports_boto3(event, context):
    import boto3

    return boto3.client("lambda", region_name="eu-west-1").meta.region_name


def speaks_out_of_turn(event, context):
    """Writes a forged answer with a token of its own into the channel."""
    os.write(_channel(), (17 + 4).to_bytes(4, "big") + b"R" + bytes(16) + b'"no"')
    return "mine"


def speaks_later(event, context):
    """Answers, and then says more than it was asked."""
    channel = _channel()
    _once_let_go(event, lambda: os.write(channel, b"\x00\x00\x00\x11N" + bytes(16)))
    return os.getpid()


def closes_its_channel(event, context):
    os.close(_channel())
    time.sleep(60)


def _once_let_go(event, then):
    """Beside whatever else runs here, at the meeting's word."""
    threading.Thread(target=lambda: (meets(event, None), then()), daemon=True).start()


def _channel():
    for descriptor in range(3, 64):
        try:
            if os.readlink(f"/proc/self/fd/{descriptor}").startswith("socket:"):
                return descriptor
        except OSError:
            continue
    raise LookupError
