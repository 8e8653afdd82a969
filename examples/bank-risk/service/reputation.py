"""Stands for a reputation service that one rents: GET /score?ip=203.0.113.7&device=phone-1 answers {"score": 90}.

python reputation.py --port 8100 --bad 203.0.113.0/24 --known phone-1
"""

import argparse
import ipaddress
import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit


def served(port, bad, known):
    """The service, not running yet. An address in a network of `bad` counts 60, a device that is not `known` 30."""
    networks = [ipaddress.ip_network(network) for network in bad]

    class Score(BaseHTTPRequestHandler):
        def do_GET(self):
            asked = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
            address, device = ipaddress.ip_address(asked["ip"]), asked.get("device", "")
            score = 60 * any(address in network for network in networks) + 30 * (device not in known)
            said = json.dumps({"score": score}).encode()
            self.send_response(200 if len(device) <= 64 else 400)
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, *_):
            pass

    return ThreadingHTTPServer(("127.0.0.1", port), Score)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=8100)
    parser.add_argument("--bad", action="append", default=[])
    parser.add_argument("--known", action="append", default=[])
    said = parser.parse_args()
    served(said.port, said.bad, said.known).serve_forever()
