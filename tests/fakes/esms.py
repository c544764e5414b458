"""A fake eSMS: what its own documentation says of calls, codes and prices, over real HTTP."""

import json
import threading
import time
from urllib.parse import parse_qs, urlsplit

PATH = "/MainService.svc/json/"
API_KEY, SECRET_KEY, BRAND = "api-key-of-the-shop", "secret-key-of-the-shop", "Baotrixemay"
PRICE = 850
JSON = {"Content-Type": "application/json"}


class FakeEsms:
    """Takes texts for a brand from an account with money, each RequestId once."""

    def __init__(self, balance=10_000):
        self.balance = balance
        self.accepted = {}  # what was sent, by our own key; each was paid
        self.calls = []  # what was sent to it, in order
        self.codes = {}  # by number: what it answers in place of its own judgement
        self.troubles = []  # what becomes of the next calls: see `_trouble`
        self.hour = None  # of its clock; None for one that never refuses
        self._lock = threading.Lock()

    def answer(self, method, path, _headers, body):
        parts = urlsplit(path)
        name = parts.path.removeprefix(PATH).strip("/")
        data = json.loads(body) if body else {k: v[0] for k, v in parse_qs(parts.query).items()}
        handler = {
            ("POST", "SendMultipleMessage_V4_post_json"): self._send,
            ("GET", "GetSendStatus"): self._status,
            ("POST", "GetBalance_json"): self._money,
        }.get((method, name))
        return handler(data) if handler else (404, {}, b"<html>Not Found</html>")

    # === Sending ===#

    def _send(self, data):
        with self._lock:
            self.calls.append(data)
            trouble = self.troubles.pop(0) if self.troubles else ""
        if trouble and trouble != "time-out":
            return self._trouble(trouble)
        with self._lock:
            reply = self._judge(data)
        if trouble == "time-out":
            time.sleep(0.6)
        return _json(reply)

    def _trouble(self, kind):
        return {
            "busy": (429, {"Retry-After": "120"}, b""),
            "broken": (500, {}, b"<html>Server Error</html>"),
            "page": (200, {"Content-Type": "text/html"}, b"<html>Maintenance</html>"),
            "nothing": (200, {}, b""),
            "hang up": None,
        }[kind]

    def _judge(self, data):
        """Return what it answers to a text, and take it and its price when it is fine."""
        key = data["RequestId"]
        if not self._knows(data):
            return _no("101", "Authorize Failed")
        if data["Brandname"] != BRAND:
            return _no("104", "Brandname is not exist")
        if code := self.codes.get(data["Phone"]):
            return _no(code, f"Code {code}")
        if key in self.accepted:
            return _no("124", "Request exist 1")
        if self.hour is not None and not 7 <= self.hour < 22:
            return _no("160", "Not at night")
        if self.balance < PRICE:
            return _no("103", "Balance is not enough to send message")
        self.balance -= PRICE
        self.accepted[key] = data
        return {"CodeResult": "100", "CountRegenerate": 0, "SMSID": f"sms-{key}"}

    @staticmethod
    def _knows(data):
        return (data.get("ApiKey"), data.get("SecretKey")) == (API_KEY, SECRET_KEY)

    # === Being asked ===#

    def _status(self, data):
        key = data["RefId"].removeprefix("sms-")
        if not self._knows(data) or key not in self.accepted:
            return _json({"CodeResponse": "105", "ErrorMessage": "SMSID not found"})
        done = {"SendFailed": 0, "SendStatus": 5, "SendSuccess": 1, "TotalPrice": float(PRICE)}
        return _json({"CodeResponse": "100", "SMSID": data["RefId"], **done})

    def _money(self, data):
        if not self._knows(data):
            return _json({"CodeResponse": "101", "ErrorMessage": "Authorize Failed"})
        return _json({"Balance": self.balance, "CodeResponse": "100", "UserID": 9999})


def _no(code, words):
    return {"CodeResult": code, "CountRegenerate": 0, "ErrorMessage": words}


def _json(data):
    return 200, JSON, json.dumps(data).encode()
