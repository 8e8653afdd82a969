"""Stands for an analytics collector and a store of user data.

    python sinks.py --port 8200 --key s3cret

POST /events takes an event; PATCH /datasets/USER/profile lays members over those of a data set (RFC 7396), so that the
same words twice change nothing. GET of both gives what is there. Each wants the key.
"""

import argparse
import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


def served(port, key):
    """The service, not running yet."""
    events, datasets = [], {}

    class Sink(BaseHTTPRequestHandler):
        def do_GET(self):
            self.says(events if self.path == "/events" else datasets.get(self.path, {}))

        def do_POST(self):
            if said := self.said():
                events.append(said)
                self.says({"events": len(events)}, 202)

        def do_PATCH(self):
            if said := self.said():
                dataset = datasets.setdefault(self.path, {})
                dataset.update(said)
                for name in [name for name, value in dataset.items() if value is None]:
                    del dataset[name]
                self.says(dataset)

        def said(self):
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if self.headers["Authorization"] == f"Bearer {key}":
                return body
            self.says({"fault": "who are you?"}, 401)

        def says(self, body, status=200):
            said = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, *_):
            pass

    return ThreadingHTTPServer(("127.0.0.1", port), Sink)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=8200)
    parser.add_argument("--key", required=True)
    said = parser.parse_args()
    served(said.port, said.key).serve_forever()
