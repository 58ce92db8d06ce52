"""Counts points, says why one failed, and keeps what salve printed for it."""
import pathlib
import tempfile
import threading


class Tally:
    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="salve-e2e-"))
        self.passed, self.failed = 0, 0
        self._lock = threading.Lock()

    def group(self, name):
        return Group(self, name)

    def report(self, group):
        """Prints a group when it is done, so that the lines of parallel ones do not mix."""
        with self._lock:
            self.passed += len(group.good)
            self.failed += len(group.bad)
            print(f"{'FAIL' if group.bad else 'pass'}  {group.name}  ({len(group.good)} of {len(group.good) + len(group.bad)})")
            for note in group.notes:
                print(f"      note: {note}")
            for point, why in group.bad:
                print(f"      {point}: {why}")
            print(end="", flush=True)

    def close(self):
        if self.failed:
            print(f"what salve said: {self.folder}")
        print(f"{self.passed} passed, {self.failed} failed")
        return 1 if self.failed else 0


class Group:
    """Points about one thing; `with` reports them at the end. An exception is a failed point."""

    def __init__(self, tally, name):
        self.tally, self.name = tally, name
        self.good, self.bad, self.notes = [], [], []
        self.folder = tally.folder / name.replace("/", "-").replace(" ", "-")

    def point(self, name, ok, why=""):
        if ok:
            self.good.append(name)
        else:
            self.bad.append((name, " ".join(str(why).split())[:400]))
        return ok

    def keep(self, name, text):
        self.folder.mkdir(exist_ok=True)
        path = self.folder / name
        path.write_text(text)
        return path

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        if error is not None and isinstance(error, Exception):
            self.point("goes through", False, f"{kind.__name__}: {error}")
        self.tally.report(self)
        return error is None or isinstance(error, Exception)
