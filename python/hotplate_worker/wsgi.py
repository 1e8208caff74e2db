"""The objects of PEP 3333 that are plain Python: wsgi.input, wsgi.errors, wsgi.file_wrapper."""
import io
import os
import stat
from sys import _getframe

from .records import marked


class EmptyInput(io.BufferedIOBase):
    """wsgi.input of all requests without a body: one object, so it keeps nothing and cannot be closed."""

    def read(self, size=-1, /):
        return b""

    def read1(self, size=-1, /):
        return b""

    def readinto(self, buffer, /):
        return 0

    def readline(self, size=-1, /):
        return b""

    def readlines(self, hint=-1, /):
        return []

    def readable(self):
        return True

    def close(self):
        pass

    def __next__(self):
        raise StopIteration

    def __del__(self):
        pass


class StreamedBody(io.RawIOBase):
    """A request body that arrives while the application reads it."""

    def __init__(self, read, token):
        self._read = read
        self._token = token

    def readable(self):
        return True

    def readinto(self, buffer, /):
        data = self._read(self._token, min(len(buffer), 65536))
        buffer[:len(data)] = data
        return len(data)


class SpooledBody(io.FileIO):
    """A request body in a file that has no name; closed without a warning when the application leaves it open."""

    def __del__(self):
        self.close()

    def _dealloc_warn(self, source):
        pass


def streamed_input(read, token):
    return io.BufferedReader(StreamedBody(read, token), 65536)


def spooled_input(descriptor):
    os.lseek(descriptor, 0, os.SEEK_SET)
    return io.BufferedReader(SpooledBody(descriptor), 65536)


class Errors:
    """wsgi.errors: text goes to the log, with the id of the request it belongs to and what logging knows of it."""

    encoding = "utf-8"
    errors = "backslashreplace"
    closed = False
    stream = None  # with --output raw, where text goes instead

    def __init__(self, log, token=None):
        self._log = log
        self._token = token

    # By value: when the interpreter ends, what this module knows is taken from it before a last __del__ writes here.
    def write(self, text, *, marked=marked, frame=_getframe):
        if self.stream is not None:
            return self.stream.write(text)
        words = marked(text, frame().f_back)
        if words is None:
            self._log(self._token, text, False)
        else:
            self._log(self._token, words, True)
        return len(text)

    def writelines(self, lines):
        for line in lines:
            self.write(line)

    def flush(self):
        if self.stream is not None:
            self.stream.flush()
        else:
            self._log(self._token, "", True)

    def isatty(self):
        return False

    def writable(self):
        return True


class FileWrapper:
    """wsgi.file_wrapper (PEP 3333, "Optional Platform-Specific File Handling"). Iterated only where the file cannot be sent as one."""

    def __init__(self, filelike, blksize=65536):
        self.filelike = filelike
        self.blksize = blksize
        if hasattr(filelike, "close"):
            self.close = filelike.close

    def __iter__(self):
        return self

    def __next__(self):
        data = self.filelike.read(self.blksize)
        if data:
            return data
        raise StopIteration

    def file_range(self):
        """(descriptor, offset, count) if what is left to read is exactly a range of a regular file, else None.

        Only of Python's own binary files: of others (gzip, wrappers) fileno() is not the file that read() reads.
        """
        file = self.filelike
        file = getattr(file, "file", file) if type(file).__module__ == "tempfile" else file
        if type(file) is io.BufferedRandom:
            file.flush()
        raw = file.raw if type(file) in (io.BufferedReader, io.BufferedRandom) else file
        if type(raw) is not io.FileIO or not raw.readable():
            return None
        status = os.fstat(raw.fileno())
        if not stat.S_ISREG(status.st_mode):
            return None
        offset = file.tell()
        return raw.fileno(), offset, max(status.st_size - offset, 0)


def environ_template(settings, errors, no_replay):
    """Every key that is in every environ. More than 21 of them give the dict a table with room for twenty headers more."""
    return {
        "REQUEST_METHOD": "GET",
        "SCRIPT_NAME": settings.get("mount", ""),
        "PATH_INFO": "/",
        "QUERY_STRING": "",
        "REQUEST_URI": "/",
        "RAW_URI": "/",
        "SERVER_NAME": "",
        "SERVER_PORT": "",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "SERVER_SOFTWARE": "hotplate/0.1.0",
        "GATEWAY_INTERFACE": "CGI/1.1",
        "REMOTE_ADDR": "",
        "REMOTE_PORT": "",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": EMPTY_INPUT,
        "wsgi.errors": errors,
        "wsgi.multithread": settings["threads"] > 1,
        "wsgi.multiprocess": settings["workers"] > 1,
        "wsgi.run_once": False,
        "wsgi.file_wrapper": FileWrapper,
        "wsgi.input_terminated": True,
        "hotplate.no_replay": no_replay,
    }


EMPTY_INPUT = EmptyInput()
