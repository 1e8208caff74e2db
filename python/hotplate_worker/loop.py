"""The loop of a worker's thread: take a request, call the application, give the answer back.

``_hotplate`` is C# and is only ever called from here; it returns before any code of the application runs. So
debuggers, profilers and tracebacks see plain Python.
"""
import os
import signal
import sys
import traceback
from select import POLLIN, poll
from threading import Thread

from .interrupt import RequestInterrupted
from .room import Room
from .wsgi import FileWrapper, spooled_input, streamed_input

# What take() gives in place of a request.
AGAIN, SPAWN, LEAVE = 1, 2, 3


class Loop:
    """The application with the functions of the extension."""

    def __init__(self, application, hotplate):
        self.application = application
        self.hotplate = hotplate
        self.forked = False
        self.alarm = None
        self.wakes = False
        self.room = Room()
        # By value: what the application patches is not for us.
        self.new_thread, self.poll, self.set_wakeup_fd = Thread, poll, signal.set_wakeup_fd

    def run(self):
        """In the main thread; returns when the worker has drained.

        With one thread it serves the requests. With more it serves none, as under gunicorn: what may be done in the main thread
        alone (signal.signal(), an event loop, objects of SQLite made at import) is then the same for every request. It runs
        the application's signal handlers.
        """
        if self.alarm is None or not self.start_thread():
            signals = self.wake_on_signals() if self.alarm is None else None
            if signals is not None:
                self.hotplate.wake_on(signals)
            self.serve()
        else:
            self.watch()

    def watch(self):
        """Until the last thread has left."""
        ends = self.poll()
        ends.register(self.alarm, POLLIN)
        signals = self.wake_on_signals()
        if signals is not None:
            ends.register(signals, POLLIN)
        while True:
            try:
                # A signal interrupts this, and what Python does about it is done in there.
                found = ends.poll()
            except BaseException:
                # A handler of the application's raised: sys.exit() most likely. What runs is finished, and another takes the place.
                self.hotplate.leave()
                self.watch()
                raise
            for descriptor, _ in found:
                if descriptor == self.alarm:
                    return
                try:
                    os.read(descriptor, 4096)
                except BlockingIOError:
                    pass

    def wake_on_signals(self):
        """A descriptor that is readable after a signal, for one that comes just before the wait.

        None where the application has one of its own.
        """
        try:
            reader, writer = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError:
            return None
        before = self.set_wakeup_fd(writer, warn_on_full_buffer=False)
        if before != -1:
            self.set_wakeup_fd(before)
            os.close(reader)
            os.close(writer)
            return None
        self.wakes = True
        return reader

    def start_thread(self):
        """Another that serves. False: the kernel refuses it."""
        try:
            # Not a bare thread of _thread: a process forked from one cannot end well (threading knows it as a dummy). And no
            # daemon: what the application starts in one would be a daemon too, and end with the process in the middle of its work.
            self.new_thread(target=self.serve, name="hotplate", daemon=False).start()
            return True
        except RuntimeError:
            return False

    def serve(self):
        """Runs in as many threads as the extension asks for; returns when this one is no longer needed."""
        while True:
            try:
                return self.answer_requests()
            except RequestInterrupted:
                pass  # it came when the application was through: take() sees to the request

    def answer_requests(self):
        application = self.application
        hotplate = self.hotplate
        take, finish, write, end = hotplate.take, hotplate.finish, hotplate.write, hotplate.end
        while True:
            work = take()
            if work.__class__ is not tuple:
                work = self.unusual(work)
                if work is None:
                    continue
                if work is LEAVE:
                    return
            environ, start_response, token = work
            try:
                result = application(environ, start_response)
                if not finish(token, result):
                    if result.__class__ is FileWrapper:
                        self.send_file(token, result)
                    else:
                        try:
                            # One bytes object instead of an iterable of them is one block, not as many numbers.
                            for chunk in (result,) if isinstance(result, bytes) else result:
                                if write(token, chunk):
                                    break
                        except BaseException:
                            self.close(token, result)
                            raise
                        self.close(token, result)
                        end(token)
            except BaseException:
                self.fail(token)
            # What the request held is let go now, not when the next one comes.
            work = environ = start_response = result = chunk = None

    def unusual(self, work):
        """A request whose body is not in memory, or something else to do than a request."""
        if work.__class__ is list:
            environ, start_response, token, descriptor = work
            environ["wsgi.input"] = (
                streamed_input(self.hotplate.read, token) if descriptor is None else spooled_input(descriptor))
            return environ, start_response, token
        if work == SPAWN and not (self.room.is_there() and self.start_thread()):
            self.hotplate.spawn_failed()
        return LEAVE if work == LEAVE else None

    def send_file(self, token, wrapper):
        place = wrapper.file_range()
        try:
            if place is not None:
                self.hotplate.send_file(token, *place)
                return
            for chunk in wrapper:
                if self.write(token, chunk):
                    break
        finally:
            self.close(token, wrapper)
        self.hotplate.end(token)

    def write(self, token, chunk):
        return self.hotplate.write(token, chunk)

    def close(self, token, result):
        """close() of what the application returned. When that fails the answer is still whole, so it is only logged."""
        close = getattr(result, "close", None)
        if close is not None:
            try:
                close()
            except BaseException:
                self.hotplate.log(token, "close() of the application's answer failed:\n" + trace(), True)

    def fail(self, token):
        if self.forked:
            leave_child()
        # What was interrupted has its stack in the log already.
        self.hotplate.fail(token, None if sys.exc_info()[0] is RequestInterrupted else trace())


def leave_child():
    """A process that the application forked raised through its caller, the loop, which is its parent's and not its own."""
    error = sys.exc_info()[1]
    code = error.code if isinstance(error, SystemExit) else 1
    if not isinstance(error, SystemExit):
        sys.stderr.write(trace())
    elif code is not None and not isinstance(code, int):
        sys.stderr.write(f"{code}\n")
        code = 1
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit((code or 0) & 0xFF)


def trace():
    """The exception that is being handled, from the application's first frame on."""
    kind, error, tb = sys.exc_info()
    while tb is not None and tb.tb_frame.f_globals.get("__name__", "").startswith("_hotplate_worker."):
        tb = tb.tb_next
    return "".join(traceback.format_exception(kind, error, tb))
