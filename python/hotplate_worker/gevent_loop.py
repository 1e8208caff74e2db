"""The loop of an application that was made cooperative by gevent: one thread, one greenlet for each request.

The hub watches the channel; nothing here blocks the thread for longer than the application itself does.
"""
import os
from functools import partial

import gevent
from gevent.event import Event

from .interrupt import RequestInterrupted, describe
from .loop import LEAVE, Loop
from .wsgi import Errors, FileWrapper, spooled_input, streamed_input

SHORTEST_WAIT, LONGEST_WAIT = 0.001, 0.05


class GeventLoop(Loop):
    """Serves until the worker drains and the last greenlet has answered."""

    def __init__(self, application, hotplate, channel):
        super().__init__(application, hotplate)
        self.channel = channel
        self.running = 0
        self.greenlets = {}
        self.woken = Event()

    def run(self):
        self.serve()

    def serve(self):
        watches = gevent.get_hub().loop
        channel = watches.io(self.channel, 1)
        channel.start(self.woken.set)
        alarm = watches.io(self.alarm, 1)
        alarm.start(self.on_alarm)
        # Before the hub sleeps, what was answered leaves in one call.
        before_sleep = watches.prepare(ref=False)
        before_sleep.start(self.hotplate.send)
        take = self.hotplate.take_now
        while True:
            work = take()
            if work is None or work == LEAVE:
                if work == LEAVE and not self.running:
                    return
                self.woken.clear()
                self.woken.wait()
            else:
                self.running += 1
                self.greenlets[work[2]] = gevent.spawn(self.answer, work)

    def on_alarm(self):
        try:
            os.read(self.alarm, 8)
        except BlockingIOError:
            pass
        self.interrupt()
        self.woken.set()

    def interrupt(self):
        """Ends requests that wait cooperatively. One that does not let the hub run is not reached: the front ends the process."""
        while True:
            token = self.hotplate.to_interrupt()
            if token is None:
                return
            greenlet = self.greenlets[token]
            self.hotplate.interrupted(token, describe(greenlet.gr_frame))
            greenlet.kill(RequestInterrupted, block=False)

    def answer(self, work):
        environ, start_response, token = work[:3]
        environ["wsgi.errors"] = Errors(self.hotplate.log, token)
        environ["hotplate.no_replay"] = partial(self.hotplate.no_replay, token)
        if work.__class__ is list:
            environ["wsgi.input"] = streamed_input(self.read, token) if work[3] is None else spooled_input(work[3])
        work = None
        try:
            result = self.application(environ, start_response)
            if isinstance(result, bytes):
                result = (result,)
            if result.__class__ in (list, tuple) and sum(map(len, result)) <= self.hotplate.room(token):
                self.hotplate.finish(token, result)
            elif result.__class__ is FileWrapper:
                self.send_file(token, result)
            else:
                try:
                    for chunk in result:
                        if self.write(token, chunk):
                            break
                except BaseException:
                    self.close(token, result)
                    raise
                self.close(token, result)
                self.hotplate.end(token)
        except BaseException:
            self.fail(token)
        finally:
            self.running -= 1
            del self.greenlets[token]
            if not self.running:
                self.woken.set()

    def write(self, token, chunk):
        """Gives the front as much as it takes now, and lets other greenlets run until it takes more."""
        wait = SHORTEST_WAIT
        while len(chunk) > self.hotplate.room(token):
            room = self.hotplate.room(token)
            if room:
                if self.hotplate.write(token, chunk[:room]):
                    return True
                chunk = chunk[room:]
                wait = SHORTEST_WAIT
            gevent.sleep(wait)
            wait = min(wait * 2, LONGEST_WAIT)
        return self.hotplate.write(token, chunk)

    def read(self, token, size):
        wait = SHORTEST_WAIT
        while True:
            data = self.hotplate.read_now(token, size)
            if data is not None:
                return data
            gevent.sleep(wait)
            wait = min(wait * 2, LONGEST_WAIT)
