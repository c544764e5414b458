"""Calls to providers, against a real server on this machine."""

import json
import time
from email.utils import formatdate

from odoo.tests import BaseCase

from ...tools import http
from ..common_engine import free_port
from ..fakes.server import serving

JSON = {"Content-Type": "application/json"}
SECRET = "s3cr3t-of-the-shop"


class Scripted:
    """Answers each call as it is told to, and keeps what it was asked."""

    def __init__(self, status=200, headers=None, body=b'{"ok": 1}', seconds=0.0, hangs_up=False):
        self.reply = None if hangs_up else (status, headers or JSON, body)
        self.seconds = seconds
        self.calls = []

    def answer(self, method, path, headers, body):
        self.calls.append((method, path, headers, body))
        time.sleep(self.seconds)
        return self.reply


class TestHttp(BaseCase):
    def call(self, provider, method="POST", **arguments):
        with serving(provider) as base:
            arguments.setdefault("data", {"key": SECRET})
            answer = http.call(method, f"{base}/send", **arguments)
        self.assertNotIn(SECRET, repr(answer))
        self.assertNotIn(SECRET, answer.detail)
        return answer

    def test_json_goes_out_and_comes_in(self):
        provider = Scripted()
        answer = self.call(provider, data={"name": "Nguyễn"}, headers={"access_token": SECRET})
        [(method, path, headers, body)] = provider.calls
        self.assertEqual((method, path), ("POST", "/send"))
        self.assertEqual(json.loads(body), {"name": "Nguyễn"})
        self.assertEqual(headers["access_token"], SECRET)
        self.assertEqual((answer.kind, answer.status, answer.data), (http.ANSWERED, 200, {"ok": 1}))

    def test_a_query_is_quoted(self):
        provider = Scripted()
        self.call(provider, "GET", data=None, query={"q": "a b&c=ố"})
        self.assertEqual(provider.calls[0][1], "/send?q=a+b%26c%3D%E1%BB%91")
        self.assertEqual(provider.calls[0][3], b"")

    def test_an_error_of_the_application_is_an_answer(self):
        answer = self.call(Scripted(400, body=b'{"error": 131026}'))
        self.assertEqual((answer.kind, answer.data), (http.ANSWERED, {"error": 131026}))

    def test_who_is_not_there_has_not_been_reached(self):
        answer = http.call("POST", f"http://127.0.0.1:{free_port()}/send", data={})
        self.assertEqual(answer.kind, http.NOT_REACHED)
        self.assertEqual(answer.detail, "ConnectionRefusedError")

    def test_what_is_no_address_is_called_by_nobody(self):
        wrong = ("", "ftp://a.example", "file:///etc/passwd", "http://", "http://a b", "http://a:x")
        for url in (*wrong, "http://a.example/\r\nHost: b", "http://user:pw@a.example"):
            with self.subTest(url=url):
                self.assertEqual(http.call("GET", url).kind, http.NOT_REACHED)

    def test_fault_17_a_time_out_after_sending_leaves_it_unknown(self):
        provider = Scripted(seconds=1.0)
        answer = self.call(provider, timeout=0.2)
        self.assertEqual((answer.kind, answer.detail), (http.UNKNOWN, "TimeoutError"))
        self.assertEqual(len(provider.calls), 1)

    def test_who_hangs_up_after_hearing_leaves_it_unknown(self):
        answer = self.call(Scripted(hangs_up=True))
        self.assertEqual(answer.kind, http.UNKNOWN)

    def test_fault_15_a_busy_provider_says_how_long_to_wait(self):
        answer = self.call(Scripted(429, {"Retry-After": "120"}, b""))
        self.assertEqual((answer.kind, answer.wait), (http.BUSY, 120.0))

    def test_fault_15_a_busy_provider_may_name_a_date(self):
        date = formatdate(time.time() + 90, usegmt=True)
        answer = self.call(Scripted(429, {"Retry-After": date}, b""))
        self.assertAlmostEqual(answer.wait, 90, delta=5)

    def test_a_wait_that_is_none_or_endless_is_bounded(self):
        for words, wait in (("soon", None), ("-5", None), ("9" * 40, http.MAX_WAIT)):
            with self.subTest(words=words):
                answer = self.call(Scripted(429, {"Retry-After": words}, b""))
                self.assertEqual(answer.wait, wait)

    def test_fault_16_an_error_of_the_server_is_one_also_as_a_page(self):
        for body in (b'{"error": 1}', b"<html>Bad Gateway</html>", b""):
            with self.subTest(body=body):
                answer = self.call(Scripted(502, body=body))
                self.assertEqual((answer.kind, answer.detail), (http.BROKEN, "HTTP 502"))

    def test_a_page_or_nothing_in_place_of_json_leaves_it_unknown(self):
        for body in (b"<html>Log in</html>", b"", b"[1]", b'"x"', b"[" * 100_000, b"\xff\xfe"):
            with self.subTest(body=body[:20]):
                answer = self.call(Scripted(200, body=body))
                self.assertEqual((answer.kind, answer.data), (http.UNKNOWN, {}))

    def test_nobody_follows_to_another_host(self):
        elsewhere = Scripted()
        with serving(elsewhere) as base:
            answer = self.call(Scripted(302, {"Location": f"{base}/send"}, b""))
        self.assertEqual(answer.kind, http.NOT_REACHED)
        self.assertFalse(elsewhere.calls)

    def test_an_answer_without_end_is_given_up(self):
        answer = self.call(Scripted(200, body=b'{"a": "' + b"x" * http.MAX_SIZE + b'"}'))
        self.assertEqual(answer.kind, http.UNKNOWN)
