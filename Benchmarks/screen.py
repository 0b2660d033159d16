"""A program on a pseudo-terminal, and what it costs: time, bytes, processor."""

import fcntl
import os
import pty
import select
import signal
import struct
import termios
import time

TICKS = os.sysconf("SC_CLK_TCK")

# What a terminal answers when it is asked what it is, where the cursor is, and whether it has synchronized updates.
ANSWERS = {
    b"\x1b[c": b"\x1b[?62;22c",
    b"\x1b[6n": b"\x1b[1;1R",
    b"\x1b[?2026$p": b"\x1b[?2026;2$y",
}


def children(pid):
    """The process and all that it has started."""
    found = [pid]
    try:
        for thread in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{thread}/children") as file:
                for child in file.read().split():
                    found += children(int(child))
    except OSError:
        pass
    return found


class Screen:
    """A program that runs on a pseudo-terminal of its own."""

    def __init__(self, command, columns=200, rows=60, env=None):
        self.began = time.perf_counter()
        self.application_keys = False
        self.pid, self.tty = pty.fork()
        if self.pid == 0:
            size = struct.pack("HHHH", rows, columns, 0, 0)
            fcntl.ioctl(0, termios.TIOCSWINSZ, size)
            try:
                os.execvpe(command[0], command, env or os.environ)
            finally:
                os._exit(127)

    def read(self, timeout):
        """What the program writes within the time: bytes, none, or None once it has ended."""
        if not select.select([self.tty], [], [], timeout)[0]:
            return b""
        try:
            data = os.read(self.tty, 1 << 17)
        except OSError:
            return None
        if not data:
            return None
        for question in sorted((q for q in ANSWERS if q in data), key=data.index):
            os.write(self.tty, ANSWERS[question])
        if b"\x1b[?1h" in data:
            self.application_keys = True
        return data

    def until_quiet(self, quiet, limit, first=None):
        """Reads until nothing comes for a while, the first time longer; the bytes and the time of the last of them."""
        data, last, end = b"", None, time.perf_counter() + limit
        while time.perf_counter() < end:
            more = self.read(quiet if last or not first else first)
            if not more:
                break
            data += more
            last = time.perf_counter()
        return data, last

    def first_frame(self):
        """Milliseconds from the start to the last byte of the first picture."""
        data, last = self.until_quiet(0.2, 10, first=10)
        if not data or last is None:
            raise SystemExit("bench: the program drew nothing")
        return (last - self.began) * 1000

    def drain(self, seconds):
        """How many bytes come within the time."""
        count, end = 0, time.perf_counter() + seconds
        while (left := end - time.perf_counter()) > 0:
            data = self.read(left)
            if data is None:
                break
            count += len(data)
        return count

    def press(self, keys):
        """Types keys."""
        os.write(self.tty, keys)

    def down(self):
        """Types the key ↓ as the terminal sends it now; milliseconds to the last byte of the answer, and its bytes."""
        start = time.perf_counter()
        os.write(self.tty, b"\x1bOB" if self.application_keys else b"\x1b[B")
        data, last = self.read(0.5), time.perf_counter()
        if not data:
            return None
        more, later = self.until_quiet(0.02, 0.3)
        return ((later or last) - start) * 1000, len(data) + len(more)

    def processor(self):
        """Seconds of processor time so far, all threads and children together."""
        total = 0
        for pid in children(self.pid):
            try:
                with open(f"/proc/{pid}/stat") as file:
                    fields = file.read().rsplit(")", 1)[1].split()
                total += int(fields[11]) + int(fields[12])
            except OSError:
                pass
        return total / TICKS

    def ran(self):
        """Milliseconds that its threads have run so far, to the nanosecond: what other programs do changes it little."""
        total = 0
        for pid in children(self.pid):
            for thread in os.listdir(f"/proc/{pid}/task"):
                try:
                    with open(f"/proc/{pid}/task/{thread}/schedstat") as file:
                        total += int(file.read().split()[0])
                except OSError:
                    pass
        return total / 1e6

    def sleeps(self):
        """How often each thread has gone to sleep by itself so far."""
        counts = {}
        for pid in children(self.pid):
            for thread in os.listdir(f"/proc/{pid}/task"):
                try:
                    with open(f"/proc/{pid}/task/{thread}/status") as file:
                        counts[thread] = sum(int(line.split()[1]) for line in file
                                             if line.startswith("voluntary_ctxt_switches"))
                except OSError:
                    pass
        return counts

    def resident(self):
        """Resident memory in MB, children too."""
        total = 0
        for pid in children(self.pid):
            with open(f"/proc/{pid}/status") as file:
                total += sum(int(line.split()[1]) for line in file if line.startswith("VmRSS"))
        return total / 1024

    def close(self):
        """Ends the program."""
        for end in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.kill(self.pid, end)
            except OSError:
                break
            deadline = time.perf_counter() + 2
            while time.perf_counter() < deadline:
                self.read(0.05)
                if os.waitpid(self.pid, os.WNOHANG)[0]:
                    os.close(self.tty)
                    return
        try:
            os.waitpid(self.pid, 0)
        except OSError:
            pass
        os.close(self.tty)
